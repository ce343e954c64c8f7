package wecom

import (
	"strings"
	"unicode"
)

// escape keeps a text from an event a text, whoever wrote it. WeCom documents
// no escapes, so what would mean something in the middle of a line gives way
// to what looks alike: mentions and tags (<), bold (**), links (](, whose
// parenthesis matters) and code (`). A robot's plain text knows mentions too.
func escape(s string) string {
	if !strings.ContainsAny(s, "<*]`") {
		return s
	}
	return strings.NewReplacer("<", "＜", "**", "＊＊", "](", "]（", "`", "'").Replace(s)
}

// oneLine joins the lines of s by spaces and drops what cannot be seen but can
// reorder or break a text. Joiners stay: emoji need them.
func oneLine(s string) string {
	s = strings.Map(func(c rune) rune {
		switch {
		case unicode.IsSpace(c):
			return ' '
		case unicode.IsControl(c), unicode.Is(unicode.Cf, c) && c != '\u200c' && c != '\u200d':
			return -1
		}
		return c
	}, strings.ToValidUTF8(s, "\uFFFD"))
	return strings.TrimSpace(s)
}

// bare drops what WeCom could call illegal: emoji and all else outside of the
// basic plane, joiners, private and replacement characters, and backslashes,
// after which a "u" looks like the escaped characters that WeCom refuses.
func bare(s string) string {
	return strings.Map(func(c rune) rune {
		written := c == ' ' || unicode.In(c, unicode.L, unicode.M, unicode.N, unicode.P, unicode.Sm, unicode.Sc, unicode.Sk)
		if c > 0xFFFF || c == '\\' || !written {
			return -1
		}
		return c
	}, s)
}
