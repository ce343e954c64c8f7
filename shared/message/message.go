// Package message is what people read: a title, a severity, ordered fields,
// what to do next and where to look, in English, Chinese or Japanese, and the
// clipping that keeps a text within a platform's byte limit.
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
	// Title says what happened to what, in one line.
	Title string
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
	// Rule is the rule that asked for the message.
	Rule string
	// Time is when it happened; zero when the event does not say.
	Time time.Time
}

// Field is a fact with its label.
type Field struct {
	// Key is the same in every language, such as "status".
	Key   string
	Label string
	Value string
}
