package transform

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/ohler55/ojg/jp"
	"github.com/ohler55/ojg/oj"

	"github.com/pai-notify/pai-notify/shared/event"
)

// path is a JSONPath. One that leads to at most one value is followed on the
// event's text, which keeps the value as it stands there and need not decode the
// rest.
type path struct {
	steps []any // names and indexes
	many  jp.Expr
}

// parsePath reads a JSONPath, which begins with $.
func parsePath(s string) (path, error) {
	if !strings.HasPrefix(s, "$") {
		return path{}, fmt.Errorf("transform: %q is no JSONPath: it begins with $", clip(s))
	}
	x, err := jp.ParseString(s)
	if err != nil {
		return path{}, fmt.Errorf("transform: %q is no JSONPath: %w", clip(s), err)
	}
	p := path{many: x}
	for i, step := range x {
		switch f := step.(type) {
		case jp.Root:
			if i > 0 {
				return path{}, errors.New("transform: $ stands inside a JSONPath")
			}
		case jp.Bracket: // how the path is written
		case jp.Child:
			p.steps = append(p.steps, string(f))
		case jp.Nth:
			p.steps = append(p.steps, int(f))
		default:
			return p, nil
		}
	}
	p.many = nil
	return p, nil
}

// definite tells that the path leads to one value at most.
func (p path) definite() bool { return p.many == nil }

// find returns what the path leads to as JSON; nil for nothing. What a path that
// may lead to many finds is an array.
func (p path) find(body []byte, members map[string]json.RawMessage) json.RawMessage {
	if p.many != nil {
		decoded, err := oj.Parse(body)
		if err != nil {
			return nil
		}
		found := p.many.Get(decoded)
		if found == nil {
			found = []any{}
		}
		text, err := json.Marshal(found)
		if err != nil {
			return nil
		}
		return text
	}
	value := json.RawMessage(body)
	for i, step := range p.steps {
		switch s := step.(type) {
		case string:
			switch {
			case i == 0:
				value = members[s]
			case len(value) > 0 && value[0] == '{':
				value = event.Members(value)[s]
			default:
				return nil
			}
		case int:
			value = element(value, s)
		}
		if value == nil {
			return nil
		}
	}
	return value
}

// element returns an element of an array, from its end when the index is
// negative.
func element(array json.RawMessage, index int) json.RawMessage {
	if len(array) == 0 || array[0] != '[' {
		return nil
	}
	var list []json.RawMessage
	if json.Unmarshal(array, &list) != nil {
		return nil
	}
	if index < 0 {
		index += len(list)
	}
	if index < 0 || index >= len(list) {
		return nil
	}
	return list[index]
}

func clip(s string) string {
	if r := []rune(s); len(r) > 80 {
		return string(r[:80]) + "…"
	}
	return s
}
