package rule

import (
	"bytes"
	"encoding/binary"
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

// tenths holds the negative powers of ten, nearly.
var tenths = [...]float64{1, 1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8, 1e-9, 1e-10, 1e-11,
	1e-12, 1e-13, 1e-14, 1e-15, 1e-16, 1e-17, 1e-18}

// numberAround returns two doubles between which a checked number lies. They are
// close together when it has no exponent and at most 18 digits, and found much
// faster than the nearest double.
func numberAround(b []byte) (lo, hi float64) {
	i := 0
	if b[0] == '-' {
		i = 1
	}
	if len(b) > i+19 {
		return math.Inf(-1), math.Inf(1)
	}
	var mantissa uint64
	for ; i < len(b) && b[i]-'0' <= 9; i++ {
		mantissa = mantissa*10 + uint64(b[i]-'0')
	}
	fraction := 0
	if i < len(b) && b[i] == '.' {
		i++
		first := i
		for ; i+8 <= len(b); i += 8 {
			x := binary.LittleEndian.Uint64(b[i:])
			if (x^'0'*lowBits+0x76*lowBits)&highBits != 0 {
				break // an exponent
			}
			// Pairs of digits, then of pairs, then of those.
			x = (x & (0x0F * lowBits)) * (10<<8 + 1) >> 8
			x = (x & 0x00FF00FF00FF00FF) * (100<<16 + 1) >> 16
			x = (x & 0x0000FFFF0000FFFF) * (10000<<32 + 1) >> 32
			mantissa = mantissa*1e8 + x
		}
		for ; i < len(b) && b[i]-'0' <= 9; i++ {
			mantissa = mantissa*10 + uint64(b[i]-'0')
		}
		fraction = i - first
	}
	if i < len(b) {
		return math.Inf(-1), math.Inf(1)
	}
	f := float64(mantissa) * tenths[fraction]
	if b[0] == '-' {
		f = -f
	}
	margin := math.Abs(f) * 0x1p-50 // more than three roundings
	return f - margin, f + margin
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

// maxPlain bounds how much longer a number may become without its exponent:
// 1e999999999 stays as it is.
const maxPlain = 64

// plainNumber appends a checked number without an exponent, as Alibaba compares
// it: 3.5e1 reads 35, 3.50e1 reads 35.0, -0 reads 0; 35.0 stays.
func plainNumber(dst, b []byte) []byte {
	digits, exponent := b, 0
	if i := bytes.IndexAny(b, "eE"); i >= 0 {
		if len(b) > maxPlain {
			return append(dst, b...)
		}
		for _, c := range b[i+1:] {
			if c-'0' <= 9 && exponent <= maxPlain {
				exponent = exponent*10 + int(c-'0')
			}
		}
		if exponent > maxPlain {
			return append(dst, b...)
		}
		if b[i+1] == '-' {
			exponent = -exponent
		}
		digits = b[:i]
	}
	negative := digits[0] == '-'
	if negative {
		digits = digits[1:]
	}
	whole, fraction, _ := bytes.Cut(digits, []byte{'.'})
	// The point stands after this many digits of whole and fraction together.
	point := len(whole) + exponent
	zero := true
	start := len(dst)
	if negative {
		dst = append(dst, '-')
	}
	first := len(dst)
	for i := min(point, 0); i < max(point, len(whole)+len(fraction)); i++ {
		c := byte('0')
		switch {
		case i < 0 || i >= len(whole)+len(fraction):
		case i < len(whole):
			c = whole[i]
		default:
			c = fraction[i-len(whole)]
		}
		zero = zero && c == '0'
		if i == point {
			if len(dst) == first {
				dst = append(dst, '0')
			}
			dst = append(dst, '.')
		}
		if c != '0' || len(dst) > first || i >= point {
			dst = append(dst, c)
		}
	}
	if len(dst) == first {
		dst = append(dst, '0')
	}
	if zero && negative {
		dst = append(dst[:start], dst[first:]...)
	}
	return dst
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
