package console

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
)

func itoa(n int) string { return strconv.Itoa(n) }

// atoi returns the number of a text, or other when it is none.
func atoi(text string, other int) int {
	n, err := strconv.Atoi(text)
	if err != nil {
		return other
	}
	return n
}

// visible writes the characters that turn the direction of a text as JSON
// escapes them: what is shown as it came must not pass for something else.
func visible(text string) string {
	if strings.IndexFunc(text, turns) < 0 {
		return text
	}
	var b strings.Builder
	for _, r := range text {
		if turns(r) {
			fmt.Fprintf(&b, "\\u%04x", r)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

func turns(r rune) bool { return unicode.Is(unicode.Bidi_Control, r) }
