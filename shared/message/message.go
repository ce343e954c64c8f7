// Package message renders events for people, in English, Chinese or Japanese: a
// title, a severity, ordered fields, what to do next and where to look. It also
// shortens texts to a platform's limits.
package message

import (
	"time"

	"github.com/pai-notify/pai-notify/shared/event"
)

// Message is one notification in the words of one language. Texts are plain:
// a target escapes them for its platform.
type Message struct {
	Language Language
	Severity event.Severity
	// What says what happened, such as "DLC job failed", and Name what it
	// happened to; Name is empty where the event does not say. Title is both in
	// one line.
	What, Name string
	Title      string
	// Brief is what a reader decides by, in one line that begins with the reason:
	// for a list of mails, a lock screen, the summary of a card. Empty where the
	// event gives no more than the title.
	Brief string
	// Ran is how long what the event is about ran; zero where it does not say.
	Ran time.Duration
	// Fields are the facts, in the order they are read.
	Fields []Field
	// Next is what the reader can do about it; empty when nothing is needed.
	Next string
	// Link leads to the page about it in the console; LinkText is its label.
	Link     string
	LinkText string
	// Subject is the identity of what the event is about, such as a job's id:
	// the same for all events of one job.
	Subject string
	// Type is the event type's name, such as "dlc.job-failed"; for an event
	// the catalogue does not know, the event's own type attribute.
	Type string
	// Rule is the rule that asked for the message, and About what its writer says
	// that it is for; both may be empty.
	Rule, About string
	// Time is when it happened; zero when the event does not say.
	Time time.Time

	// of is what the message is made of, for what it does not show.
	of *happening
	// state is how what it tells of is now, for a message that is of no one event.
	state string
}

// Value returns what a field says, by its key, as [Field.Value] does: also of a
// field that is not shown because the title says it already, or because a rule
// shows others. It is "" where the event does not say it.
func (m Message) Value(key string) string {
	for i := range m.Fields {
		if m.Fields[i].Key == key {
			return m.Fields[i].Value
		}
	}
	switch {
	case m.of != nil:
	case key == "status":
		return m.state
	default:
		return ""
	}
	return field(key, m.of.written(m.of.find(key), labelFor(key).unit, m.Language), m.Language).Value
}

// Field is a fact with its label.
type Field struct {
	// Key is the same in every language, such as "status".
	Key   string
	Label string
	Value string
	// Link leads to the page about this fact alone, as each event of a digest has
	// one; usually empty.
	Link string
}
