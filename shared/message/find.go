package message

import (
	"encoding/json"
	"strings"

	"github.com/pai-notify/pai-notify/shared/event"
)

// happening is an event with what the catalogue knows of it.
type happening struct {
	event event.Event
	// whole is the event as it came, where event has only a part of its data.
	whole  event.Event
	source event.Source
	typ    event.Type
}

// raw returns the value of the field of that key as the event has it, whether it
// is shown or not; "" when it has none, or a list or an object.
func (h *happening) raw(key string) string { return h.find(key).text }

// found is a value of an event.
type found struct {
	path string
	// value is the JSON of the first value at path; nil for what the envelope says.
	value json.RawMessage
	// text is a string, a number or a boolean, cleaned; empty for everything else.
	text string
}

// empty reports whether the value is missing or empty.
func (f found) empty() bool { return f.text == "" && !structured(f.value) }

// boolean tells of true and false, which none of the fields is that PAI has: a job
// is not called "true". A document may have such a field of its own.
func (f found) boolean() bool {
	return len(f.value) > 0 && (f.value[0] == 't' || f.value[0] == 'f')
}

// many tells of a path that may lead to several values.
func (f found) many() bool { return strings.IndexByte(f.path, '*') >= 0 }

func structured(value json.RawMessage) bool {
	return len(value) > 2 && (value[0] == '{' || value[0] == '[')
}

// look returns what the event has at a path, and whether it has it at all, which
// may be empty.
func (h *happening) look(path string) (f found, there bool) {
	if strings.IndexByte(path, '*') < 0 {
		return read(path, h.event.At(path))
	}
	for value := range h.event.All(path) {
		there = true
		if f, _ := read(path, value); !f.empty() {
			return f, true
		}
	}
	return found{}, there
}

func read(path string, value json.RawMessage) (f found, there bool) {
	f = found{path: path, value: value}
	if len(value) > 0 && value[0] != '{' && value[0] != '[' {
		f.text = clean(short(event.Read(value)))
	}
	return f, value != nil
}

// find looks for a field by its key: where the source has it, where the built-in
// source of the same name has it, and then under the names that PAI's services
// use. Those are not tried where the data has the member and it is empty: then it
// is as the catalogue knows it, and another member would say something else; nor in
// data of hundreds of members, which is no such service's.
func (h *happening) find(key string) found {
	if text, ok := h.envelope(key); ok {
		return found{text: clean(short(text))}
	}
	path := ""
	switch key {
	case "id":
		path = h.source.ID
	case "name":
		path = h.source.Title
	}
	if path != "" {
		if f, _ := h.look(path); f.text != "" && !f.boolean() {
			return f
		}
	}
	builtin := h.builtin()
	f, there := h.among(h.source.Fields, key)
	if !f.empty() && !(builtin && f.boolean()) {
		return f
	}
	if own := ours(h.source.Name); !builtin && len(own) > 0 {
		f, known := h.among(own, key)
		if !f.empty() && !f.boolean() {
			return f
		}
		there = there || known
	}
	if !there && !h.event.Wide() {
		for _, path := range namesOf(key) {
			if f, _ := h.look(path); !f.empty() && !f.boolean() && !h.stale(path) {
				return f
			}
		}
	}
	return found{}
}

// ours are the fields of the built-in source of that name.
func ours(name string) []event.Field {
	sources := event.Builtin().Sources
	for i := range sources {
		if sources[i].Name == name {
			return sources[i].Fields
		}
	}
	return nil
}

// builtin tells whether the fields of the source are those of the built-in
// catalogue, and not a document's.
func (h *happening) builtin() bool {
	own := ours(h.source.Name)
	return len(own) > 0 && len(h.source.Fields) > 0 && &own[0] == &h.source.Fields[0]
}

// among returns the first value that fields of that key lead to.
func (h *happening) among(fields []event.Field, key string) (f found, there bool) {
	for i := range fields {
		if fields[i].Label != key || h.stale(fields[i].Path) {
			continue
		}
		f, known := h.look(fields[i].Path)
		if !f.empty() {
			return f, true
		}
		there = there || known
	}
	return found{}, there
}

// envelope returns what the event says of itself outside its data.
func (h *happening) envelope(key string) (text string, ok bool) {
	switch key {
	case "source":
		return h.event.Source(), true
	case "type":
		return h.event.Type(), true
	case "subject":
		return h.event.Subject(), true
	case "event_id":
		return h.event.ID(), true
	case "data":
		return h.event.Text(), true
	case "time":
		if t := h.event.Time(); !t.IsZero() {
			return clock(t), true
		}
		return "", true
	}
	return "", false
}

// A DSW instance keeps what became of the last image that was saved from it, long
// after. It says nothing about an event of the instance itself.
const lastSnapshot = "LatestSnapshot."

// stale tells of a path that leads to what is not about this event.
func (h *happening) stale(path string) bool {
	if !strings.HasPrefix(path, lastSnapshot) {
		return false
	}
	return !h.aboutImage()
}

// aboutImage tells of an event about saving an image.
func (h *happening) aboutImage() bool {
	for _, text := range [...]string{h.typ.Name, h.event.Type(), event.Read(h.event.At("Status"))} {
		for _, word := range [...]string{"image", "snapshot", "sav"} {
			if containsFold(text, word) {
				return true
			}
		}
	}
	return false
}

// containsFold tells whether s contains a word of ASCII in whatever case.
func containsFold(s, word string) bool {
	for i := 0; i+len(word) <= len(s); i++ {
		if strings.EqualFold(s[i:i+len(word)], word) {
			return true
		}
	}
	return false
}
