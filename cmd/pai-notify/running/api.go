package running

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"

	"github.com/pai-notify/pai-notify/shared/bus/local"
	"github.com/pai-notify/pai-notify/shared/bus/local/account"
	"github.com/pai-notify/pai-notify/shared/bus/local/cloudevents"
	"github.com/pai-notify/pai-notify/shared/bus/local/openapi"
)

// API is the HTTP API of a bus: that of EventBridge at "/", CloudEvents, metrics,
// health, and what commands of this program ask. What is none of these goes to the
// server's mux.
type API struct {
	Bus     *local.Bus
	Account *account.Account
	// Settle ends what waits for receivers that the rules do not have any more.
	Settle func(ctx context.Context) error
	Place  Process
	// Publishers is what stands before publishing, link where one browser gets into
	// the console, and degraded why the bus is not as the document says.
	Publishers func(http.Handler) http.Handler
	Link       func() string
	Degraded   func(ctx context.Context) error
}

// On returns the API as a server's handler. While the program starts only the API
// of EventBridge and what belongs to it is served, which brings the document onto
// the bus; events that come by it are refused by the bus itself then.
func (a API) On(s *Server) http.Handler {
	calls := openapi.New(a.Bus, a.Account)
	s.Mux.Handle(cloudevents.Pattern, a.Publishers(cloudevents.Handler(a.Bus)))
	s.Mux.Handle("GET /metrics", a.Bus.Metrics())
	s.Mux.HandleFunc("GET /healthz", a.healthz)
	s.Mux.Handle(adminPrefix, a.Place.Only(admin(a.Bus, a.Settle, a.Link)))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, pattern := s.Mux.Handler(r)
		phase := s.phase.Load()
		switch called := openapi.Serves(r) || pattern == ""; {
		case phase == starting && !called && pattern != adminPrefix:
			w.Header().Set("Retry-After", "1")
			refuse(w, http.StatusServiceUnavailable, errors.New("the bus is starting: nothing was taken, try again"))
		case phase == Stopping && (called || pattern == cloudevents.Pattern):
			w.Header().Set("Retry-After", "5")
			refuse(w, http.StatusServiceUnavailable, errors.New("the bus is being stopped: nothing was taken"))
		case called:
			calls.ServeHTTP(w, r)
		default:
			s.Mux.ServeHTTP(w, r)
		}
	})
}

// healthz answers 200 as long as events are taken. One that runs on other rules
// than the document's is told apart by its status: it serves, and a restart would
// not help. Everybody may ask, so the reason stands elsewhere.
func (a API) healthz(w http.ResponseWriter, r *http.Request) {
	if err := a.Bus.Healthy(); err != nil {
		slog.Warn("health: events cannot be accepted", "error", err.Error())
		refuse(w, http.StatusServiceUnavailable, errors.New("events cannot be accepted: the log says why"))
		return
	}
	answer := map[string]string{"status": "ok"}
	if why := a.Degraded(r.Context()); why != nil {
		answer = map[string]string{"status": "degraded", "reason": "the document is not on the bus, which runs on the rules from before: the console says why"}
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(answer)
}
