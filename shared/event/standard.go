package event

import (
	"strconv"
	"strings"
	"time"
)

// Standard returns the event in the structured mode of CloudEvents as a program
// can read it that is stricter than [Parse], such as one with an SDK of
// CloudEvents: with a specversion, a time in RFC 3339, and values of the types
// that attributes may have. What no reader could be given is left out: a time in
// no form that is known, and names that CloudEvents does not allow. An event
// that is so already stays the text it came as. The caller must not change it.
func (e Event) Standard() []byte {
	kept := make(object, 0, len(e.attributes)+1)
	same := e.attributes.has("specversion")
	if !same {
		kept = append(kept, valued("specversion", quote("1.0")))
	}
	for _, m := range e.attributes {
		n := e.standard(m)
		same = same && n.text == m.text
		if n.value != nil {
			kept = append(kept, n)
		}
	}
	if same {
		return e.text
	}
	return kept.write()
}

// standard returns an attribute as CloudEvents has it; without a value when it
// has none such.
func (e Event) standard(m member) member {
	kind := m.value[0]
	switch {
	case m.name == "data":
		return m
	case m.name == "" || strings.ContainsFunc(m.name, func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') }):
		return member{}
	case m.name == "time":
		if _, err := time.Parse(time.RFC3339, m.attribute()); err == nil && kind == '"' {
			return m
		}
		if t := e.Time(); !t.IsZero() {
			return valued(m.name, quote(t.Format(time.RFC3339Nano)))
		}
		return member{}
	case m.name == "datacontenttype" && !isJSON(m.attribute()) && e.Data() != nil && e.Data()[0] != '"':
		return valued(m.name, quote("application/json"))
	case kind == '"' || (kind == 't' || kind == 'f') && !isStandard(m.name):
		return m
	}
	// Of the numbers, attributes may be integers of 32 bits.
	if _, err := strconv.ParseInt(m.text, 10, 32); err == nil && !isStandard(m.name) {
		return m
	}
	return valued(m.name, quote(Read(m.value)))
}
