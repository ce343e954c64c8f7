package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/console"
	"github.com/pai-notify/pai-notify/shared/bus/local"
	"github.com/pai-notify/pai-notify/shared/bus/local/account"
	"github.com/pai-notify/pai-notify/shared/bus/local/cloudevents"
	"github.com/pai-notify/pai-notify/shared/bus/local/openapi"
)

// server is one loopback address that everything of a process is served on.
type server struct {
	url      string
	mux      *http.ServeMux
	listener net.Listener
	http     *http.Server
	// stopping tells that the bus takes nothing more.
	stopping atomic.Bool
}

// listen takes an address. Nothing is served before serve.
func listen(address string) (*server, error) {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("cannot listen on %s: %w: choose another address with --listen", address, err)
	}
	return &server{url: "http://" + listener.Addr().String(), mux: http.NewServeMux(), listener: listener}, nil
}

// How long a request may take to arrive, which is more than a function may take
// to answer one, and how long a connection may lie idle.
const (
	arrivalTimeout = 2 * functionTimeout
	idleTimeout    = 2 * time.Minute
)

// serve answers requests from now on. Pages of other sites cannot make a browser
// send any that change something, nor read what is here under a name of theirs.
func (s *server) serve(handler http.Handler) {
	s.http = &http.Server{Handler: byItsAddress(http.NewCrossOriginProtection().Handler(handler)),
		ReadHeaderTimeout: 10 * time.Second, ReadTimeout: arrivalTimeout, IdleTimeout: idleTimeout}
	go func() { _ = s.http.Serve(s.listener) }()
}

// byItsAddress refuses requests that do not call this machine by a loopback
// name. A site whose name was made to lead here is, for a browser, the origin of
// what it asks for, and no other check would tell.
func byItsAddress(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if name := (&url.URL{Host: r.Host}).Hostname(); name != "" && !isLoopback(name) {
			refuse(w, http.StatusMisdirectedRequest, errors.New("this address is served as localhost, 127.0.0.1 or [::1] only, not as "+name))
			return
		}
		next.ServeHTTP(w, r)
	})
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

// interfaces serves a bus: the API of EventBridge at "/", CloudEvents, metrics,
// health, and what commands of this program ask. What is none of these goes to
// the server's mux.
func (s *server) interfaces(bus *local.Bus, a *account.Account, token string) http.Handler {
	api := openapi.New(bus, a)
	s.mux.Handle(cloudevents.Pattern, cloudevents.Handler(bus))
	s.mux.Handle("GET /metrics", bus.Metrics())
	s.mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { healthz(w, bus.Healthy()) })
	s.mux.Handle(adminPrefix, admin(bus, token))
	return onlyHere(func(w http.ResponseWriter, r *http.Request) {
		_, pattern := s.mux.Handler(r)
		switch called := openapi.Serves(r) || pattern == ""; {
		case s.stopping.Load() && (called || pattern == cloudevents.Pattern):
			w.Header().Set("Retry-After", "5")
			refuse(w, http.StatusServiceUnavailable, errors.New("the bus is being stopped: nothing was taken"))
		case called:
			api.ServeHTTP(w, r)
		default:
			s.mux.ServeHTTP(w, r)
		}
	})
}

// onlyHere answers to names of loopback only. A page whose own name is led to
// this machine is of the same origin to a browser, and could publish events.
func onlyHere(next http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !console.LoopbackHost(r.Host) {
			http.Error(w, "This address answers to loopback names only, such as 127.0.0.1.", http.StatusMisdirectedRequest)
			return
		}
		next(w, r)
	})
}

func healthz(w http.ResponseWriter, err error) {
	w.Header().Set("Content-Type", "application/json")
	if err == nil {
		_, _ = w.Write([]byte(`{"status":"ok"}` + "\n"))
		return
	}
	text := err.Error()
	if e, ok := errors.AsType[*local.Error](err); ok {
		text = e.Text
	}
	refuse(w, http.StatusServiceUnavailable, errors.New(text))
}
