package http

import (
	"maps"
	"net/textproto"
	"slices"
	"strings"

	"github.com/pai-notify/pai-notify/shared/target"
)

// maxHeaders and maxHeaderName keep a request within what servers accept.
const (
	maxHeaders    = 20
	maxHeaderName = 100
)

// reserved are the headers that belong to the connection, to the body, or to
// the proxy in between, and those that would forge where a request came from.
var reserved = []string{
	"Accept-Encoding", "Connection", "Content-Encoding", "Content-Length", "Content-Type", "Expect",
	"Forwarded", "Host", "Idempotency-Key", "Keep-Alive", "Te", "Trailer", "Transfer-Encoding", "Upgrade",
	"User-Agent", "Via",
}

// Prefixes of headers that carry the event, the signature and proxies' words.
var reservedPrefixes = []string{"Ce-", "Webhook-", "Proxy-", "X-Forwarded-", "Sec-"}

func checkHeaders(headers map[string]target.Secret) error {
	if len(headers) > maxHeaders {
		return target.Invalid("headers", "%d are given; at most %d are possible", len(headers), maxHeaders)
	}
	seen := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(headers)) {
		canonical := textproto.CanonicalMIMEHeaderKey(name)
		switch {
		case name == "" || len(name) > maxHeaderName || strings.ContainsFunc(name, notInName):
			return target.Invalid("headers", "%.40q is not a header name", name)
		case slices.Contains(reserved, canonical), slices.ContainsFunc(reservedPrefixes, func(p string) bool {
			return strings.HasPrefix(canonical, p)
		}):
			return target.Invalid("headers", "%s cannot be set: the sender sets it or leaves it out", canonical)
		case seen[canonical] != "":
			return target.Invalid("headers", "%s and %s are the same header", seen[canonical], name)
		case headers[name].Literal() && strings.ContainsFunc(string(headers[name]), notInHeader):
			return target.Invalid("headers", "%s: the value has a line break or another control character", canonical)
		}
		seen[canonical] = name
	}
	return nil
}

func notInName(c rune) bool {
	alphanumeric := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
	return !alphanumeric && !strings.ContainsRune("!#$%&'*+-.^_`|~", c)
}

func notInHeader(c rune) bool { return c < ' ' && c != '\t' || c == 0x7f }
