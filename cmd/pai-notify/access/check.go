// Package access decides who may use what the program serves over HTTP: it checks
// the host name, the page that a request comes from, and the login.
package access

import (
	"crypto/subtle"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
)

// Check stands before everything that the program serves. It refuses requests
// that pages of other origins have a browser send, and names that are not this
// machine's own: a site whose DNS name leads here (DNS rebinding) is, for a
// browser, the origin of what it asks for, and no other check would tell.
type Check struct {
	// AnyName takes requests by every name. It is for addresses where all that
	// is served needs a login, whose cookie a browser sends to no other name.
	AnyName bool
	// BehindProxy believes the last entry of X-Forwarded-Host, -Proto and -For,
	// which the proxy in front writes. Without it nobody's are believed.
	BehindProxy bool
}

// Handler checks requests before next gets them.
func (c Check) Handler(next http.Handler) http.Handler {
	next = http.NewCrossOriginProtection().Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.URL.Scheme = ""
		if c.BehindProxy {
			forwarded(r)
		}
		if !c.AnyName && !Loopback((&url.URL{Host: r.Host}).Hostname()) {
			http.Error(w, "This address answers to loopback names only, such as 127.0.0.1 or localhost.", http.StatusMisdirectedRequest)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// forwarded makes of a proxy's request the one that the proxy got.
func forwarded(r *http.Request) {
	r.URL.Scheme = last(r, "X-Forwarded-Proto")
	if host := last(r, "X-Forwarded-Host"); host != "" {
		r.Host = host
	}
	if addr, err := netip.ParseAddr(last(r, "X-Forwarded-For")); err == nil {
		r.RemoteAddr = net.JoinHostPort(addr.String(), "0")
	}
}

// last returns the entry that the nearest proxy has written: those before it may
// be the client's own.
func last(r *http.Request, header string) string {
	list := strings.Split(strings.Join(r.Header.Values(header), ","), ",")
	return strings.TrimSpace(list[len(list)-1])
}

// Secure tells whether the browser's connection is encrypted, so that cookies
// need not travel without.
func Secure(r *http.Request) bool { return r.TLS != nil || r.URL.Scheme == "https" }

// Loopback tells whether a host name is one of this machine for itself, which
// cannot be another's (RFC 6761 keeps localhost and all below it).
func Loopback(host string) bool {
	host = strings.TrimSuffix(strings.ToLower(host), ".")
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.Unmap().IsLoopback()
}

// Bearer tells whether a program has shown a token.
func Bearer(r *http.Request, token string) bool {
	return subtle.ConstantTimeCompare([]byte(r.Header.Get("Authorization")), []byte("Bearer "+token)) == 1
}
