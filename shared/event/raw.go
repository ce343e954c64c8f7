package event

import "encoding/json"

// Members takes the text of a JSON object apart into the texts of its members,
// the last of those with one name. The text must be valid JSON.
func Members(object []byte) map[string]json.RawMessage { return members(object) }

// Unquote returns what the text of a JSON string says. The text must be valid.
func Unquote(text []byte) string { return unquote(text) }
