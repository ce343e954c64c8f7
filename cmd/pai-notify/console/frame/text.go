package frame

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"unicode"
)

// Choice is one of what a form offers.
type Choice struct {
	Value, Title string
	Severity     string
}

// PerPage is how many rules or notifications a page shows: with 50 it stays
// well below 100 KB.
const PerPage = 50

// Address makes the address of a page; empty values are left out.
func Address(path string, pairs ...string) string {
	q := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" && pairs[i+1] != "0" {
			q.Set(pairs[i], pairs[i+1])
		}
	}
	if len(q) == 0 {
		return path
	}
	mark := "?"
	if strings.Contains(path, mark) {
		mark = "&"
	}
	return path + mark + q.Encode()
}

// Atoi returns the number of a text, or other when it is none.
func Atoi(text string, other int) int {
	n, err := strconv.Atoi(text)
	if err != nil {
		return other
	}
	return n
}

// Visible writes the characters that turn the direction of a text as JSON
// escapes them: what is shown as it came must not pass for something else.
func Visible(text string) string {
	if strings.IndexFunc(text, Turns) < 0 {
		return text
	}
	var b strings.Builder
	for _, r := range text {
		if Turns(r) {
			fmt.Fprintf(&b, "\\u%04x", r)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// Turns tells whether a character turns the direction of a text.
func Turns(r rune) bool { return unicode.Is(unicode.Bidi_Control, r) }
