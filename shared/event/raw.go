package event

import (
	"bytes"
	"encoding/json"
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
	at := skipBlank(text, 0) + 1 // past the brace
	for {
		at = skipBlank(text, at)
		if text[at] != '"' {
			return found // the closing brace
		}
		end := skipString(text, at)
		inside := text[at+1 : end-1]
		same := string(inside) == name
		if !same && (bytes.IndexByte(inside, '\\') >= 0 || !utf8.Valid(inside)) {
			same = Unquote(text[at:end]) == name
		}
		at = skipBlank(text, skipBlank(text, end)+1) // past the colon
		end = skipValue(text, at)
		if same {
			found = text[at:end]
		}
		at = skipBlank(text, end)
		if text[at] == ',' {
			at++
		}
	}
}

// Unquote returns what the text of a JSON string says. The text must be valid.
func Unquote(text []byte) string { return unquote(string(text)) }
