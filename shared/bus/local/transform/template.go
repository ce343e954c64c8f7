package transform

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"strings"

	"github.com/pai-notify/pai-notify/shared/event"
)

// part is a piece of a template: a text, or a variable and how it is written.
type part struct {
	text   []byte
	path   *path
	escape func(json.RawMessage) []byte
}

// parseTemplate reads the two halves of a template: an object of variables, each
// a JSONPath that leads to one value or a fixed text; and the text with ${name},
// ${jsonEscape(name)} and ${htmlEscape(name)}. What stands in ${} and names no
// variable stays as it is written.
func parseTemplate(value, template string) ([]part, error) {
	variables, err := parseVariables(value)
	if err != nil {
		return nil, err
	}
	var parts []part
	var fixed strings.Builder
	flush := func() {
		if fixed.Len() > 0 {
			parts = append(parts, part{text: []byte(fixed.String())})
			fixed.Reset()
		}
	}
	for {
		before, rest, found := strings.Cut(template, "${")
		fixed.WriteString(before)
		if !found {
			flush()
			return parts, nil
		}
		inside, after, closed := strings.Cut(rest, "}")
		name, escape := inside, text
		for function, f := range map[string]func(json.RawMessage) []byte{"jsonEscape": jsonEscape, "htmlEscape": htmlEscape} {
			if argument, ok := strings.CutPrefix(inside, function+"("); ok && strings.HasSuffix(argument, ")") {
				name, escape = strings.TrimSuffix(argument, ")"), f
			}
		}
		v, known := variables[strings.TrimSpace(name)]
		switch {
		case !closed || !known:
			fixed.WriteString("${")
			template = rest
			continue
		case v.path == nil:
			fixed.Write(escape(v.text))
		default:
			flush()
			parts = append(parts, part{path: v.path, escape: escape})
		}
		if fixed.Len() > MaxBytes {
			return nil, fmt.Errorf("transform: the text of the template has more than %d bytes, with the texts that its variables stand for", MaxBytes)
		}
		template = after
	}
}

// variable is a path, or a text as JSON.
type variable struct {
	path *path
	text json.RawMessage
}

func parseVariables(value string) (map[string]variable, error) {
	variables := map[string]variable{}
	if strings.TrimSpace(value) == "" {
		return variables, nil
	}
	var named map[string]json.RawMessage
	if err := json.Unmarshal([]byte(value), &named); err != nil || named == nil {
		return nil, errors.New(`transform: the Value of a template is not a JSON object of its variables, such as {"name":"$.data.name"}`)
	}
	for name, v := range named {
		if v[0] == '{' || v[0] == '[' {
			return nil, fmt.Errorf("transform: the variable %q of a template is neither a JSONPath nor a text", clip(name))
		}
		variables[name] = variable{text: v}
		if v[0] != '"' {
			continue
		}
		if p, err := parsePath(event.Unquote(v)); err == nil && p.definite() {
			variables[name] = variable{path: &p}
		}
	}
	return variables, nil
}

func (p part) append(out, body []byte) []byte {
	if p.path == nil {
		return append(out, p.text...)
	}
	return append(out, p.escape(p.path.find(body))...)
}

// jsonEscape writes a value so that it can stand inside a JSON string.
func jsonEscape(value json.RawMessage) []byte {
	if len(value) > 1 && value[0] == '"' {
		return value[1 : len(value)-1] // as the event has it
	}
	if bytes.IndexByte(value, '"') < 0 && (len(value) == 0 || value[0] != '{' && value[0] != '[') {
		return value
	}
	var quoted bytes.Buffer
	e := json.NewEncoder(&quoted)
	e.SetEscapeHTML(false)
	if e.Encode(string(value)) != nil {
		return nil // cannot be: it is a text
	}
	return bytes.TrimSuffix(bytes.TrimPrefix(bytes.TrimSpace(quoted.Bytes()), []byte{'"'}), []byte{'"'})
}

func htmlEscape(value json.RawMessage) []byte { return []byte(html.EscapeString(string(text(value)))) }
