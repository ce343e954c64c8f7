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
