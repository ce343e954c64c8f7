package event

import "encoding/json"

// Members takes the text of a JSON object apart into the texts of its members,
// the last of those with one name. The text must be valid JSON.
func Members(text []byte) map[string]json.RawMessage {
	found := map[string]json.RawMessage{}
	for _, m := range members(text) {
		found[m.name] = m.value
	}
	return found
}

// Unquote returns what the text of a JSON string says. The text must be valid.
func Unquote(text []byte) string { return unquote(string(text)) }
