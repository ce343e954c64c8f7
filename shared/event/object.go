package event

import (
	"bytes"
	"encoding/json"
	"strings"
	"unicode/utf8"
)

// check returns what is wrong with a text that is not JSON.
func check(text []byte) error {
	if json.Valid(text) {
		return nil
	}
	var nothing json.RawMessage
	return notJSON(text, json.Unmarshal(text, &nothing))
}

// members takes an object apart into its members, the last of those with one
// name. The text must be valid JSON. It is a fraction of the work of
// encoding/json, which reads every value again that it is only to hand on, and
// a payload is taken apart three times on its way: wrapper, event, data.
func members(object []byte) map[string]json.RawMessage {
	found := make(map[string]json.RawMessage, 16)
	names := string(object)        // one copy that all names are parts of
	at := skipBlank(object, 0) + 1 // past the brace
	for {
		at = skipBlank(object, at)
		if object[at] != '"' {
			return found // the closing brace
		}
		end := skipString(object, at)
		name := names[at+1 : end-1]
		if strings.IndexByte(name, '\\') >= 0 || !utf8.ValidString(name) {
			name = unquote(object[at:end])
		}
		at = skipBlank(object, skipBlank(object, end)+1) // past the colon
		end = skipValue(object, at)
		found[name] = object[at:end]
		at = skipBlank(object, end)
		if object[at] == ',' {
			at++
		}
	}
}

// unquote returns what a JSON string says.
func unquote(text []byte) string {
	inside := text[1 : len(text)-1]
	if bytes.IndexByte(inside, '\\') < 0 && utf8.Valid(inside) {
		return string(inside)
	}
	var s string
	_ = json.Unmarshal(text, &s) // it is valid
	return s
}

// skipBlank returns the index of the next byte that is no white space.
func skipBlank(s []byte, at int) int {
	for s[at] == ' ' || s[at] == '\n' || s[at] == '\t' || s[at] == '\r' {
		at++
	}
	return at
}

// skipString returns the index after the string that begins at the index.
func skipString(s []byte, at int) int {
	for at++; ; at++ {
		switch s[at] {
		case '\\':
			at++
		case '"':
			return at + 1
		}
	}
}

// skipValue returns the index after the value that begins at the index.
func skipValue(s []byte, at int) int {
	depth := 0
	for {
		switch s[at] {
		case '"':
			at = skipString(s, at)
			if depth == 0 {
				return at
			}
			continue
		case '{', '[':
			depth++
		case '}', ']':
			depth--
			if depth == 0 {
				return at + 1
			}
			if depth < 0 {
				return at // a scalar, ended by what is around it
			}
		case ',', ' ', '\n', '\t', '\r':
			if depth == 0 {
				return at
			}
		}
		at++
	}
}
