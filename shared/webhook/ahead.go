package webhook

import (
	"cmp"
	"context"
	"net"
	"net/http"
	"net/url"
	"sync/atomic"
	"time"
)

// freshFor is how long a connection that was made ahead may wait to be used. An
// instance may be frozen before its first event, and then nobody knows what is at
// the connection's other end.
const freshFor = 10 * time.Second

// ahead is a connection that is made before a request needs it.
type ahead struct {
	address string // with its port
	taken   atomic.Bool
	done    chan struct{} // closed when what follows is set
	conn    net.Conn      // nil where it could not be made
	made    time.Time
}

type dialer = func(ctx context.Context, network, address string) (net.Conn, error)

// ServiceClientAt returns a [ServiceClient] that begins at once to connect to the
// host of address, so that its first request there finds the connection made, or
// waits for it instead of making a second one. One connection is made, once; where
// that fails, or the connection has waited for too long, the request makes its own.
// Behind a proxy nothing is made ahead.
func ServiceClientAt(address string) *http.Client {
	client := ServiceClient()
	transport := client.Transport.(*http.Transport)
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" {
		return client
	}
	if proxy, err := transport.Proxy(&http.Request{URL: u}); proxy != nil || err != nil {
		return client
	}
	with, port := &transport.DialContext, "80"
	if u.Scheme == "https" {
		with, port = &transport.DialTLSContext, "443"
	}
	a := &ahead{address: net.JoinHostPort(u.Hostname(), cmp.Or(u.Port(), port)), done: make(chan struct{})}
	dial := *with
	*with = a.or(dial)
	go a.make(dial)
	return client
}

func (a *ahead) make(with dialer) {
	defer close(a.done)
	a.conn, _ = with(context.Background(), "tcp", a.address) // the dialer has a time limit
	a.made = time.Now().Round(0)                             // the clock that goes on while an instance is frozen
}

// or returns the connection that was made ahead to the first who asks for its
// address, and has with make all others.
func (a *ahead) or(with dialer) dialer {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		if address != a.address || !a.taken.CompareAndSwap(false, true) {
			return with(ctx, network, address)
		}
		select {
		case <-a.done:
		case <-ctx.Done():
			go a.drop()
			return nil, ctx.Err()
		}
		if age := time.Now().Round(0).Sub(a.made); a.conn == nil || age < 0 || age > freshFor {
			a.drop()
			return with(ctx, network, address)
		}
		return a.conn, nil
	}
}

// drop closes the connection, when it is made.
func (a *ahead) drop() {
	<-a.done
	if a.conn != nil {
		_ = a.conn.Close()
	}
}
