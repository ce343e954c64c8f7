package webhook

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"os"
	"sync"
	"time"
)

// Limits of one request. The platforms answer within a second; Standard
// Webhooks asks senders to give receivers 15 to 30 seconds.
const (
	totalTimeout     = 25 * time.Second
	dialTimeout      = 5 * time.Second
	handshakeTimeout = 5 * time.Second
	headerTimeout    = 15 * time.Second
	bodyTimeout      = 5 * time.Second
	// Load balancers commonly drop idle connections after 60 seconds.
	idleTimeout = 55 * time.Second

	maxAnswer        = 64 << 10
	maxAnswerHeaders = 64 << 10
)

// client is the transport for one value of the operator's setting.
type client struct {
	setting   string
	guard     *guard
	transport *http.Transport
}

var process struct {
	sync.Mutex
	client *client
}

// current returns the process-wide client, which lives across invocations so
// that connections are reused. It is made on first use, and anew when the
// operator's setting has changed.
func current() (*client, error) {
	process.Lock()
	defer process.Unlock()
	setting := os.Getenv(AllowVariable)
	if c := process.client; c != nil && c.setting == setting {
		return c, nil
	}
	allow, err := allowed()
	if err != nil {
		return nil, err
	}
	if c := process.client; c != nil {
		c.transport.CloseIdleConnections()
	}
	process.client = newClient(setting, allow)
	return process.client, nil
}

func newClient(setting string, allow allowList) *client {
	g := newGuard(allow)
	return &client{setting: setting, guard: g, transport: &http.Transport{
		// Proxy stays nil: behind a proxy the guard would see the proxy's
		// address and not the receiver's.
		DialContext:    g.dialPlain,
		DialTLSContext: g.dialTLS,
		// HTTP/1.1 only, because dialTLS offers nothing else: one small
		// request per event gains nothing from HTTP/2 and would pay for its
		// set-up at every cold start.
		ResponseHeaderTimeout:  headerTimeout,
		IdleConnTimeout:        idleTimeout,
		MaxIdleConnsPerHost:    16,
		MaxResponseHeaderBytes: maxAnswerHeaders,
		DisableCompression:     true,
	}}
}

// dialPlain connects for plain http, which only listed receivers may use.
func (g *guard) dialPlain(ctx context.Context, network, addr string) (net.Conn, error) {
	return g.dial(ctx, network, addr, true)
}

// dialTLS connects and shakes hands.
func (g *guard) dialTLS(ctx context.Context, network, addr string) (net.Conn, error) {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, err
	}
	conn, err := g.dial(ctx, network, addr, false)
	if err != nil {
		return nil, err
	}
	tlsConn := tls.Client(conn, TLSConfig(host))
	ctx, cancel := context.WithTimeout(ctx, handshakeTimeout)
	defer cancel()
	if err := tlsConn.HandshakeContext(ctx); err != nil {
		_ = conn.Close()
		return nil, err
	}
	return tlsConn, nil
}
