package secret

import (
	"errors"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

var errHost = errors.New(`is neither a host, such as "smtp.example.com", nor a host with a port, nor a reference to a URL, such as "env:NAME"`)

// parseHost reads who may be shown a secret: a host, one with a port, or a
// reference whose value, a URL, leads there. It returns it in one form for all
// ways to write it.
func parseHost(text string) (string, error) {
	if scheme, name, ok := Secret(text).reference(); ok && strings.Trim(name, "0123456789") != "" {
		return scheme + ":" + name, nil
	}
	host, port := text, ""
	if h, p, err := net.SplitHostPort(text); err == nil {
		host, port = h, p
		if n, err := strconv.ParseUint(p, 10, 16); err != nil || n == 0 {
			return "", errHost
		}
	}
	bare := strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
	if _, err := netip.ParseAddr(bare); err == nil {
		return joinHost(bare, port), nil
	}
	if host == "" || strings.ContainsAny(host, ":/@?#[]*% \"'") {
		return "", errHost
	}
	return joinHost(host, port), nil
}

// hostOf returns the host and port that a URL or a "host:port" leads to; "" for
// what is neither, and for a URL that names a user.
func hostOf(address string) string {
	address = strings.TrimSpace(address)
	if !strings.Contains(address, "://") {
		address = "//" + address
	}
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" || u.User != nil {
		return ""
	}
	port := u.Port()
	if port == "" {
		port = map[string]string{"https": "443", "http": "80"}[u.Scheme]
	}
	return joinHost(u.Hostname(), port)
}

// joinHost writes a host in one form. Only ASCII letters are put in lower case:
// others may be folded into a name that leads elsewhere.
func joinHost(host, port string) string {
	if addr, err := netip.ParseAddr(host); err == nil {
		host = addr.Unmap().String()
	} else {
		host = strings.TrimSuffix(host, ".")
	}
	host = strings.Map(func(c rune) rune {
		if 'A' <= c && c <= 'Z' {
			return c + 'a' - 'A'
		}
		return c
	}, host)
	if port == "" {
		return host
	}
	return net.JoinHostPort(host, port)
}

// within tells whether a receiver, as hostOf returns it, is one of the hosts. A
// host without a port stands for all of its ports.
func within(hosts []string, receiver string) bool {
	name, _, err := net.SplitHostPort(receiver)
	if err != nil {
		name = receiver
	}
	return receiver != "" && (slices.Contains(hosts, receiver) || slices.Contains(hosts, name))
}
