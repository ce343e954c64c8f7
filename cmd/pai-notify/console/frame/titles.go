package frame

import (
	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/message"
)

// Everything is the event type that stands for all of a source.
const Everything = "*"

// Titles are the names of sources and event types in a language.
type Titles struct {
	Language  message.Language
	Catalogue *event.Catalogue
	Made      map[string]message.Message
}

// NewTitles returns the names of what a catalogue knows.
func NewTitles(l message.Language, c *event.Catalogue) Titles {
	return Titles{l, c, map[string]message.Message{}}
}

// Source is what pages call an event source.
func (t Titles) Source(name string) string {
	if _, ok := Common.Words["source."+name]; ok {
		return Common.Say(t.Language, "source."+name)
	}
	return name
}

// Event is what messages call an event type.
func (t Titles) Event(source, what string) string {
	if what == Everything {
		return Common.Say(t.Language, "events.all")
	}
	if _, ok := t.Catalogue.Type(source + "." + what); !ok {
		return what
	}
	return t.Message(source, what).What
}

// Message is what is said of an event type without any event of it.
func (t Titles) Message(source, what string) message.Message {
	key := source + "." + what
	made, ok := t.Made[key]
	if !ok {
		s, _ := t.Catalogue.Source(source)
		typ, _ := t.Catalogue.Type(key)
		made = message.Render(event.Event{}, s, typ, t.Language, event.Rule{})
		t.Made[key] = made
	}
	return made
}
