// Package transform builds the payload of a target from an event, in the four
// forms of Alibaba Cloud EventBridge's target parameters: ORIGINAL, JSONPATH,
// CONSTANT and TEMPLATE.
//
// Values are copied from the event's text as written: a number keeps its digits,
// an object its order. A path that finds nothing gives an empty text.
package transform

import (
	"encoding/json"
	"fmt"

	"github.com/pai-notify/pai-notify/shared/event"
)

// The forms.
const (
	Original = "ORIGINAL" // the whole event
	JSONPath = "JSONPATH" // what one path leads to
	Constant = "CONSTANT" // a text
	Template = "TEMPLATE" // a text with variables
)

// MaxBytes bounds what a template makes of an event: four times the largest one,
// which leaves room for its escapes. A template of 10,240 characters can name one
// variable 2,500 times, and would make 640 MB of an event of 256 KB.
const MaxBytes = 4 * event.MaxEventBytes

// Transform is a compiled parameter. It is immutable and safe for concurrent
// use.
type Transform struct {
	form     string
	constant []byte
	path     path
	parts    []part
}

// Compile reads a parameter. It fails with what is wrong with it.
func Compile(form, value, template string) (*Transform, error) {
	t := &Transform{form: form}
	var err error
	switch form {
	case Original:
	case Constant:
		t.constant = []byte(value)
	case JSONPath:
		t.path, err = parsePath(value)
	case Template:
		t.parts, err = parseTemplate(value, template)
	default:
		err = fmt.Errorf("transform: the form %q is none of %s, %s, %s and %s", form, Original, JSONPath, Constant, Template)
	}
	if err != nil {
		return nil, err
	}
	return t, nil
}

// Apply returns what the parameter makes of an event, which must be a JSON
// object. The result may be a part of the event: it must not be changed.
// It is nothing when it would be more than [MaxBytes].
func (t *Transform) Apply(body []byte) []byte {
	switch t.form {
	case Original:
		return body
	case Constant:
		return t.constant
	case JSONPath:
		return text(t.path.find(body))
	}
	out := make([]byte, 0, len(body)+256)
	for _, p := range t.parts {
		if out = p.append(out, body); len(out) > MaxBytes {
			return nil
		}
	}
	return out
}

// text is a value as a text: a string without its quotes, everything else as the
// JSON it is.
func text(value json.RawMessage) []byte {
	if len(value) > 0 && value[0] == '"' {
		return []byte(event.Unquote(value))
	}
	return value
}
