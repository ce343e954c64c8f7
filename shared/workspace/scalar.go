package workspace

import (
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/target"
	"github.com/pai-notify/pai-notify/shared/workspace/internal/document"
	"github.com/pai-notify/pai-notify/shared/workspace/internal/tree"
)

// scalar reads a text, number or boolean for a Go type of that kind.
func (w *walker) scalar(n *tree.Node, t reflect.Type, kind document.Kind, format *document.Format, path string) (any, bool) {
	switch kind {
	case document.Boolean:
		if n.Kind == tree.Boolean {
			return strings.EqualFold(n.Text, "true"), true
		}
		w.add(notBoolean, path, "found", kindOf(n))
	case document.Integer:
		number, ok := number(n)
		f, err := strconv.ParseFloat(string(number), 64)
		switch {
		case !ok || err != nil || f != math.Trunc(f) || math.Abs(f) > 1<<53:
			w.add(notInteger, path, "found", kindOf(n))
		case !format.AcceptsInt(int64(f)):
			w.add(badFormat, path, "format", format.Wants.With())
		default:
			return json.Number(strconv.FormatInt(int64(f), 10)), true
		}
	case document.Number:
		if number, ok := number(n); ok {
			return number, true
		}
		w.add(notNumber, path, "found", kindOf(n))
	default:
		return w.text(n, t, format, path)
	}
	return nil, false
}

// text reads a text. Numbers and booleans are not taken for texts: a user id
// such as 0123 or a phone number would come out of other readers of the same
// document as another number.
func (w *walker) text(n *tree.Node, t reflect.Type, format *document.Format, path string) (any, bool) {
	if n.Kind != tree.Text {
		var hint any
		if n.Single() {
			hint = quoteIt.With()
		}
		w.add(notText, path, "found", kindOf(n), "hint", hint)
		return nil, false
	}
	if n.Text == "" {
		w.add(textEmpty, path)
		return nil, false
	}
	if values := document.Values(t); values != nil && !slices.Contains(values, n.Text) {
		w.add(notOneOf, path, "values", strings.Join(values, ", "), "found", shown(n.Text))
		return nil, false
	}
	if !format.Accepts(n.Text) {
		var length any
		if format.MaxLength > 0 {
			length = atMost.With("most", format.MaxLength)
		}
		w.add(badFormat, path, "format", format.Wants.With(), "length", length)
		return nil, false
	}
	if t == reflect.TypeFor[target.Secret]() {
		w.secret(target.Secret(n.Text), path)
	}
	return n.Text, true
}

func (w *walker) secret(s target.Secret, path string) {
	switch {
	case s.Literal():
		w.add(secretWritten, path)
	case slices.Contains(document.EmptyReferences, string(s)):
		w.add(referenceEmpty, path)
	}
}

// any reads a value as it is.
func (w *walker) any(n *tree.Node, path string) (any, bool) {
	switch n.Kind {
	case tree.Object:
		object := map[string]any{}
		ok := w.members(n, path, func(key, value *tree.Node) {
			if v, ok := w.inner(value, join(path, free(key.Text))); ok {
				object[key.Text] = v
			}
		})
		return object, ok
	case tree.List:
		list := make([]any, 0, len(n.Items))
		for i, item := range n.Items {
			if v, ok := w.inner(item, fmt.Sprintf("%s[%d]", path, i)); ok {
				list = append(list, v)
			}
		}
		return list, true
	case tree.Text:
		return n.Text, true
	case tree.Boolean:
		return strings.EqualFold(n.Text, "true"), true
	}
	if number, ok := number(n); ok {
		return number, true
	}
	w.add(notScalar, path, "found", kindOf(n))
	return nil, false
}

// inner reads a value inside one of unknown shape, where null has a meaning.
func (w *walker) inner(n *tree.Node, path string) (any, bool) {
	if n.Resolve().Kind == tree.Null {
		return nil, true
	}
	if n = w.enter(n, path); n == nil {
		return nil, false
	}
	return w.any(n, path)
}

// decimal tells whether a number is one that every reader of YAML and JSON
// reads alike, which is what JSON calls a number: no octal by a leading zero,
// no hexadecimal, no underscores.
func decimal(text string) bool {
	return strings.Trim(text, "-0123456789.eE+") == "" && json.Valid([]byte(text))
}

func number(n *tree.Node) (json.Number, bool) {
	if n.Kind != tree.Number || !decimal(n.Text) {
		return "", false
	}
	return json.Number(n.Text), true
}

func kindOf(n *tree.Node) message.Statement {
	switch n.Kind {
	case tree.Object:
		return anObject.With()
	case tree.List:
		return aList.With()
	case tree.Text:
		return aText.With()
	case tree.Number:
		return aNumber.With()
	case tree.Boolean:
		return aBoolean.With()
	case tree.Null:
		return noThing.With()
	}
	return aTagged.With()
}
