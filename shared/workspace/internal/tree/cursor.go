package tree

import "unicode/utf8"

// Cursor finds the positions of offsets in a text that only grow, so that all
// of them together take one pass.
type Cursor struct {
	text         []byte
	offset       int
	line, column int // of offset, from 0
}

// NewCursor returns a cursor at the beginning of a text. A byte order mark
// there takes no column.
func NewCursor(text []byte) *Cursor { return &Cursor{text: text, offset: Mark(text)} }

// Mark returns the length of the byte order mark that text starts with, or 0.
func Mark(text []byte) int {
	if r, size := utf8.DecodeRune(text); r == '\ufeff' {
		return size
	}
	return 0
}

// At returns the position of an offset that is not before the last one asked for.
func (c *Cursor) At(offset int) Position {
	for c.offset < offset && c.offset < len(c.text) {
		r, size := utf8.DecodeRune(c.text[c.offset:])
		c.offset += size
		c.column++
		if r == '\n' {
			c.line, c.column = c.line+1, 0
		}
	}
	return Position{c.line + 1, c.column + 1}
}
