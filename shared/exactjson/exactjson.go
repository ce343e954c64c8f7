// Package exactjson decodes answers that say whether something was done. Unlike
// encoding/json it takes a member for a field only when its name is exactly the
// field's, and does not choose between two members of one name: a refusal is not
// overruled by what stands beside it.
package exactjson

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
)

// Unmarshal decodes text into v, a pointer, as [json.Unmarshal] does but for
// names. It fails when a member that v has a field for comes twice.
func Unmarshal(text []byte, v any) error {
	into := reflect.ValueOf(v)
	if !json.Valid(text) || into.Kind() != reflect.Pointer || into.IsNil() {
		return json.Unmarshal(text, v) // which says what is wrong
	}
	return decode(bytes.TrimSpace(text), into.Elem())
}

func decode(text []byte, into reflect.Value) error {
	at := into.Addr().Interface()
	if _, own := at.(json.Unmarshaler); own {
		return json.Unmarshal(text, at)
	}
	switch kind := into.Kind(); {
	case kind == reflect.Struct && text[0] == '{':
		return decodeStruct(text, into)
	case kind == reflect.Slice && text[0] == '[' && holdsStructs(into.Type()):
		var elements []json.RawMessage
		if err := json.Unmarshal(text, &elements); err != nil {
			return err
		}
		into.Set(reflect.MakeSlice(into.Type(), len(elements), len(elements)))
		for i, element := range elements {
			if err := decode(element, into.Index(i)); err != nil {
				return err
			}
		}
		return nil
	case kind == reflect.Pointer && text[0] != 'n' && holdsStructs(into.Type()):
		into.Set(reflect.New(into.Type().Elem()))
		return decode(text, into.Elem())
	}
	return json.Unmarshal(text, at)
}

func holdsStructs(t reflect.Type) bool {
	for t.Kind() == reflect.Slice || t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t.Kind() == reflect.Struct
}

func decodeStruct(text []byte, into reflect.Value) error {
	// Later members of a name stand after earlier ones.
	members := map[string][]json.RawMessage{}
	d := json.NewDecoder(bytes.NewReader(text))
	if _, err := d.Token(); err != nil {
		return err
	}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return err
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return err
		}
		members[name.(string)] = append(members[name.(string)], value)
	}
	for i := range into.NumField() {
		field := into.Type().Field(i)
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		switch {
		case field.Anonymous && name == "" && field.Type.Kind() == reflect.Struct:
			if err := decodeStruct(text, into.Field(i)); err != nil {
				return err
			}
			continue
		case !field.IsExported() || name == "-":
			continue
		case name == "":
			name = field.Name
		}
		switch values := members[name]; len(values) {
		case 0:
		case 1:
			if err := decode(values[0], into.Field(i)); err != nil {
				return err
			}
		default:
			return fmt.Errorf("exactjson: %q comes twice", name)
		}
	}
	return nil
}
