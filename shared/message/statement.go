package message

import (
	"fmt"
	"strings"
)

// Sentence is one that the program says about something it checked. The code
// names it, the same in every version, for programs that read it.
type Sentence struct {
	Code string
	// Text has a place in braces for each argument, such as {name}. Other braces
	// stay.
	Text
}

// Statement is a sentence with its arguments: texts, numbers, lists and further
// statements.
type Statement struct {
	Code      string         `json:"code"`
	Arguments map[string]any `json:"arguments,omitempty"`

	text Text
}

// With returns the statement of the sentence with the arguments that fill it,
// which are given as name and value in turn. A nil leaves the place empty.
func (s Sentence) With(arguments ...any) Statement {
	made := Statement{Code: s.Code, text: s.Text}
	for i := 0; i+1 < len(arguments); i += 2 {
		if made.Arguments == nil {
			made.Arguments = map[string]any{}
		}
		if arguments[i+1] != nil {
			made.Arguments[fmt.Sprint(arguments[i])] = arguments[i+1]
		}
	}
	return made
}

// String returns the statement in English.
func (s Statement) String() string { return s.In(English) }

// In returns the statement in a language, in English where it has no
// translation. Texts among the arguments, such as the answer of a cloud, stay as
// they are.
func (s Statement) In(l Language) string {
	text := s.text.In(l)
	if text == "" {
		text = s.text.EN
	}
	var filled strings.Builder
	for {
		before, rest, _ := strings.Cut(text, "{")
		filled.WriteString(before)
		if len(before) == len(text) {
			return filled.String()
		}
		name, after, ok := strings.Cut(rest, "}")
		if !ok || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz") != "" {
			filled.WriteByte('{')
			text = rest
			continue
		}
		filled.WriteString(shown(s.Arguments[name], l))
		text = after
	}
}

// shown writes an argument. Of a long list it shows the beginning and the length.
func shown(argument any, l Language) string {
	const most = 5
	switch a := argument.(type) {
	case nil:
		return ""
	case Statement:
		return a.In(l)
	case []string:
		if len(a) > most {
			return fmt.Sprintf("%s … (%d)", strings.Join(a[:most], ", "), len(a))
		}
		return strings.Join(a, ", ")
	}
	return fmt.Sprint(argument)
}
