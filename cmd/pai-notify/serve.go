package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/access"
)

// server is one address that things of a process are served on.
type server struct {
	url      string
	mux      *http.ServeMux
	listener net.Listener
	check    access.Check
	tls      *tls.Config // nil for HTTP
	http     *http.Server
	phase    atomic.Int32
}

// The phases of a server with a bus.
const (
	starting int32 = iota // the bus is managed by its API, and takes no events
	serving
	stopping // the bus takes nothing more
)

// enter begins a phase.
func (s *server) enter(phase int32) { s.phase.Store(phase) }

// listen takes an address. Nothing is served before serve.
func listen(address string) (*server, error) {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("cannot listen on %s: %w: choose another address with --listen", address, err)
	}
	return &server{url: "http://" + listener.Addr().String(), mux: http.NewServeMux(), listener: newCrowd(listener, maxConnections)}, nil
}

// How long a request may take to arrive, which is more than a function may take
// to answer one, and how long a connection may lie idle.
const (
	arrivalTimeout = 2 * functionTimeout
	idleTimeout    = 2 * time.Minute
)

// serve answers requests from now on, those that the server's check lets pass.
func (s *server) serve(handler http.Handler) {
	s.http = &http.Server{Handler: s.check.Handler(handler), TLSConfig: s.tls,
		ReadHeaderTimeout: 10 * time.Second, ReadTimeout: arrivalTimeout, IdleTimeout: idleTimeout}
	bound(s.http)
	go func() {
		if s.tls != nil {
			_ = s.http.ServeTLS(s.listener, "", "")
			return
		}
		_ = s.http.Serve(s.listener)
	}()
}

// close takes no more requests and lets those under way end until ctx ends.
func (s *server) close(ctx context.Context) {
	if s.http == nil {
		_ = s.listener.Close()
		return
	}
	if s.http.Shutdown(ctx) != nil {
		_ = s.http.Close()
	}
}
