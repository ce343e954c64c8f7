package workspace

import (
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/pai-notify/pai-notify/shared/target"
	"github.com/pai-notify/pai-notify/shared/workspace/internal/document"
)

// scalar reads a text, number or boolean for a Go type of that kind.
func (w *walker) scalar(n *yaml.Node, t reflect.Type, kind document.Kind, format *document.Format, path string) (any, bool) {
	switch kind {
	case document.Boolean:
		if n.Kind == yaml.ScalarNode && n.ShortTag() == "!!bool" {
			return strings.EqualFold(n.Value, "true"), true
		}
		w.add(KindShape, path, "must be true or false, not %s", kindOf(n))
	case document.Integer:
		number, ok := number(n)
		f, err := strconv.ParseFloat(string(number), 64)
		switch {
		case !ok || err != nil || f != math.Trunc(f) || math.Abs(f) > 1<<53:
			w.add(KindShape, path, "must be a whole number in decimal digits, not %s", kindOf(n))
		case !format.AcceptsInt(int64(f)):
			w.add(KindShape, path, "must be %s", format.Wants)
		default:
			return json.Number(strconv.FormatInt(int64(f), 10)), true
		}
	case document.Number:
		if number, ok := number(n); ok {
			return number, true
		}
		w.add(KindShape, path, "must be a number in decimal digits, not %s", kindOf(n))
	default:
		return w.text(n, t, format, path)
	}
	return nil, false
}

// text reads a text. Numbers and booleans are not taken for texts: a user id
// such as 0123 or a phone number would come out of other readers of the same
// document as another number.
func (w *walker) text(n *yaml.Node, t reflect.Type, format *document.Format, path string) (any, bool) {
	if !isText(n) {
		advice := ""
		if n.Kind == yaml.ScalarNode {
			advice = ": put it in quotes"
		}
		w.add(KindShape, path, "must be a text, not %s%s", kindOf(n), advice)
		return nil, false
	}
	if n.Value == "" {
		w.add(KindShape, path, "is an empty text: give it a value or leave the key out")
		return nil, false
	}
	if values := document.Values(t); values != nil && !slices.Contains(values, n.Value) {
		w.add(KindShape, path, "must be one of %s, not %s", strings.Join(values, ", "), shown(n.Value))
		return nil, false
	}
	if !format.Accepts(n.Value) {
		most := ""
		if format.MaxLength > 0 {
			most = fmt.Sprintf(", at most %d characters", format.MaxLength)
		}
		w.add(KindShape, path, "must be %s%s", format.Wants, most)
		return nil, false
	}
	if t == reflect.TypeFor[target.Secret]() {
		w.secret(target.Secret(n.Value), path)
	}
	return n.Value, true
}

func (w *walker) secret(s target.Secret, path string) {
	switch {
	case s.Literal():
		w.add(KindSecret, path, "the secret stands in the document, where all who may read it can see it: put it into an environment variable of the function and write env:NAME here")
	case slices.Contains(document.EmptyReferences, string(s)):
		w.add(KindShape, path, "names no secret after the colon: write env:NAME, ssm:NAME or secretsmanager:NAME")
	}
}

// any reads a value as it is.
func (w *walker) any(n *yaml.Node, path string) (any, bool) {
	switch n.Kind {
	case yaml.MappingNode:
		object := map[string]any{}
		ok := w.members(n, path, func(key, value *yaml.Node) {
			if v, ok := w.inner(value, join(path, free(key.Value))); ok {
				object[key.Value] = v
			}
		})
		return object, ok
	case yaml.SequenceNode:
		list := make([]any, 0, len(n.Content))
		for i, item := range n.Content {
			if v, ok := w.inner(item, fmt.Sprintf("%s[%d]", path, i)); ok {
				list = append(list, v)
			}
		}
		return list, true
	}
	if isText(n) {
		return n.Value, true
	}
	if n.ShortTag() == "!!bool" {
		return strings.EqualFold(n.Value, "true"), true
	}
	if number, ok := number(n); ok {
		return number, true
	}
	w.add(KindShape, path, "must be a text in quotes, a number in decimal digits, true or false, not %s", kindOf(n))
	return nil, false
}

// inner reads a value inside one of unknown shape, where null has a meaning.
func (w *walker) inner(n *yaml.Node, path string) (any, bool) {
	if n.ShortTag() == "!!null" {
		return nil, true
	}
	if n = w.enter(n, path); n == nil {
		return nil, false
	}
	return w.any(n, path)
}

// isText tells whether a node is text. What this library takes for a date is
// text to others and to us.
func isText(n *yaml.Node) bool {
	tag := n.ShortTag()
	return n.Kind == yaml.ScalarNode && (tag == "!!str" || tag == "!!timestamp")
}

// decimal tells whether a number is one that every reader of YAML and JSON
// reads alike, which is what JSON calls a number: no octal by a leading zero,
// no hexadecimal, no underscores.
func decimal(text string) bool {
	return strings.Trim(text, "-0123456789.eE+") == "" && json.Valid([]byte(text))
}

func number(n *yaml.Node) (json.Number, bool) {
	tag := n.ShortTag()
	if n.Kind != yaml.ScalarNode || (tag != "!!int" && tag != "!!float") || !decimal(n.Value) {
		return "", false
	}
	return json.Number(n.Value), true
}

func kindOf(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "an object"
	case yaml.SequenceNode:
		return "a list"
	}
	switch n.ShortTag() {
	case "!!str", "!!timestamp":
		return "a text"
	case "!!int", "!!float":
		return "a number"
	case "!!bool":
		return "true or false"
	case "!!null":
		return "nothing"
	}
	return "a value with a tag (!)"
}
