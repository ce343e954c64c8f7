package webhook

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"syscall"

	"code.dny.dev/ssrf"
)

// Addresses under which clouds hand out credentials to whoever asks: link
// local ones (all clouds), Alibaba Cloud's and Azure's own, and the IPv6 one
// of AWS.
var metadata = []netip.Prefix{
	netip.MustParsePrefix("169.254.0.0/16"),
	netip.MustParsePrefix("fe80::/10"),
	netip.MustParsePrefix("100.100.100.200/32"),
	netip.MustParsePrefix("168.63.129.16/32"),
	netip.MustParsePrefix("fd00:ec2::254/128"),
	netip.MustParsePrefix("192.0.0.192/32"),   // Oracle
	netip.MustParsePrefix("fd20:ce::254/128"), // Google
}

// embedding are the IPv6 prefixes that stand before an IPv4 address, and where it
// begins: NAT64, 6to4, and the old compatible form.
var embedding = []struct {
	prefix netip.Prefix
	at     int
}{
	{netip.MustParsePrefix("64:ff9b::/96"), 12},
	{netip.MustParsePrefix("2002::/16"), 2},
	{netip.MustParsePrefix("::/96"), 12},
}

func isMetadata(addr netip.Addr) bool {
	for _, h := range embedding {
		if addr.Is6() && h.prefix.Contains(addr) {
			bytes := addr.As16()
			addr = netip.AddrFrom4([4]byte(bytes[h.at : h.at+4]))
			break
		}
	}
	return slices.ContainsFunc(metadata, func(p netip.Prefix) bool { return p.Contains(addr) })
}

// Why the guard refuses a connection.
var (
	errNoPort    = errors.New("the port is not a number from 0 to 65535")
	errNotPublic = errors.New("is not a public address")
	errPlainHTTP = errors.New("may not be reached by plain http")
)

// denial is a refused connection.
type denial struct {
	addr   netip.Addr
	reason error
}

func (d *denial) Error() string { return d.addr.String() + " " + d.reason.Error() }

func (d *denial) Unwrap() error { return d.reason }

// guard decides which addresses may be dialled. It looks at the address a
// name was resolved to, at the moment of connecting, so a name that resolves
// to something else the second time does not get around it.
type guard struct {
	allow  allowList
	public *ssrf.Guardian
}

func newGuard(allow allowList) *guard {
	return &guard{allow: allow, public: ssrf.New(ssrf.WithAnyPort())}
}

func (g *guard) dial(ctx context.Context, network, hostport string, plain bool) (net.Conn, error) {
	host, port, err := net.SplitHostPort(hostport)
	if err != nil {
		return nil, err
	}
	number, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return nil, errNoPort
	}
	listed := g.allow.namesHost(host, uint16(number))
	dialer := net.Dialer{Timeout: dialTimeout, Control: func(network, address string, c syscall.RawConn) error {
		return g.check(network, address, c, listed, plain)
	}}
	return dialer.DialContext(ctx, network, hostport)
}

// check refuses address unless it is public and wanted by TLS, or the operator
// has listed it or the host name that led to it.
func (g *guard) check(network, address string, c syscall.RawConn, listedHost, plain bool) error {
	to, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("webhook: %q is not an address", address)
	}
	addr := to.Addr().Unmap().WithZone("")
	if g.allow.namesAddr(addr, to.Port()) {
		return nil
	}
	if isMetadata(addr) {
		return &denial{addr, errNotPublic}
	}
	if listedHost || g.allow.covers(addr) {
		return nil
	}
	if g.public.Safe(network, address, c) != nil {
		return &denial{addr, errNotPublic}
	}
	if plain {
		return &denial{addr, errPlainHTTP}
	}
	return nil
}
