package wecom

import (
	"html"
	"strings"
	"unicode"

	"github.com/pai-notify/pai-notify/shared/message"
)

// clip returns a text from an event as one line that stays text, within limit
// bytes. The escape comes after everything that takes characters out of the
// text: what it has kept apart could come together again. Only the cut follows
// it, which takes nothing but the end.
func (d draft) clip(s string, limit int) string {
	s = message.OneLine(s)
	if d.bare {
		s = message.OneLine(bare(s))
	}
	return message.Clip(escape(s), limit)
}

// escape keeps a text from an event a text, whoever wrote it. WeCom documents
// no escapes, so what would mean something in the middle of a line gives way
// to what looks alike: mentions and tags (<), bold (**), links (](, whose
// parenthesis matters), code (`), and entities, which a client may read before
// the rest. A backslash at the end must not reach what follows the text. A
// robot's plain text knows mentions too.
func escape(s string) string {
	if strings.ContainsAny(s, "<*]`") {
		s = strings.NewReplacer("<", "＜", "**", "＊＊", "](", "]（", "`", "'").Replace(s)
	}
	if strings.Contains(s, "&") && html.UnescapeString(s) != s {
		s = strings.ReplaceAll(s, "&", "＆")
	}
	if before, ok := strings.CutSuffix(s, `\`); ok {
		s = before + "＼"
	}
	return s
}

// escapeStart is for an escaped text at the beginning of a line, where it must
// not begin a heading or a quotation.
func escapeStart(s string) string {
	for sign, alike := range map[string]string{"#": "＃", ">": "＞"} {
		if after, ok := strings.CutPrefix(s, sign); ok {
			return alike + after
		}
	}
	return s
}

// bare drops what WeCom could call illegal: emoji and all else outside of the
// basic plane, joiners, private and replacement characters. A backslash gives
// way to its look-alike: with a "u" after it it looks like the escaped
// characters that WeCom refuses.
func bare(s string) string {
	return strings.Map(func(c rune) rune {
		switch {
		case c == '\\':
			return '＼'
		case c > 0xFFFF, c != ' ' && !unicode.In(c, unicode.L, unicode.M, unicode.N, unicode.P, unicode.Sm, unicode.Sc, unicode.Sk):
			return -1
		}
		return c
	}, s)
}
