package event

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// maxAttributes bounds what a hostile event costs. CloudEvents names eight
// attributes and EventBridge adds six.
const maxAttributes = 256

// optional are the attributes of CloudEvents that an event may lack.
var optional = []string{"specversion", "datacontenttype", "dataschema", "subject", "time"}

func isStandard(name string) bool {
	switch name {
	case "id", "source", "type", "data", "data_base64":
		return true
	}
	return slices.Contains(optional, name)
}

// normal returns an event as everybody is to read it, whatever way it came, and
// its text: the data as in [Event.Data], nothing that is null, no optional
// attribute that is empty, and extensions under names in lower case. An event
// that is so already, as nearly all are, stays the text that it came as.
//
// A rule's template writes an empty string in the place of every attribute that
// the event lacks; filled tells that it was one.
func normal(attributes object, text []byte, filled bool) (object, []byte, error) {
	if err := attributes.checkNames(); err != nil {
		return nil, nil, err
	}
	var kept object
	for i, m := range attributes {
		n, err := attributes.normal(m, filled)
		if err != nil {
			return nil, nil, err
		}
		if kept == nil {
			if n.name == m.name && len(n.value) == len(m.value) {
				continue
			}
			kept = append(make(object, 0, len(attributes)), attributes[:i]...)
		}
		if n.value != nil {
			kept = append(kept, n)
		}
	}
	if kept == nil {
		return attributes, text, nil
	}
	return kept, kept.write(), nil
}

// checkNames refuses an event that can be read in two ways.
func (o object) checkNames() error {
	if len(o) > maxAttributes {
		return fmt.Errorf("event: the event has %d attributes, more than %d", len(o), maxAttributes)
	}
	for i, m := range o {
		if o[:i].has(m.name) {
			return fmt.Errorf("event: the event has %.40q twice", m.name)
		}
	}
	return nil
}

// normal returns one attribute as it is to be read; without a value when it is
// absent.
func (o object) normal(m member, filled bool) (member, error) {
	empty := m.text == `""` || filled && m.text == `"null"`
	switch {
	case m.name == "data" && m.text[0] == '"':
		return valued(m.name, inTheOpen(m.value)), nil
	case m.text == "null", empty && (filled || slices.Contains(optional, m.name)):
		return member{}, nil
	case m.name == "data_base64":
		data, err := o.decoded(m)
		return valued("data", data), err
	}
	if lower := strings.ToLower(m.name); lower != m.name && !isStandard(lower) && o.only(lower) {
		m.name = lower
	}
	return m, nil
}

// only tells whether at most one attribute has that name when case is ignored.
func (o object) only(name string) bool {
	named := 0
	for _, m := range o {
		if strings.EqualFold(m.name, name) {
			named++
		}
	}
	return named <= 1
}

func valued(name string, value json.RawMessage) member { return member{name, value, string(value)} }

// write returns the JSON text of an object.
func (o object) write() []byte {
	var text bytes.Buffer
	text.WriteByte('{')
	for i, m := range o {
		if i > 0 {
			text.WriteByte(',')
		}
		text.Write(quote(m.name))
		text.WriteByte(':')
		text.Write(m.value)
	}
	text.WriteByte('}')
	return text.Bytes()
}

// quote returns a text as JSON.
func quote(text string) json.RawMessage { return plainly(text) }

// plainly writes as JSON what can always be written. Characters of HTML stay as
// they are: escaped they are six bytes each, and could carry an event or a wrapper
// over its limit.
func plainly(v any) json.RawMessage {
	var text bytes.Buffer
	e := json.NewEncoder(&text)
	e.SetEscapeHTML(false)
	_ = e.Encode(v)
	return bytes.TrimSpace(text.Bytes())
}
