package event

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"
	"unsafe"
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

// member is one member of an object. Value and text are the same bytes.
type member struct {
	name  string
	value json.RawMessage
	text  string
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

// members takes an object apart into its members; into the first
// [maxAttributes], and false, when there are more. The text must be valid JSON.
// It is a fraction of the work of encoding/json, which reads every value again
// that it is only to hand on, and a payload is taken apart three times on its
// way: wrapper, event, data.
func members(text []byte) (found object, all bool) {
	for name, value := range Each(text) {
		switch len(found) {
		case 0:
			found = make(object, 0, 12) // for an event of PAI and a few extensions
		case maxAttributes:
			return found, false
		}
		found = append(found, member{name, value, view(value)})
	}
	return found, true
}

// attributes takes an object apart that has few members: an event, or what is
// around one. Each member costs 56 bytes of memory, and may be one of 5.
func attributes(text []byte) (object, error) {
	found, all := members(text)
	if !all {
		return nil, fmt.Errorf("event: an event, or what is around it, has more than %d members", maxAttributes)
	}
	return found, nil
}

// view returns a text as a string without copying it: what was read is never
// changed, and a payload of 32 MB has no room for copies in a function of 128 MB.
func view(text []byte) string {
	return unsafe.String(unsafe.SliceData(text), len(text)) // #nosec G103 -- see above
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
