package rule

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf16"
	"unicode/utf8"
)

// The functions here read one JSON token of b from position i and return the
// position after it, or the complement (^) of the position of a fault, which is
// always negative. They accept exactly what RFC 8259 does and never allocate.
// Eight bytes are looked at in one step where that is possible.

const (
	lowBits  = 0x0101010101010101
	highBits = 0x8080808080808080
)

// stringEnd finds the quote that ends the string whose content starts at i.
func stringEnd(b []byte, i int) (end int, escaped bool) {
	for {
		for i+8 <= len(b) {
			x := binary.LittleEndian.Uint64(b[i:])
			q := x ^ '"'*lowBits
			s := x ^ '\\'*lowBits
			// A byte's high bit is set where it is a quote, a backslash or
			// below 0x20; bits above the first one set may be wrong.
			m := ((q-lowBits)&^q | (s-lowBits)&^s | (x-0x20*lowBits)&^x) & highBits
			if m != 0 {
				if i += bits.TrailingZeros64(m) >> 3; i < len(b) && b[i] == '"' {
					return i, escaped
				}
				break
			}
			i += 8
		}
		for i < len(b) && b[i] != '"' && b[i] != '\\' && b[i] >= 0x20 {
			i++
		}
		if i >= len(b) || b[i] < 0x20 {
			return ^i, escaped
		}
		if b[i] == '"' {
			return i, escaped
		}
		escaped = true
		if i = escapeEnd(b, i); i < 0 {
			return i, true
		}
	}
}

// escapeEnd passes the escape that starts with the backslash at i.
func escapeEnd(b []byte, i int) int {
	if i+1 >= len(b) {
		return ^len(b)
	}
	switch b[i+1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return i + 2
	case 'u':
		for k := i + 2; k < i+6; k++ {
			if k >= len(b) || hexDigit(b[k]) < 0 {
				return ^min(k, len(b))
			}
		}
		return i + 6
	}
	return ^(i + 1)
}

func hexDigit(c byte) rune {
	switch {
	case '0' <= c && c <= '9':
		return rune(c - '0')
	case 'a' <= c && c <= 'f':
		return rune(c-'a') + 10
	case 'A' <= c && c <= 'F':
		return rune(c-'A') + 10
	}
	return -1
}

// unescape appends the text that the checked string content raw stands for. Half
// a surrogate pair becomes U+FFFD.
func unescape(dst, raw []byte) []byte {
	for i := 0; i < len(raw); {
		c := raw[i]
		if c != '\\' {
			dst = append(dst, c)
			i++
			continue
		}
		switch c = raw[i+1]; c {
		case 'b':
			dst = append(dst, '\b')
		case 'f':
			dst = append(dst, '\f')
		case 'n':
			dst = append(dst, '\n')
		case 'r':
			dst = append(dst, '\r')
		case 't':
			dst = append(dst, '\t')
		case 'u':
			r := hexRune(raw[i:])
			if i += 6; utf16.IsSurrogate(r) {
				low := rune(utf8.RuneError)
				if i+6 <= len(raw) && raw[i] == '\\' && raw[i+1] == 'u' {
					low = hexRune(raw[i:])
				}
				if r = utf16.DecodeRune(r, low); r != utf8.RuneError {
					i += 6
				}
			}
			dst = utf8.AppendRune(dst, r)
			continue
		default:
			dst = append(dst, c)
		}
		i += 2
	}
	return dst
}

// hexRune reads the four digits of the escape \u0000 at the start of b.
func hexRune(b []byte) rune {
	return hexDigit(b[2])<<12 | hexDigit(b[3])<<8 | hexDigit(b[4])<<4 | hexDigit(b[5])
}

// numberEnd passes the number at i.
func numberEnd(b []byte, i int) int {
	if i < len(b) && b[i] == '-' {
		i++
	}
	if i >= len(b) {
		return ^i
	}
	switch c := b[i]; {
	case c == '0':
		i++
	case '1' <= c && c <= '9':
		i = digitsEnd(b, i+1)
	default:
		return ^i
	}
	if i < len(b) && b[i] == '.' {
		start := i + 1
		if i = digitsEnd(b, start); i == start {
			return ^i
		}
	}
	if i < len(b) && b[i]|0x20 == 'e' {
		i++
		if i < len(b) && (b[i] == '+' || b[i] == '-') {
			i++
		}
		start := i
		if i = digitsEnd(b, start); i == start {
			return ^i
		}
	}
	return i
}

// digitsEnd passes decimal digits, possibly none.
func digitsEnd(b []byte, i int) int {
	for i+8 <= len(b) {
		x := binary.LittleEndian.Uint64(b[i:]) ^ '0'*lowBits
		// A byte's high bit is set where it is above 9.
		if m := (x + 0x76*lowBits | x) & highBits; m != 0 {
			return i + bits.TrailingZeros64(m)>>3
		}
		i += 8
	}
	for i < len(b) && b[i]-'0' <= 9 {
		i++
	}
	return i
}

// wordEnd passes true, false or null at i.
func wordEnd(b []byte, i int) int {
	word := "null"
	switch b[i] {
	case 't':
		word = "true"
	case 'f':
		word = "false"
	case 'n':
	default:
		return ^i
	}
	if len(b)-i < len(word) || string(b[i:i+len(word)]) != word {
		return ^i
	}
	return i + len(word)
}

// spaceEnd passes blanks, tabs and line ends.
func spaceEnd(b []byte, i int) int {
	for i < len(b) && b[i] <= ' ' {
		if c := b[i]; c != ' ' && c != '\n' && c != '\t' && c != '\r' {
			break
		}
		i++
	}
	return i
}
