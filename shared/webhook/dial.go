package webhook

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"

	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/target"
)

// Dial connects by TCP to a receiver that does not speak HTTP, behind the
// guard of [Post] and within its time for connecting. The guard leaves it to
// the caller to say nothing that matters before TLS by [TLSConfig] is up.
// [Failure] classes the error.
func Dial(ctx context.Context, hostport string) (net.Conn, error) {
	c, err := current()
	if err != nil {
		return nil, err
	}
	return c.guard.dial(ctx, "tcp", hostport, false)
}

// TLSConfig returns how to shake hands with host, a name or an address. The
// certificate is verified by [verify] and not by crypto/tls, which would read
// every root of the system first and take longer than the rest of a cold start.
func TLSConfig(host string) *tls.Config {
	return &tls.Config{
		ServerName: host,
		MinVersion: tls.VersionTLS12,
		// The host is taken from here and not from the connection's state,
		// where it is empty for an IP address.
		InsecureSkipVerify: true, //nolint:gosec // VerifyConnection verifies chain and host name.
		VerifyConnection: func(s tls.ConnectionState) error {
			return verify(host, s.PeerCertificates)
		},
	}
}

// ServiceClient returns a client for the APIs of the cloud that a function runs on.
// It verifies certificates by [TLSConfig], and may dial private addresses, which
// such services may have. It follows no redirect, which would send the signature
// elsewhere.
func ServiceClient() *http.Client {
	dialer := &net.Dialer{Timeout: dialTimeout}
	return &http.Client{
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			Proxy:       http.ProxyFromEnvironment,
			DialContext: dialer.DialContext,
			DialTLSContext: func(ctx context.Context, network, address string) (net.Conn, error) {
				host, _, err := net.SplitHostPort(address)
				if err != nil {
					return nil, err
				}
				return (&tls.Dialer{NetDialer: dialer, Config: TLSConfig(host)}).DialContext(ctx, network, address)
			},
			IdleConnTimeout: idleTimeout,
		},
	}
}

// Failure classes err, with which a connection made by [Dial] ended, like Post
// classes its own: [target.Permanent] with a *[target.Refusal] for an address
// that must not be dialled and for a certificate that does not hold; otherwise
// unmarked, matching err without giving it out. secrets do not show.
func Failure(platform string, l message.Language, err error, secrets ...string) error {
	if target.IsPermanent(err) {
		return err // the operator's setting cannot be read
	}
	r := Request{Platform: platform, Language: l, Secrets: secrets}
	return r.failure(err, false, &redactor{request: r})
}

// Extract returns the beginning of text, which came from a receiver, as one
// short line without secrets.
func Extract(text string, secrets ...string) string {
	return extract(text, &redactor{request: Request{Secrets: secrets}})
}
