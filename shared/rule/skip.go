package rule

import (
	"encoding/binary"
	"math/bits"
)

// maxEventDepth is how deep an event may nest. Deeper ones are refused, so that
// brackets alone cannot exhaust the stack.
const maxEventDepth = 1000

// skip passes the value at i, which nobody wants, and checks it in full: it
// accepts exactly what RFC 8259 does, up to maxEventDepth levels. The value
// stands at the given depth. Like all readers of tokens it returns the
// complement of the position of a fault.
func skip(b []byte, i, depth int) int {
	if i >= len(b) {
		return ^len(b)
	}
	switch c := b[i]; {
	case c == '"':
		end, _ := stringEnd(b, i+1)
		if end < 0 {
			return end
		}
		return end + 1
	case c == '{' || c == '[':
		return skipNested(b, i, depth)
	case c > '9':
		return wordEnd(b, i)
	}
	return numberEnd(b, i)
}

// skipNested passes an object or array. Which of the levels above are objects is
// kept in the bits of one word; after 64 levels the function calls itself.
func skipNested(b []byte, i, depth int) int {
	var (
		objects  uint64
		x, m     uint64
		level    int
		start, k int
		first    int
	)
open:
	if depth+level >= maxEventDepth {
		return ^i
	}
	if level == 64 {
		if i = skipNested(b, i, depth+level); i < 0 {
			return i
		}
		goto after
	}
	level++
	if b[i] == '{' {
		objects = objects<<1 | 1
		if i = blank(b, i+1); i >= len(b) {
			return ^i
		}
		if b[i] == '}' {
			goto close
		}
		goto name
	}
	objects <<= 1
	if i = blank(b, i+1); i >= len(b) {
		return ^i
	}
	if b[i] == ']' {
		goto close
	}
	goto value
name:
	if i >= len(b) || b[i] != '"' {
		return ^i
	}
	if i, _ = stringEnd(b, i+1); i < 0 {
		return i
	}
	if i = blank(b, i+1); i >= len(b) || b[i] != ':' {
		return ^i
	}
	i = blank(b, i+1)
value:
	if i >= len(b) {
		return ^i
	}
	switch c := b[i]; {
	case c == '"':
		if i, _ = stringEnd(b, i+1); i < 0 {
			return i
		}
		i++
	case c <= '9':
	number:
		// As in quickNumberEnd, but with the next number of an array at once.
		start = i
		if c == '-' {
			i++
		}
		if i+8 > len(b) {
			goto slow
		}
		x = binary.LittleEndian.Uint64(b[i:]) ^ '0'*lowBits
		m = (x + 0x76*lowBits | x) & highBits
		k = bits.TrailingZeros64(m) >> 3
		if uint(k-1) >= 7 || x&0xFF == 0 && k > 1 {
			goto slow
		}
		// A branch is foreseen, an addition has to be waited for.
		switch k {
		case 1:
			i++
		case 2:
			i += 2
		case 3:
			i += 3
		default:
			i += k
		}
		if b[i] == '.' {
			i++
			first = i
			for {
				if i+8 > len(b) {
					goto slow
				}
				x = binary.LittleEndian.Uint64(b[i:]) ^ '0'*lowBits
				if m = (x + 0x76*lowBits | x) & highBits; m != 0 {
					break
				}
				i += 8
			}
			switch k = bits.TrailingZeros64(m) >> 3; k {
			case 0:
				if i == first {
					return ^i
				}
			case 1:
				i++
			case 5:
				i += 5
			case 6:
				i += 6
			case 7:
				i += 7
			default:
				i += k
			}
		}
		if i+2 < len(b) && b[i] == ',' && objects&1 == 0 {
			if i++; b[i] == ' ' {
				i++
			}
			if c = b[i]; c-'0' <= 9 || c == '-' {
				goto number
			}
			if c <= ' ' {
				i = blank(b, i)
			}
			goto value
		}
		if b[i]|0x20 != 'e' {
			break
		}
	slow:
		if i = numberEnd(b, start); i < 0 {
			return i
		}
	case c == '{' || c == '[':
		goto open
	default:
		if i = wordEnd(b, i); i < 0 {
			return i
		}
	}
after:
	if i >= len(b) {
		return ^i
	}
	if b[i] <= ' ' {
		if i = blank(b, i); i >= len(b) {
			return ^i
		}
	}
	switch {
	case b[i] == ',':
		if i++; i < len(b) && b[i] <= ' ' {
			i = blank(b, i)
		}
		if objects&1 != 0 {
			goto name
		}
		goto value
	case b[i] == '}' && objects&1 != 0, b[i] == ']' && objects&1 == 0:
		goto close
	}
	return ^i
close:
	i++
	objects >>= 1
	if level--; level > 0 {
		goto after
	}
	return i
}

// blank passes white space; most often there is none, or one blank.
func blank(b []byte, i int) int {
	if i < len(b) && b[i] <= ' ' {
		if i++; i < len(b) && b[i] > ' ' && b[i-1] == ' ' {
			return i
		}
		return spaceEnd(b, i-1)
	}
	return i
}

// quickNumberEnd is numberEnd, made for the usual notations in one piece.
func quickNumberEnd(b []byte, i int) int {
	start := i
	if b[i] == '-' {
		i++
	}
	if i+8 > len(b) {
		return numberEnd(b, start)
	}
	x := binary.LittleEndian.Uint64(b[i:]) ^ '0'*lowBits
	m := (x + 0x76*lowBits | x) & highBits
	k := i + bits.TrailingZeros64(m)>>3
	if m == 0 || k == i || b[i] == '0' && k > i+1 {
		return numberEnd(b, start)
	}
	if b[k] == '.' {
		for i = k + 1; ; i += 8 {
			if i+8 > len(b) {
				return numberEnd(b, start)
			}
			x = binary.LittleEndian.Uint64(b[i:]) ^ '0'*lowBits
			if m = (x + 0x76*lowBits | x) & highBits; m != 0 {
				break
			}
		}
		i += bits.TrailingZeros64(m) >> 3
		if i == k+1 {
			return ^i
		}
		k = i
	}
	if b[k]|0x20 == 'e' {
		return numberEnd(b, start)
	}
	return k
}
