package rule

import (
	"bytes"
	"unicode"
	"unicode/utf8"
)

func (p *program) hasPrefix(e entry, v []byte) bool {
	s := p.textOf(e)
	if e.flags&foldCase != 0 {
		return foldLen(s, v) >= 0
	}
	return bytes.HasPrefix(v, s)
}

func (p *program) hasSuffix(e entry, v []byte) bool {
	s := p.textOf(e)
	if e.flags&foldCase == 0 {
		return bytes.HasSuffix(v, s)
	}
	at := len(v)
	for range utf8.RuneCount(s) {
		_, size := utf8.DecodeLastRune(v[:at])
		at -= size
	}
	return foldLen(s, v[at:]) == len(v)-at
}

func (p *program) contains(e entry, v []byte) bool {
	return bytes.Contains(v, p.textOf(e))
}

// foldLen returns how many bytes at the start of v the pattern s stands for when
// case is ignored, or -1. Each character of s stands for itself, its lower and
// its upper case form; v is not folded.
func foldLen(s, v []byte) int {
	i := 0
	for len(s) > 0 {
		want, size := utf8.DecodeRune(s)
		s = s[size:]
		got, size := utf8.DecodeRune(v[i:])
		if got == utf8.RuneError && size <= 1 {
			return -1
		}
		if got != want && got != unicode.ToLower(want) && got != unicode.ToUpper(want) {
			return -1
		}
		i += size
	}
	return i
}

// wildcard reports whether v is the literal pieces of entry i in their order,
// with anything between two of them.
func (p *program) wildcard(i int, v []byte) bool {
	e := p.entries[i]
	pieces := p.entries[i+1 : i+e.width()]
	if e.flags&openStart == 0 {
		s := p.textOf(pieces[0])
		if !bytes.HasPrefix(v, s) {
			return false
		}
		v, pieces = v[len(s):], pieces[1:]
		if len(pieces) == 0 && e.flags&openEnd == 0 {
			return len(v) == 0 // no star at all
		}
	}
	if e.flags&openEnd == 0 {
		s := p.textOf(pieces[len(pieces)-1])
		if !bytes.HasSuffix(v, s) {
			return false
		}
		v, pieces = v[:len(v)-len(s)], pieces[:len(pieces)-1]
	}
	for _, piece := range pieces {
		s := p.textOf(piece)
		at := bytes.Index(v, s)
		if at < 0 {
			return false
		}
		v = v[at+len(s):]
	}
	return true
}
