package rule

import (
	"math"
	"strconv"
)

// literal is a number written in a pattern.
type literal struct {
	double
	text span
}

// pow10 holds the powers of ten that a double represents without error.
var pow10 = [...]float64{1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11,
	1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22}

// decimal is a number as its digits: 0.digits × 10^point, with no zero at
// either end of the digits.
type decimal struct {
	negative bool
	digits   int    // how many
	mantissa uint64 // their value when there are at most 19
	point    int    // position of the point, clamped to ±1e8
}

// parseDecimal reads a checked number.
func parseDecimal(b []byte) decimal {
	var d decimal
	i := 0
	if b[0] == '-' {
		d.negative, i = true, 1
	}
	zeros := 0 // seen since the last other digit
	fraction := false
	for ; i < len(b); i++ {
		c := b[i]
		if c == '.' {
			fraction = true
			continue
		}
		if c-'0' > 9 {
			break
		}
		if !fraction {
			d.point++
		}
		if c == '0' {
			if d.digits == 0 {
				d.point-- // a leading zero
			} else {
				zeros++
			}
			continue
		}
		for ; zeros > 0; zeros-- {
			d.digits++
			d.mantissa *= 10
		}
		d.digits++
		d.mantissa = d.mantissa*10 + uint64(c-'0')
	}
	if d.digits == 0 {
		return decimal{}
	}
	if i < len(b) { // an exponent
		i++
		minus := b[i] == '-'
		if minus || b[i] == '+' {
			i++
		}
		e := 0
		for ; i < len(b); i++ {
			if e < 1e8 {
				e = e*10 + int(b[i]-'0')
			}
		}
		if minus {
			e = -e
		}
		d.point += e
	}
	return d
}

// parseDouble reads a checked number. Its exact is true when the shortest
// decimal notation of the nearest double equals the number: always with up to
// fifteen digits, never with more than seventeen.
func parseDouble(b []byte) double {
	d := parseDecimal(b)
	if d.digits == 0 {
		return double{value: 0, exact: true} // -0 is 0
	}
	exponent := d.point - d.digits
	if d.digits <= 15 && -22 <= exponent && exponent <= 22 {
		f := float64(d.mantissa)
		if exponent < 0 {
			f /= pow10[-exponent]
		} else {
			f *= pow10[exponent]
		}
		if d.negative {
			f = -f
		}
		return double{value: f, exact: true}
	}
	f, err := strconv.ParseFloat(string(b), 64)
	if err != nil || f == 0 || d.digits > 17 {
		return double{value: f} // out of range, or too fine
	}
	if d.digits <= 15 && -290 < d.point && d.point < 290 {
		return double{value: f, exact: true}
	}
	var buf [32]byte
	s := parseDecimal(strconv.AppendFloat(buf[:0], math.Abs(f), 'e', -1, 64))
	return double{value: f, exact: s.mantissa == d.mantissa && s.digits == d.digits && s.point == d.point}
}

// maxPlain bounds the plain notation of a number: 1e999999999 stays as it is.
const maxPlain = 4096

// plainNumber appends the notation of a number without an exponent, as Alibaba
// compares it: 3.5e1 reads 35, 3.50e1 reads 35.0, -0 reads 0; 35.0 stays.
func plainNumber(dst, b []byte) []byte {
	digits, scale, exponent := make([]byte, 0, 32), 0, 0
	negative, fraction := false, false
	for i := 0; i < len(b); i++ {
		switch c := b[i]; {
		case c == '-':
			negative = true
		case c == '.':
			fraction = true
		case c|0x20 == 'e':
			e, err := strconv.Atoi(string(b[i+1:]))
			if err != nil || e > maxPlain || e < -maxPlain || len(b) > maxPlain {
				return append(dst, b...)
			}
			exponent, i = e, len(b)
		default:
			if fraction {
				scale++
			}
			if len(digits) > 0 || c != '0' {
				digits = append(digits, c)
			}
		}
	}
	scale -= exponent
	if negative && len(digits) > 0 {
		dst = append(dst, '-')
	}
	if scale <= 0 {
		if len(digits) == 0 {
			return append(dst, '0')
		}
		dst = append(dst, digits...)
		for ; scale < 0; scale++ {
			dst = append(dst, '0')
		}
		return dst
	}
	for len(digits) <= scale {
		digits = append([]byte{'0'}, digits...)
	}
	dst = append(dst, digits[:len(digits)-scale]...)
	dst = append(dst, '.')
	return append(dst, digits[len(digits)-scale:]...)
}

// isPlain reports whether plainNumber would change nothing.
func isPlain(b []byte) bool {
	if b[0] == '-' && parseDecimal(b).digits == 0 {
		return false
	}
	for _, c := range b {
		if c|0x20 == 'e' {
			return false
		}
	}
	return true
}
