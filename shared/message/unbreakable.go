package message

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// span is a part of a text that must not be cut: at no position p with
// start < p < end.
type span struct{ start, end int }

// unbreakable returns the links and mentions of s in order, those that overlap
// joined into one. It takes time in proportion to the length of s, whatever s
// holds.
func unbreakable(s string) []span {
	spans := slices.Concat(links(s), tags(s), bareURLs(s), mentions(s))
	slices.SortFunc(spans, func(a, b span) int {
		return cmp.Or(cmp.Compare(a.start, b.start), cmp.Compare(a.end, b.end))
	})
	joined := spans[:0]
	for _, next := range spans {
		if n := len(joined); n > 0 && next.start < joined[n-1].end {
			joined[n-1].end = max(joined[n-1].end, next.end)
			continue
		}
		joined = append(joined, next)
	}
	return joined
}

// links finds [text](url) and ![text](url), and characters escaped by a
// backslash, which would lose their escape.
func links(s string) []span {
	var found []span
	var open []int // the brackets not closed yet
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\\':
			if i+1 < len(s) && s[i+1] < utf8.RuneSelf && unicode.In(rune(s[i+1]), unicode.P, unicode.S) {
				found = append(found, span{i, i + 2})
				i++
			}
		case '[':
			open = append(open, i)
		case ']':
			if len(open) == 0 {
				continue
			}
			start := open[len(open)-1]
			open = open[:len(open)-1]
			end := destination(s, i+1)
			if end == 0 {
				continue
			}
			if start > 0 && s[start-1] == '!' {
				start--
			}
			found = append(found, span{start, end})
		}
	}
	return found
}

// destination returns the end of the "(url)" that begins at i, or 0.
func destination(s string, i int) int {
	// CommonMark lets parentheses nest at most 32 deep in a link.
	const deepest = 32
	if i >= len(s) || s[i] != '(' {
		return 0
	}
	depth := 0
	for j := i; j < len(s); j++ {
		switch s[j] {
		case '\\':
			j++
		case '\n':
			return 0
		case '(':
			if depth++; depth > deepest {
				return 0
			}
		case ')':
			if depth--; depth == 0 {
				return j + 1
			}
		}
	}
	return 0
}

// tags finds what stands in angle brackets on one line, and <at …>…</at> as a
// whole.
func tags(s string) []span {
	const atEnd = "</at>"
	var found []span
	atCloses := true // until one is found not to
	for i := 0; i < len(s); i++ {
		if s[i] != '<' {
			continue
		}
		n := strings.IndexAny(s[i+1:], "<>\n")
		if n < 0 {
			return found // no bracket closes any more
		}
		end := i + 1 + n
		if s[end] != '>' || n == 0 {
			i = end - 1
			continue
		}
		end++
		if inner := s[i+1 : end-1]; atCloses && (inner == "at" || strings.HasPrefix(inner, "at ")) {
			closing := strings.Index(s[end:], atEnd)
			if atCloses = closing >= 0; atCloses {
				end += closing + len(atEnd)
			}
		}
		found = append(found, span{i, end})
		i = end - 1
	}
	return found
}

// bareURLs finds URLs that stand for themselves. The mark of a cut right after
// one would be read as a part of it, so a URL reaches one byte further.
func bareURLs(s string) []span {
	var found []span
	for i := 0; ; {
		n := strings.Index(s[i:], "://")
		if n < 0 {
			return found
		}
		start, end := i+n, i+n+len("://")
		for start > i && schemeByte(s[start-1]) {
			start--
		}
		if start == i+n {
			i = end // no scheme, no URL; one may begin right behind
			continue
		}
		depth := 0
		for end < len(s) {
			r, size := utf8.DecodeRuneInString(s[end:])
			if r == '(' || r == '[' {
				depth++
			}
			if r == ')' || r == ']' {
				depth--
			}
			if depth < 0 || !inURL(r) {
				break
			}
			end += size
		}
		found = append(found, span{start, end + 1})
		i = end
	}
}

func schemeByte(b byte) bool {
	return 'a' <= b && b <= 'z' || 'A' <= b && b <= 'Z' || '0' <= b && b <= '9' || b == '+' || b == '-' || b == '.'
}

// inURL tells whether a URL goes on with r. Chinese and Japanese set no space
// after a URL, but their punctuation ends it.
func inURL(r rune) bool {
	if r < utf8.RuneSelf {
		return r > ' ' && r != 0x7f && !strings.ContainsRune("<>\"`|", r)
	}
	return !unicode.IsSpace(r) && !unicode.IsPunct(r)
}

// mentions finds @name. An @ after a letter or digit of ASCII belongs to a
// mail address. Like a URL, a name reaches one byte further.
func mentions(s string) []span {
	var found []span
	for i := 0; i < len(s); i++ {
		if s[i] != '@' || i > 0 && wordByte(s[i-1]) {
			continue
		}
		end := i + 1
		for end < len(s) {
			r, size := utf8.DecodeRuneInString(s[end:])
			if !unicode.In(r, unicode.L, unicode.M, unicode.N) && !strings.ContainsRune("_-.+", r) {
				break
			}
			end += size
		}
		if end > i+1 {
			found = append(found, span{i, end + 1})
		}
		i = end - 1
	}
	return found
}

func wordByte(b byte) bool {
	return 'a' <= b && b <= 'z' || 'A' <= b && b <= 'Z' || '0' <= b && b <= '9'
}
