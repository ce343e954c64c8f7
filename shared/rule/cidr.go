package rule

import (
	"bytes"
	"net/netip"
	"strings"
)

// block is the argument of cidr.
type block struct{ netip.Prefix }

// contains reports whether the text is an address in the block. Both ends of
// the block belong to it, in both dialects.
func (b block) contains(s []byte) bool {
	a, ok := parseAddress(s)
	return ok && b.Contains(a)
}

// parseAddress reads an address literal: four decimal numbers without leading
// zeros, or an IPv6 address without zone and without IPv4 notation in it. Unlike
// netip.ParseAddr it takes bytes and never allocates.
func parseAddress(s []byte) (netip.Addr, bool) {
	if len(s) > len("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff") {
		return netip.Addr{}, false
	}
	if bytes.IndexByte(s, ':') >= 0 {
		return parseIPv6(s)
	}
	var a [4]byte
	for i := range a {
		n, digits := 0, 0
		for digits < len(s) && digits < 3 && s[digits]-'0' <= 9 {
			n = n*10 + int(s[digits]-'0')
			digits++
		}
		if digits == 0 || n > 255 || digits > 1 && s[0] == '0' {
			return netip.Addr{}, false
		}
		a[i] = byte(n)
		if s = s[digits:]; i < 3 {
			if len(s) == 0 || s[0] != '.' {
				return netip.Addr{}, false
			}
			s = s[1:]
		}
	}
	return netip.AddrFrom4(a), len(s) == 0
}

func parseIPv6(s []byte) (netip.Addr, bool) {
	var a [16]byte
	n, gap := 0, -1 // bytes read; where zeros are left out
	if bytes.HasPrefix(s, []byte("::")) {
		gap, s = 0, s[2:]
	}
	for len(s) > 0 {
		group, digits := rune(0), 0
		for digits < len(s) && digits < 4 && hexDigit(s[digits]) >= 0 {
			group = group<<4 | hexDigit(s[digits])
			digits++
		}
		if digits == 0 || n == 16 {
			return netip.Addr{}, false
		}
		a[n], a[n+1] = byte(group>>8), byte(group)
		n += 2
		if s = s[digits:]; len(s) == 0 {
			break
		}
		if s[0] != ':' || len(s) == 1 {
			return netip.Addr{}, false
		}
		if s = s[1:]; s[0] == ':' {
			if gap >= 0 {
				return netip.Addr{}, false
			}
			gap, s = n, s[1:]
		}
	}
	if gap < 0 {
		return netip.AddrFrom16(a), n == 16
	}
	if n == 16 {
		return netip.Addr{}, false // a gap stands for at least one group
	}
	copy(a[16-(n-gap):], a[gap:n])
	clear(a[gap : 16-(n-gap)])
	return netip.AddrFrom16(a), true
}

// parseBlock reads the argument of cidr.
func parseBlock(d Dialect, s string) (block, bool) {
	address, bits, slash := strings.Cut(s, "/")
	a, ok := parseAddress([]byte(address))
	if !ok {
		return block{}, false
	}
	if !slash {
		return block{netip.PrefixFrom(a, a.BitLen())}, d == Alibaba
	}
	n := 0
	for i := range len(bits) {
		if n = n*10 + int(bits[i]) - '0'; bits[i] < '0' || bits[i] > '9' || n > 128 {
			return block{}, false
		}
	}
	limit := a.BitLen() - 1
	if d == Alibaba {
		limit = 32
		ok = a.Is4()
	}
	return block{netip.PrefixFrom(a, n).Masked()}, ok && bits != "" && n <= limit
}
