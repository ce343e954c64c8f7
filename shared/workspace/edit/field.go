package edit

import (
	"reflect"

	"github.com/pai-notify/pai-notify/shared/target"
	"github.com/pai-notify/pai-notify/shared/workspace/internal/document"
)

// Kind says how a form asks for a value.
type Kind string

// The kinds. Texts is a list of texts, Map is texts by a key of the writer's
// own, and Group holds fields of its own.
const (
	Text    Kind = "text"
	Secret  Kind = "secret"
	Boolean Kind = "boolean"
	Number  Kind = "number"
	Texts   Kind = "texts"
	Map     Kind = "map"
	Group   Kind = "group"
)

// Field is one parameter of a target type.
type Field struct {
	Name     string
	Kind     Kind
	Required bool
	// Secret tells that the values of a Map are secrets.
	Secret bool
	// Values are those it is limited to; nil for any.
	Values []string
	// Doc is what it means, in English; empty for none.
	Doc string
	// Fields are those of a Group.
	Fields []Field
}

// Parameters returns the parameters of a target type in the order in which
// they are declared, without the keys that every target has.
func Parameters(spec target.Spec) []Field {
	var fields []Field
	for _, f := range document.TargetFields(spec) {
		switch f.Name {
		case "type", "name", "language", "contacts":
		default:
			fields = append(fields, field(f))
		}
	}
	return fields
}

func field(f document.Field) Field {
	t := document.Indirect(f.Type)
	out := Field{Name: f.Name, Kind: Text, Required: f.Required, Doc: f.Doc, Values: document.Values(t)}
	secret := reflect.TypeFor[target.Secret]()
	switch document.KindOf(t) {
	case document.Boolean:
		out.Kind = Boolean
	case document.Integer, document.Number:
		out.Kind = Number
	case document.List:
		out.Kind = Texts
	case document.Map:
		out.Kind, out.Secret = Map, t.Elem() == secret
	case document.Object:
		out.Kind = Group
		for _, inner := range document.Fields(t) {
			out.Fields = append(out.Fields, field(inner))
		}
	default:
		if t == secret {
			out.Kind = Secret
		}
	}
	return out
}
