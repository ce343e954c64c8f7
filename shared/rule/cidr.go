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
// zeros, or an IPv6 address without zone and without IPv4 notation in it.
func parseAddress(s []byte) (netip.Addr, bool) {
	if len(s) < 2 || len(s) > len("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff") {
		return netip.Addr{}, false
	}
	if bytes.IndexByte(s, ':') >= 0 && bytes.IndexByte(s, '.') >= 0 {
		return netip.Addr{}, false
	}
	for _, c := range s { // refused here because errors are not free
		if hexDigit(c) < 0 && c != '.' && c != ':' {
			return netip.Addr{}, false
		}
	}
	a, err := netip.ParseAddr(string(s))
	return a, err == nil
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
