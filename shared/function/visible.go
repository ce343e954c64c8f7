package function

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// Visible returns a writer for texts of others, such as the names in events,
// that may end up on a terminal. What could steer it or turn a line around is
// written as it stands in Go and JSON, such as \u001b: control characters but
// for tabs and ends of lines, of which a carriage return alone is none, the
// controls of bidirectional text and other formatting that is not seen, and
// bytes that are not UTF-8. JSON keeps its meaning.
//
// With colours, the sequences by which this program colours its own words pass;
// they can change nothing but the colour of what follows them.
func Visible(w io.Writer, colours bool) io.Writer { return &visible{w: w, colours: colours} }

type visible struct {
	w       io.Writer
	colours bool

	mu   sync.Mutex
	rest []byte // the beginning of a character whose end has not come yet
}

// palette are the parameters by which the program sets and resets colours.
var palette = []string{"0", "1", "2", "22", "31", "32", "33"}

// colour returns the length of what sets or resets a colour of the program at
// the beginning of text, 0 for none.
func colour(text []byte) int {
	const begins, longest = "\x1b[", len("\x1b[0;22;22m")
	end := bytes.IndexByte(text[:min(len(text), longest)], 'm')
	if end < 0 || !bytes.HasPrefix(text, []byte(begins)) {
		return 0
	}
	for parameter := range strings.SplitSeq(string(text[len(begins):end]), ";") {
		if !slices.Contains(palette, parameter) {
			return 0
		}
	}
	return end + 1
}

// Write is safe for concurrent use. It takes all of p, or fails.
func (v *visible) Write(p []byte) (int, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	var shown []byte
	shown, v.rest = escaped(append(v.rest, p...), v.colours)
	if _, err := v.w.Write(shown); err != nil {
		return 0, err
	}
	return len(p), nil
}

// VisibleText is what [Visible] without colours makes of a whole text.
func VisibleText(s string) string {
	shown, rest := escaped([]byte(s), false)
	for _, b := range rest {
		shown = fmt.Appendf(shown, `\x%02x`, b)
	}
	return string(shown)
}

// escaped returns a text as it may be shown, and the beginning of a character
// at its end.
func escaped(text []byte, colours bool) (out, rest []byte) {
	out = make([]byte, 0, len(text))
	for len(text) > 0 && complete(text) {
		r, size := utf8.DecodeRune(text)
		switch {
		case r == utf8.RuneError && size == 1:
			out = fmt.Appendf(out, `\x%02x`, text[0])
		case r == '\r' && text[1] == '\n', shown(r):
			out = append(out, text[:size]...)
		case colours && colour(text) > 0:
			size = colour(text)
			out = append(out, text[:size]...)
		default:
			for _, unit := range utf16.Encode([]rune{r}) {
				out = fmt.Appendf(out, `\u%04x`, unit)
			}
		}
		text = text[size:]
	}
	return out, bytes.Clone(text)
}

// complete tells whether the first character of text can be judged.
func complete(text []byte) bool {
	return utf8.FullRune(text) && (text[0] != '\r' || len(text) > 1)
}

// shown tells of a character that it is seen, or that it is needed where it is
// not: emoji and some scripts have joiners.
func shown(r rune) bool {
	switch r {
	case '\n', '\t', '\u200c', '\u200d':
		return true
	}
	return ' ' <= r && r <= '~' || !unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp)
}
