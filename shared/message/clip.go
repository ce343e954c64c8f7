package message

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/rivo/uniseg"
)

// ellipsis marks a cut. It is three bytes long.
const ellipsis = "…"

// Clip returns s if it has at most limit bytes, and otherwise its beginning
// with a mark "…", together at most limit bytes. It cuts between characters as
// people see them (grapheme clusters), and never inside a link or a mention:
// [text](url), a bare URL, @name, <@userid>, <at …>…</at> or any other tag in
// angle brackets. One that does not fit is left out whole, with what follows.
//
// Bytes that are not UTF-8 become U+FFFD. Below three bytes there is no room
// for the mark, and a text that does not fit becomes "".
func Clip(s string, limit int) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	if len(s) <= limit {
		return s
	}
	if limit < len(ellipsis) {
		return ""
	}
	room := limit - len(ellipsis)
	whole := unbreakable(s)
	// tight is the last cut that leaves no white space before the mark. It is
	// preferred when only such space would be lost; where it is not allowed,
	// the space keeps a URL or a name apart from the mark.
	cut, tight := 0, 0
	for at := 0; at <= room; at += character(s[at:]) {
		for len(whole) > 0 && whole[0].end <= at {
			whole = whole[1:]
		}
		if len(whole) > 0 && whole[0].start < at {
			continue
		}
		cut = at
		if last, _ := utf8.DecodeLastRuneInString(s[:at]); !unicode.IsSpace(last) {
			tight = at
		}
	}
	if strings.TrimSpace(s[tight:cut]) == "" {
		cut = tight
	}
	return s[:cut] + ellipsis
}

// character returns the length in bytes of the first grapheme cluster of s,
// which is not empty.
func character(s string) int {
	// ASCII followed by ASCII needs no tables, except for CR LF.
	if len(s) > 1 && s[0] < 0x80 && s[1] < 0x80 && s[0] != '\r' {
		return 1
	}
	cluster, _, _, _ := uniseg.FirstGraphemeClusterInString(s, -1)
	return len(cluster)
}
