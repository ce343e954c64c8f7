package event

import (
	"bytes"
	"encoding/json"
	"iter"
	"unicode/utf8"
)

// Members takes the text of a JSON object apart into the texts of its members,
// the last of those with one name. The text must be valid JSON.
func Members(text []byte) map[string]json.RawMessage {
	found := map[string]json.RawMessage{}
	for _, m := range members(text) {
		found[m.name] = m.value
	}
	return found
}

// Member returns the text of one member of a JSON object, the last of that name;
// nil when there is none. The text must be valid JSON. It takes nothing apart
// that it does not return.
func Member(text []byte, name string) json.RawMessage {
	var found json.RawMessage
	for named, value := range Each(text) {
		if string(named) == name {
			found = value
		}
	}
	return found
}

// Each returns the names and the texts of the members of a JSON object as they
// are written, those with one name too. The text must be valid JSON.
func Each(text []byte) iter.Seq2[[]byte, json.RawMessage] {
	return func(yield func([]byte, json.RawMessage) bool) {
		at := skipBlank(text, 0) + 1 // past the brace
		for {
			at = skipBlank(text, at)
			if text[at] != '"' {
				return // the closing brace
			}
			end := skipString(text, at)
			name := text[at+1 : end-1]
			if bytes.IndexByte(name, '\\') >= 0 || !utf8.Valid(name) {
				name = []byte(Unquote(text[at:end]))
			}
			at = skipBlank(text, skipBlank(text, end)+1) // past the colon
			end = skipValue(text, at)
			if !yield(name, text[at:end]) {
				return
			}
			at = skipBlank(text, end)
			if text[at] == ',' {
				at++
			}
		}
	}
}

// Unquote returns what the text of a JSON string says. The text must be valid.
func Unquote(text []byte) string { return unquote(string(text)) }
