package edit

import (
	"reflect"
	"slices"
	"strings"

	"github.com/pai-notify/pai-notify/shared/target"
	"github.com/pai-notify/pai-notify/shared/workspace/internal/document"
)

// Kind says how a form asks for a value.
type Kind string

// The kinds. Texts is a list of texts, and Map is texts by a key of the writer's
// own.
const (
	Text    Kind = "text"
	Secret  Kind = "secret"
	Boolean Kind = "boolean"
	Number  Kind = "number"
	Texts   Kind = "texts"
	Map     Kind = "map"
)

// Field is one parameter of a target type.
type Field struct {
	// Name is its key, such as "mention.mobiles" inside of an object.
	Name     string
	Kind     Kind
	Required bool
	// Secret tells that the values of a Map are secrets.
	Secret bool
	// Values are those it is limited to; nil for any.
	Values []string
}

// Parameters returns the parameters of a target type in the order in which
// they are declared, without the keys that every target has.
func Parameters(spec target.Spec) []Field {
	own := slices.DeleteFunc(slices.Clone(document.Target{}.Fields(spec)), func(f document.Field) bool {
		return slices.Contains([]string{"type", "name", "language", "contacts"}, f.Name)
	})
	return fields("", own)
}

func fields(prefix string, list []document.Field) []Field {
	var all []Field
	for _, f := range list {
		t := document.Indirect(f.Type)
		one := Field{Name: prefix + f.Name, Kind: Text, Required: f.Required, Values: document.Values(t)}
		secret := reflect.TypeFor[target.Secret]()
		switch document.KindOf(t) {
		case document.Object:
			all = append(all, fields(one.Name+".", document.Fields(t))...)
			continue
		case document.Boolean:
			one.Kind = Boolean
		case document.Integer, document.Number:
			one.Kind = Number
		case document.List:
			one.Kind = Texts
		case document.Map:
			one.Kind, one.Secret = Map, t.Elem() == secret
		default:
			if t == secret {
				one.Kind = Secret
			}
		}
		all = append(all, one)
	}
	return all
}

// Parameter returns the value of a parameter by the name of its [Field].
func (t Target) Parameter(name string) (any, bool) { return getPath(t.Parameters, name) }

// SetParameter sets a parameter by the name of its [Field].
func (t Target) SetParameter(name string, v any) { setPath(t.Parameters, name, v) }

func getPath(object map[string]any, path string) (any, bool) {
	name, rest, nested := strings.Cut(path, ".")
	v, ok := object[name]
	if !ok || !nested {
		return v, ok
	}
	inner, ok := v.(map[string]any)
	if !ok {
		return nil, false
	}
	return getPath(inner, rest)
}

func setPath(object map[string]any, path string, v any) {
	name, rest, nested := strings.Cut(path, ".")
	if !nested {
		object[name] = v
		return
	}
	inner, ok := object[name].(map[string]any)
	if !ok {
		inner = map[string]any{}
		object[name] = inner
	}
	setPath(inner, rest, v)
}
