package main

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/access"
	"github.com/pai-notify/pai-notify/shared/bus/local/cloudevents"
	"github.com/pai-notify/pai-notify/shared/bus/local/openapi"
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

// interfaces serves the bus: the API of EventBridge at "/", CloudEvents, metrics,
// health, and what commands of this program ask. What is none of these goes to
// the server's mux. While the program starts only the API and what belongs to it
// is served, which brings the document onto the bus; events that come by the API
// are refused by the bus itself then.
func (u *up) interfaces() http.Handler {
	api, s := openapi.New(u.bus, u.account), u.server
	s.mux.Handle(cloudevents.Pattern, u.publishers(cloudevents.Handler(u.bus)))
	s.mux.Handle("GET /metrics", u.bus.Metrics())
	s.mux.HandleFunc("GET /healthz", u.healthz)
	s.mux.Handle(adminPrefix, u.running.only(admin(settling{u.bus, u}, u.link)))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, pattern := s.mux.Handler(r)
		phase := s.phase.Load()
		switch called := openapi.Serves(r) || pattern == ""; {
		case phase == starting && !called && pattern != adminPrefix:
			w.Header().Set("Retry-After", "1")
			refuse(w, http.StatusServiceUnavailable, errors.New("the bus is starting: nothing was taken, try again"))
		case phase == stopping && (called || pattern == cloudevents.Pattern):
			w.Header().Set("Retry-After", "5")
			refuse(w, http.StatusServiceUnavailable, errors.New("the bus is being stopped: nothing was taken"))
		case called:
			api.ServeHTTP(w, r)
		default:
			s.mux.ServeHTTP(w, r)
		}
	})
}

// healthz answers 200 as long as events are taken. One that runs on other rules
// than the document's is told apart by its status: it serves, and a restart would
// not help. Everybody may ask, so the reason stands elsewhere.
func (u *up) healthz(w http.ResponseWriter, r *http.Request) {
	if err := u.bus.Healthy(); err != nil {
		slog.Warn("health: events cannot be accepted", "error", err.Error())
		refuse(w, http.StatusServiceUnavailable, errors.New("events cannot be accepted: the log says why"))
		return
	}
	answer := map[string]string{"status": "ok"}
	if why := u.degraded.reason(r.Context()); why != nil {
		answer = map[string]string{"status": "degraded", "reason": "the document is not on the bus, which runs on the rules from before: the console says why"}
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(answer)
}
