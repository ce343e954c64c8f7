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

// object is a JSON object taken apart.
type object []member

// member is one member of an object. Name and text are parts of one copy of the
// object, so that what is read from them need not be copied again.
type member struct {
	name  string
	value json.RawMessage
	text  string // the value again
}

// member returns the member of that name, the last of several; the zero value
// when there is none.
func (o object) member(name string) member {
	for i := len(o) - 1; i >= 0; i-- {
		if o[i].name == name {
			return o[i]
		}
	}
	return member{}
}

func (o object) has(names ...string) bool {
	for _, name := range names {
		if o.member(name).value == nil {
			return false
		}
	}
	return true
}

// members takes an object apart into its members. The text must be valid JSON.
// It is a fraction of the work of encoding/json, which reads every value again
// that it is only to hand on, and a payload is taken apart three times on its
// way: wrapper, event, data.
func members(text []byte) object {
	found := make(object, 0, 16)
	whole := string(text)
	at := skipBlank(text, 0) + 1 // past the brace
	for {
		at = skipBlank(text, at)
		if text[at] != '"' {
			return found // the closing brace
		}
		end := skipString(text, at)
		name := unquote(whole[at:end])
		at = skipBlank(text, skipBlank(text, end)+1) // past the colon
		end = skipValue(text, at)
		found = append(found, member{name, text[at:end], whole[at:end]})
		at = skipBlank(text, end)
		if text[at] == ',' {
			at++
		}
	}
}

// unquote returns what a JSON string says.
func unquote(text string) string {
	inside := text[1 : len(text)-1]
	if strings.IndexByte(inside, '\\') < 0 && utf8.ValidString(inside) {
		return inside
	}
	var s string
	_ = json.Unmarshal([]byte(text), &s) // it is valid
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
	at++
	quote := at + bytes.IndexByte(s[at:], '"')
	for {
		escape := bytes.IndexByte(s[at:quote], '\\')
		if escape < 0 {
			return quote + 1
		}
		at += escape + 2 // past what is escaped, which may be the quote
		if at > quote {
			quote = at + bytes.IndexByte(s[at:], '"')
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
