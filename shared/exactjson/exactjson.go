// Package exactjson decodes JSON that decides something: answers that say whether
// something was done, and policies that say who may do it. Unlike encoding/json,
// it accepts a member only under the exact name of the field, and refuses an
// object in which such a name appears twice, so that nothing beside a refusal can
// override it.
package exactjson

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"

	"github.com/pai-notify/pai-notify/shared/event"
)

// Unmarshal decodes text into v, a pointer, as [json.Unmarshal] does but for
// names. It fails when a member that v has a field for comes twice.
func Unmarshal(text []byte, v any) error { return reader{}.unmarshal(text, v) }

// Strict decodes text as [Unmarshal] does, and fails on members that v has no
// field for, those whose name differs from a field's in case among them.
func Strict(text []byte, v any) error { return reader{strict: true}.unmarshal(text, v) }

// reader reads texts; a strict one leaves no member out.
type reader struct{ strict bool }

func (r reader) unmarshal(text []byte, v any) error {
	if v != nil && json.Valid(text) {
		var err error
		if text, err = r.exact(bytes.TrimSpace(text), reflect.TypeOf(v)); err != nil {
			return err
		}
	}
	return json.Unmarshal(text, v)
}

var unmarshaler = reflect.TypeFor[json.Unmarshaler]()

// exact returns a text that encoding/json reads by exact names: the text itself
// where it does so anyway, as nearly always, or only the members that a value of
// the type has fields for.
func (r reader) exact(text []byte, t reflect.Type) ([]byte, error) {
	if t.Implements(unmarshaler) || t.Kind() != reflect.Pointer && reflect.PointerTo(t).Implements(unmarshaler) {
		return text, nil
	}
	switch kind := t.Kind(); {
	case kind == reflect.Pointer:
		return r.exact(text, t.Elem())
	case kind == reflect.Slice && text[0] == '[':
		return r.list(text, t.Elem())
	case kind == reflect.Struct && text[0] == '{':
		return r.object(text, fieldsOf(t))
	}
	return text, nil
}

func (r reader) list(text []byte, t reflect.Type) ([]byte, error) {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct && t.Kind() != reflect.Slice {
		return text, nil
	}
	var elements []json.RawMessage
	if err := json.Unmarshal(text, &elements); err != nil {
		return nil, err
	}
	for i := range elements {
		var err error
		if elements[i], err = r.exact(elements[i], t); err != nil {
			return nil, err
		}
	}
	return json.Marshal(elements)
}

func (r reader) object(text []byte, fields []field) ([]byte, error) {
	var room [16]json.RawMessage
	values := room[:0]
	for range fields {
		values = append(values, nil)
	}
	same := true
	for name, value := range event.Each(text) {
		if r.strict && !slices.ContainsFunc(fields, func(f field) bool { return f.name == name }) {
			return nil, fmt.Errorf("exactjson: unknown member %.60q: known are %s", name, names(fields))
		}
		for i, f := range fields {
			if name != f.name {
				same = same && !strings.EqualFold(name, f.name)
				continue
			}
			if values[i] != nil {
				return nil, fmt.Errorf("exactjson: %q comes twice", f.name)
			}
			read, err := r.exact(value, f.typ)
			if err != nil {
				return nil, err
			}
			values[i], same = read, same && bytes.Equal(read, value)
		}
	}
	if same {
		return text, nil
	}
	members := map[string]json.RawMessage{}
	for i, f := range fields {
		if values[i] != nil {
			members[f.name] = values[i]
		}
	}
	return json.Marshal(members)
}

// field is what a member is decoded into.
type field struct {
	name string
	typ  reflect.Type
}

func names(fields []field) string {
	list := make([]string, len(fields))
	for i, f := range fields {
		list[i] = f.name
	}
	return strings.Join(list, ", ")
}

var known sync.Map // from types of structs to their fields

func fieldsOf(t reflect.Type) []field {
	if fields, ok := known.Load(t); ok {
		return fields.([]field)
	}
	var fields []field
	for i := range t.NumField() {
		f := t.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case f.Anonymous && name == "" && f.Type.Kind() == reflect.Struct:
			fields = append(fields, fieldsOf(f.Type)...)
		case !f.IsExported() || name == "-":
		case name == "":
			fields = append(fields, field{f.Name, f.Type})
		default:
			fields = append(fields, field{name, f.Type})
		}
	}
	known.Store(t, fields)
	return fields
}
