package running

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/access"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/input"
)

// Server is one address that things of a process are served on.
type Server struct {
	URL      string
	Mux      *http.ServeMux
	Listener net.Listener
	Check    access.Check
	TLS      *tls.Config // nil for HTTP
	HTTP     *http.Server
	phase    atomic.Int32
}

// The phases of a server with a bus.
const (
	starting int32 = iota // the bus is managed by its API, and takes no events
	Serving               // the bus takes events
	Stopping              // the bus takes nothing more
)

// Enter begins a phase.
func (s *Server) Enter(phase int32) { s.phase.Store(phase) }

// Listen takes an address. Nothing is served before Serve.
func Listen(address string) (*Server, error) {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("cannot listen on %s: %w: choose another address with --listen", address, err)
	}
	return &Server{URL: "http://" + listener.Addr().String(), Mux: http.NewServeMux(), Listener: newCrowd(listener, maxConnections)}, nil
}

// How long a request may take to arrive, which is more than a function may take
// to answer one, and how long a connection may lie idle.
const (
	arrivalTimeout = 2 * input.FunctionTimeout
	idleTimeout    = 2 * time.Minute
)

// Serve answers requests from now on, those that the server's check lets pass.
func (s *Server) Serve(handler http.Handler) {
	s.HTTP = &http.Server{Handler: s.Check.Handler(handler), TLSConfig: s.TLS,
		ReadHeaderTimeout: 10 * time.Second, ReadTimeout: arrivalTimeout, IdleTimeout: idleTimeout}
	bound(s.HTTP)
	go func() {
		if s.TLS != nil {
			_ = s.HTTP.ServeTLS(s.Listener, "", "")
			return
		}
		_ = s.HTTP.Serve(s.Listener)
	}()
}

// Close takes no more requests and lets those under way end until ctx ends.
func (s *Server) Close(ctx context.Context) {
	if s.HTTP == nil {
		_ = s.Listener.Close()
		return
	}
	if s.HTTP.Shutdown(ctx) != nil {
		_ = s.HTTP.Close()
	}
}
