package event

import (
	"bytes"
	"encoding/json"
	"fmt"
	"iter"
)

// Members takes the text of a JSON object apart into the texts of its members,
// the last of those with one name. The text must be valid JSON.
func Members(text []byte) map[string]json.RawMessage {
	found := map[string]json.RawMessage{}
	for name, value := range Each(text) {
		found[name] = value
	}
	return found
}

// Member returns the text of one member of a JSON object, the last of that name;
// nil when there is none. The text must be valid JSON. It takes nothing apart
// that it does not return.
func Member(text []byte, name string) json.RawMessage {
	var found json.RawMessage
	for named, value := range Each(text) {
		if named == name {
			found = value
		}
	}
	return found
}

// Each returns the names and the texts of the members of a JSON object as they
// are written, those with one name too. The text must be valid JSON; names are
// parts of it where nothing is escaped in them.
func Each(text []byte) iter.Seq2[string, json.RawMessage] {
	return func(yield func(string, json.RawMessage) bool) {
		at := skipBlank(text, 0) + 1 // past the brace
		for {
			at = skipBlank(text, at)
			if text[at] != '"' {
				return // the closing brace
			}
			end := skipString(text, at)
			name := unquote(view(text[at:end]))
			at = skipBlank(text, skipBlank(text, end)+1) // past the colon
			end = skipValue(text, at)
			if !yield(name, text[at:end:end]) {
				return
			}
			at = skipBlank(text, end)
			if text[at] == ',' {
				at++
			}
		}
	}
}

// List returns the texts of the elements of a JSON array, and how many there are;
// no texts when they are more than most. It fails when text is none. Elements of
// two bytes each would take twelve times the memory of the text otherwise.
func List(text []byte, most int) (list []json.RawMessage, count int, err error) {
	text = bytes.TrimSpace(withoutMark(text))
	if err := check(text); err != nil {
		return nil, 0, err
	}
	if text[0] != '[' {
		return nil, 0, fmt.Errorf("it is %s", kind(text))
	}
	for element := range elements(text) {
		if count++; count <= most {
			list = append(list, element)
		}
	}
	if count > most {
		list = nil
	}
	return list, count, nil
}

// elements returns the texts of the elements of a JSON array. The text must be
// valid JSON.
func elements(text []byte) iter.Seq[json.RawMessage] {
	return func(yield func(json.RawMessage) bool) {
		at := skipBlank(text, skipBlank(text, 0)+1) // past the bracket
		for text[at] != ']' {
			end := skipValue(text, at)
			if !yield(text[at:end:end]) {
				return
			}
			if at = skipBlank(text, end); text[at] == ',' {
				at = skipBlank(text, at+1)
			}
		}
	}
}

// Unquote returns what the text of a JSON string says. The text must be valid.
func Unquote(text []byte) string { return unquote(string(text)) }
