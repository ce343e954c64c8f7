// Package event turns any payload that a function can be invoked with into
// CloudEvents, and holds the catalogue of PAI event types.
package event

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Event is a CloudEvent. It is a view of the JSON text it came as, which is what
// event patterns are matched on, and is not changed once read. The zero value
// has no attributes and no data.
type Event struct {
	text            json.RawMessage
	id, source, typ string
	attributes      object
	data            *data
}

// ID returns the id; an id and a source together identify an event.
func (e Event) ID() string { return e.id }

// Source returns who sent the event, such as "acs.paidlc".
func (e Event) Source() string { return e.source }

// Type returns the type attribute; see [Catalogue] for this project's names.
func (e Event) Type() string { return e.typ }

// Subject returns what the event is about; often empty.
func (e Event) Subject() string { return e.attributes.member("subject").attribute() }

// Extension returns an extension attribute, such as "aliyunregionid"; "" when
// the event has none of that name.
func (e Event) Extension(name string) string { return e.attributes.member(name).attribute() }

// Time returns when the event happened, in the zone that was written. It is zero
// when the event has no time, or one in an unknown form.
func (e Event) Time() time.Time {
	t, _ := parseTime(e.attributes.member("time").attribute())
	return t
}

// Data returns the JSON text of the data, also of data that came in base64. Text
// is a JSON string; text that is JSON, though, is that JSON. It is nil when the
// event has no data, or null, or an empty text. The caller must not change it.
func (e Event) Data() []byte { return e.attributes.member("data").value }

// Text returns data that is not a JSON object as text; "" when it is one, or
// there is none.
func (e Event) Text() string {
	data := e.attributes.member("data")
	if data.value == nil || data.value[0] == '{' {
		return ""
	}
	return Read(data.value)
}

// JSON returns the event in the structured mode of CloudEvents, as it came except
// for what [Parse] corrects. Event patterns are matched on it. The caller must not
// change it.
func (e Event) JSON() []byte { return e.text }

// Parse reads one CloudEvent in structured mode. It fails with what is wrong
// when text is not a JSON object or lacks a required attribute (id, source or
// type), when an attribute comes twice, and when data_base64 holds neither JSON
// nor text; what it has of the three attributes is returned all the same. A
// specversion that is absent or unknown does not keep an event from
// being read, nor a time in no form that is known: the event would be lost.
//
// Data in base64 is put in the open, attributes that are null are removed, and
// names of extensions are written in lower case.
func Parse(text []byte) (Event, error) {
	text = withoutMark(text)
	if err := check(text); err != nil {
		return Event{}, err
	}
	object := bytes.TrimSpace(text)
	if object[0] != '{' {
		return Event{}, fmt.Errorf("event: the payload is %s where a CloudEvent was expected", kind(object))
	}
	found, err := attributes(object)
	if err != nil {
		return Event{}, err
	}
	return fromAttributes(found, text, false)
}

// ParseBinary reads one CloudEvent in binary mode: its attributes by their
// names, datacontenttype among them, and its data as bytes. It reads them as
// [Parse] does, and fails also when the data is not what datacontenttype says.
func ParseBinary(attributes map[string]string, body []byte) (Event, error) {
	data, err := dataOf(attributes["datacontenttype"], body)
	if err != nil {
		return Event{}, err
	}
	named := make(object, 0, len(attributes)+1)
	for _, name := range slices.Sorted(maps.Keys(attributes)) {
		named = append(named, valued(name, quote(attributes[name])))
	}
	if data != nil {
		named = append(named, valued("data", data))
	}
	return fromAttributes(named, named.write(), false)
}

func fromAttributes(attributes object, text []byte, filled bool) (Event, error) {
	e := Event{data: &data{}}
	var missing []string
	for _, required := range []struct {
		name string
		into *string
	}{{"id", &e.id}, {"source", &e.source}, {"type", &e.typ}} {
		if *required.into = attributes.member(required.name).attribute(); *required.into == "" {
			missing = append(missing, required.name)
		}
	}
	if len(missing) > 0 {
		return Event{id: e.id, source: e.source, typ: e.typ}, fmt.Errorf("event: not a CloudEvent: %s missing or empty (found: %s)", strings.Join(missing, ", "), found(attributes))
	}
	var err error
	if e.attributes, e.text, err = normal(attributes, text, filled); err != nil {
		return Event{id: e.id, source: e.source, typ: e.typ}, err
	}
	return e, nil
}

// attribute returns a JSON string's value; numbers and booleans as they are
// written; "" for everything else.
func (m member) attribute() string {
	if m.text == "" {
		return ""
	}
	switch m.text[0] {
	case '"':
		return strings.TrimSpace(unquote(m.text))
	case '{', '[', 'n':
		return ""
	}
	return m.text
}

func found(o object) string {
	var names []string
	for _, m := range o {
		names = append(names, m.name)
	}
	slices.Sort(names)
	names = slices.Compact(names)
	if len(names) == 0 {
		return "an empty object"
	}
	if len(names) > 8 {
		names = append(names[:8], "…")
	}
	for i, n := range names {
		if len(n) > 40 {
			names[i] = strings.ToValidUTF8(n[:40], "") + "…"
		}
	}
	return strings.Join(names, ", ")
}
