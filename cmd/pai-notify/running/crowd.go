package running

import (
	"context"
	"io"
	"net"
	"net/http"
	"sync"
)

// crowd is a listener with at most so many connections at once. When there are
// more, one gives way that brings no request: the one that has gone longest
// without. So nobody keeps others out by holding connections, whether idle, with
// half a request, or with answers that are not read.
type crowd struct {
	net.Listener
	most int

	mu   sync.Mutex
	free *sync.Cond // that a connection may give way or has gone
	open map[*guest]struct{}
	turn uint64 // counts what guests do
	end  bool
}

// guest is one connection of a crowd.
type guest struct {
	net.Conn
	crowd *crowd
	// since is the turn at which it came or was last answered; busy from when a
	// whole request of it is there until the answer is written.
	since uint64
	busy  bool
}

func newCrowd(l net.Listener, most int) *crowd {
	c := &crowd{Listener: l, most: most, open: map[*guest]struct{}{}}
	c.free = sync.NewCond(&c.mu)
	return c
}

// Accept returns the next connection, when there is room for it or somebody has
// given way.
func (c *crowd) Accept() (net.Conn, error) {
	conn, err := c.Listener.Accept()
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for len(c.open) >= c.most && !c.end {
		if g := c.idlest(); g != nil {
			delete(c.open, g)
			_ = g.Conn.Close()
		} else {
			c.free.Wait()
		}
	}
	if c.end {
		_ = conn.Close()
		return nil, net.ErrClosed
	}
	c.turn++
	g := &guest{Conn: conn, crowd: c, since: c.turn}
	c.open[g] = struct{}{}
	return g, nil
}

func (c *crowd) idlest() (idlest *guest) {
	for g := range c.open {
		if !g.busy && (idlest == nil || g.since < idlest.since) {
			idlest = g
		}
	}
	return idlest
}

// Close takes no more connections. A server closes its listener too when it
// hears that, which is no error.
func (c *crowd) Close() error {
	c.mu.Lock()
	ended := c.end
	c.end = true
	c.mu.Unlock()
	if ended {
		return nil
	}
	c.free.Broadcast()
	return c.Listener.Close()
}

func (g *guest) set(busy bool) {
	g.crowd.mu.Lock()
	g.crowd.turn++
	g.busy, g.since = busy, g.crowd.turn
	g.crowd.mu.Unlock()
	g.crowd.free.Signal()
}

// Write begins an answer. Who does not read it gives way again.
func (g *guest) Write(p []byte) (int, error) {
	g.set(false)
	return g.Conn.Write(p)
}

// Close makes room.
func (g *guest) Close() error {
	g.crowd.mu.Lock()
	delete(g.crowd.open, g)
	g.crowd.mu.Unlock()
	g.crowd.free.Signal()
	return g.Conn.Close()
}

type guestKey struct{}

// introduce lets handlers know whose request it is.
func introduce(ctx context.Context, conn net.Conn) context.Context {
	if wrapped, ok := conn.(interface{ NetConn() net.Conn }); ok { // TLS
		conn = wrapped.NetConn()
	}
	return context.WithValue(ctx, guestKey{}, conn)
}

// welcomed keeps a connection from giving way once its request is there as a whole.
func welcomed(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if g, ok := r.Context().Value(guestKey{}).(*guest); ok {
			if r.Body == nil || r.Body == http.NoBody {
				g.set(true)
			} else {
				r.Body = &arriving{r.Body, g}
			}
		}
		next.ServeHTTP(w, r)
	})
}

// arriving is a body that tells when its end is there.
type arriving struct {
	io.ReadCloser
	guest *guest
}

// Read reads the body.
func (a *arriving) Read(p []byte) (int, error) {
	n, err := a.ReadCloser.Read(p)
	if err == io.EOF { //nolint:errorlint // a Reader's own
		a.guest.set(true)
	}
	return n, err
}
