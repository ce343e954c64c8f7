package message

import (
	"encoding/json"
	"strings"

	"github.com/pai-notify/pai-notify/shared/event"
)

// about returns an event with what the catalogue knows of it.
func about(e event.Event, s event.Source, t event.Type) *happening {
	h := &happening{event: e, whole: e, source: s, typ: t}
	// {"detail":{"job":{…}}} is as deep as anybody wraps.
	part := wrapped(e.Data())
	if part != nil && !telling(part) {
		part = wrapped(part)
	}
	if part != nil && telling(part) && !h.catalogued() {
		h.event = e.Inside(part)
	}
	return h
}

// maxAround is how many members may stand beside the one that says all.
const maxAround = 4

// wrapped returns the one object in data that says nothing else, such as "job" of
// {"job":{"JobId":…}}; nil where data speaks for itself, or has several parts.
func wrapped(data json.RawMessage) (part json.RawMessage) {
	if len(data) == 0 || data[0] != '{' {
		return nil
	}
	around := 0
	for name, value := range event.Each(data) {
		around++
		switch {
		case around > maxAround, value[0] == '{' && part != nil, hasName(name):
			return nil
		case value[0] == '{':
			part = value
		}
	}
	return part
}

// catalogued tells of data in which the source finds something of its own.
func (h *happening) catalogued() bool {
	for _, path := range [...]string{h.source.ID, h.source.Title} {
		if f, _ := h.look(path); !f.empty() {
			return true
		}
	}
	for i := range h.source.Fields {
		if f, _ := h.look(h.source.Fields[i].Path); !f.empty() {
			return true
		}
	}
	return false
}

// telling tells of an object that says what it is about, or how that is.
func telling(data json.RawMessage) bool {
	for _, key := range [...]string{"id", "name", "status"} {
		for _, name := range namesOf(key) {
			if event.In(data, name) != nil {
				return true
			}
		}
	}
	return false
}

// hasName tells whether a member is called as a field is.
func hasName(name string) bool {
	for i := range named {
		for _, path := range named[i].names {
			if first, _, _ := strings.Cut(path, "."); event.Alike(first, name) {
				return true
			}
		}
	}
	return false
}
