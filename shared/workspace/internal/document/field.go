package document

import (
	"encoding"
	"encoding/json"
	"reflect"
	"slices"
	"strings"

	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/target"
)

// Kind is what a value may be.
type Kind string

// The kinds. Any is a value whose shape only its own decoder knows.
const (
	Any     Kind = "any"
	Text    Kind = "text"
	Boolean Kind = "boolean"
	Integer Kind = "integer"
	Number  Kind = "number"
	List    Kind = "list"
	Map     Kind = "map"
	Object  Kind = "object"
)

var (
	jsonUnmarshaler = reflect.TypeFor[json.Unmarshaler]()
	textUnmarshaler = reflect.TypeFor[encoding.TextUnmarshaler]()
)

// KindOf returns the kind of the values that decode into t.
func KindOf(t reflect.Type) Kind {
	t = Indirect(t)
	switch {
	case reflect.PointerTo(t).Implements(jsonUnmarshaler):
		return Any
	case reflect.PointerTo(t).Implements(textUnmarshaler):
		return Text
	}
	switch t.Kind() {
	case reflect.String:
		return Text
	case reflect.Bool:
		return Boolean
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return Integer
	case reflect.Float32, reflect.Float64:
		return Number
	case reflect.Slice, reflect.Array:
		return List
	case reflect.Map:
		return Map
	case reflect.Struct:
		return Object
	}
	return Any
}

// Indirect returns what a pointer type points to, and other types as they are.
func Indirect(t reflect.Type) reflect.Type {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t
}

// limited is a type of few texts, such as a style that a target type offers.
type limited interface{ Values() []string }

// Values lists the texts a type is limited to; nil for any. A type of a
// target's configuration says so by a method Values that returns them.
func Values(t reflect.Type) []string {
	t = Indirect(t)
	if l, ok := reflect.Zero(t).Interface().(limited); ok {
		return l.Values()
	}
	switch t {
	case reflect.TypeFor[message.Language]():
		var values []string
		for _, l := range message.Languages() {
			values = append(values, string(l))
		}
		return values
	case reflect.TypeFor[event.Severity]():
		return []string{string(event.Info), string(event.Success), string(event.Warning), string(event.Critical)}
	}
	return nil
}

// EmptyReferences are references to secrets that lack the name of one.
var EmptyReferences = []string{"env:", "ssm:", "secretsmanager:", "kms:"}

// Field is one key of an object.
type Field struct {
	Name     string
	Type     reflect.Type
	Required bool
	Format   *Format // nil for none
	Doc      string  // empty for none
}

// Fields returns the keys of a struct type in its order, those of embedded
// structs among them; nil for any other type.
func Fields(t reflect.Type) []Field {
	t = Indirect(t)
	if t.Kind() != reflect.Struct {
		return nil
	}
	var fields []Field
	for i := range t.NumField() {
		f := t.Field(i)
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case name == "-":
			continue
		case f.Anonymous && name == "" && Indirect(f.Type).Kind() == reflect.Struct:
			fields = append(fields, Fields(f.Type)...)
			continue
		case !f.IsExported():
			continue
		case name == "":
			name = f.Name
		}
		optional := strings.Contains(options, "omitempty") || strings.Contains(options, "omitzero")
		if override(t) {
			// Catalogue entries of a known name give only what they change.
			optional = name != "name"
		}
		fields = append(fields, Field{
			Name: name, Type: f.Type, Required: !optional,
			Format: formats[f.Tag.Get("format")], Doc: f.Tag.Get("doc"),
		})
	}
	return fields
}

func override(t reflect.Type) bool {
	return t == reflect.TypeFor[event.Catalogue]() || t == reflect.TypeFor[event.Source]() || t == reflect.TypeFor[event.Type]()
}

// ContactKey is the key under which a target that is sent to contacts finds
// the one contact it is for. Documents have a list of names instead.
const ContactKey = "contact"

// Fields returns the keys of a target of the spec's type: those that
// every target has, then those of its configuration.
func (Target) Fields(spec target.Spec) []Field {
	return fieldsOf(reflect.TypeFor[Target](), spec, true)
}

// Fields returns the keys of a receiver of the spec's type in the same way.
// Its contacts may be left to the rules.
func (Receiver) Fields(spec target.Spec) []Field {
	return fieldsOf(reflect.TypeFor[Receiver](), spec, false)
}

// Own returns the keys of a target that refers to a receiver of the
// spec's type, which may be the zero value for one that nobody knows.
func (Target) Own(spec target.Spec) []Field {
	var fields []Field
	for _, f := range Fields(reflect.TypeFor[Target]()) {
		if f.Name == "receiver" || f.Name == "contacts" || f.Name == "language" {
			f.Required = f.Name == "receiver"
			fields = append(fields, f)
		}
	}
	mention, _ := Target{}.Mention(spec)
	return append(fields, mention)
}

// Mention returns the parameter that says whom a target of the spec's type mentions;
// false for a type that mentions nobody. It is the one that a rule may give in place of
// a receiver's.
func (Target) Mention(spec target.Spec) (Field, bool) {
	mention := Field{Name: "mention", Type: reflect.TypeFor[json.RawMessage](), Doc: "Who is reminded, for a chat, in place of whom the receiver names."}
	if spec.Config == nil {
		return mention, false
	}
	all := Fields(reflect.TypeOf(spec.Config))
	i := slices.IndexFunc(all, func(f Field) bool { return f.Name == mention.Name })
	if i < 0 {
		return mention, false
	}
	return all[i], true
}

func fieldsOf(t reflect.Type, spec target.Spec, contacts bool) []Field {
	var fields []Field
	for _, f := range Fields(t) {
		switch f.Name {
		case "parameters", "receiver":
			continue
		case "contacts":
			if spec.Contact == target.NoContact {
				continue
			}
			f.Required = contacts
		}
		fields = append(fields, f)
	}
	if spec.Config == nil {
		return fields
	}
	for _, f := range Fields(reflect.TypeOf(spec.Config)) {
		if f.Name == target.Creators(nil).Key() && spec.Mention != nil || f.Name == ContactKey && spec.Contact != target.NoContact {
			continue
		}
		fields = append(fields, f)
	}
	return fields
}
