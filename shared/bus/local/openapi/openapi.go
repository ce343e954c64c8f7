// Package openapi serves the API of Alibaba Cloud EventBridge, version 2020-04-01,
// over the local bus: the official SDK works with it once its endpoint points
// here. Requests are signed, RAM policies decide what a caller may do, and until
// the account is activated every call answers ServiceNotEnable.
//
// Package account answers calls of other services that go to the same endpoint.
// Events are published in the form of the data plane.
package openapi

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"

	"github.com/pai-notify/pai-notify/shared/bus/local"
	"github.com/pai-notify/pai-notify/shared/bus/local/account"
	"github.com/pai-notify/pai-notify/shared/event"
)

// Version is the version of the API.
const Version = "2020-04-01"

// Bus is what the API manages; [local.Bus] is one. Its methods fail with a
// [*local.Error] where the caller is at fault.
type Bus interface {
	Activated() bool

	CreateEventBus(ctx context.Context, b local.EventBus) error
	GetEventBus(ctx context.Context, name string) (local.EventBus, error)
	ListEventBuses(ctx context.Context) ([]local.EventBus, error)
	UpdateEventBus(ctx context.Context, b local.EventBus) error
	DeleteEventBus(ctx context.Context, name string) error

	CreateRule(ctx context.Context, r local.Rule) error
	GetRule(ctx context.Context, bus, name string) (local.Rule, error)
	UpdateRule(ctx context.Context, r local.Rule) error
	SetRuleEnabled(ctx context.Context, bus, name string, enabled bool) error
	DeleteRule(ctx context.Context, bus, name string) error
	ListRules(ctx context.Context, bus string) ([]local.Rule, error)

	PutTargets(ctx context.Context, bus, rule string, targets []local.Target) ([]local.EntryError, error)
	DeleteTargets(ctx context.Context, bus, rule string, ids []string) ([]local.EntryError, error)

	Events(ctx context.Context, q local.EventQuery) ([]local.Accepted, error)
	CountEvents(ctx context.Context, q local.EventQuery) (int, error)
	Event(ctx context.Context, bus, source, id string) (local.Accepted, error)
	Passages(ctx context.Context, bus, id string) ([]local.Passage, error)

	Publish(ctx context.Context, bus string, events ...event.Event) ([]local.Put, error)
}

// Handler serves the API. It is safe for concurrent use.
type Handler struct {
	bus     Bus
	account *account.Account
	// rewriting is held while a rule is read and written back.
	rewriting sync.Mutex
	actions   map[string]action
}

// New returns a handler that serves the buses of an account.
func New(bus Bus, a *account.Account) *Handler {
	h := &Handler{bus: bus, account: a}
	h.actions = h.table()
	return h
}

// ServeHTTP answers one call.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	id := account.NewRequestID()
	if strings.HasPrefix(r.URL.Path, dataPlanePrefix) {
		h.servePutEvents(w, r, id)
		return
	}
	caller, body, err := h.account.Receive(w, r, func(k account.Key) (int64, error) { return h.account.Limit(r, k) })
	if err != nil {
		account.WriteError(w, id, err)
		return
	}
	parameters, err := account.Parameters(r, body)
	if err != nil {
		account.WriteError(w, id, err)
		return
	}
	if account.Version(r, parameters) != Version {
		h.account.Serve(w, r, caller, body, id)
		return
	}
	data, err := h.call(r.Context(), caller, account.Action(r, parameters), values{parameters})
	if err != nil {
		account.WriteError(w, id, refusal(err))
		return
	}
	// The documented samples of success have a message, too: nobody may take
	// one for a sign of failure.
	account.WriteJSON(w, http.StatusOK, id, reply{"Success", data, "The operation is successful.", id, true})
}

// reply is the body of a call that succeeded.
type reply struct {
	Code      string
	Data      any `json:",omitempty"`
	Message   string
	RequestId string
	Success   bool
}

// call looks the action up and does it, when the account is activated and the
// caller may.
func (h *Handler) call(ctx context.Context, caller account.Key, name string, v values) (any, error) {
	a, ok := h.actions[name]
	if !ok {
		return nil, &account.Error{Code: "InvalidAction.NotFound", Status: http.StatusNotFound, Text: "Specified api is not found: there is no action " + name + " in version " + Version + " here."}
	}
	if !h.bus.Activated() {
		return nil, &account.Error{Code: "ServiceNotEnable", Status: http.StatusForbidden, Text: "Service not enable"}
	}
	needed := []string{a.permission}
	if a.also != nil {
		needed = append(needed, a.also(v))
	}
	for _, permission := range needed {
		if permission == "" {
			continue
		}
		if err := caller.Authorize("eventbridge:"+permission, h.arn(a.resource(v))); err != nil {
			return nil, err
		}
	}
	if err := v.require(a.needs); err != nil {
		return nil, err
	}
	return a.do(ctx, v)
}

// refusal turns what the bus says into what the service says.
func refusal(err error) error {
	e, ok := errors.AsType[*local.Error](err)
	if !ok {
		return err
	}
	return &account.Error{Code: e.Code, Status: e.Status, Text: e.Text, RetryAfter: e.RetryAfter}
}

// Serves tells whether a request is a call of the API, or of another service
// that this handler answers for, by what its path, its header and its query say.
// A handler at the same address can have the rest.
func Serves(r *http.Request) bool {
	if strings.HasPrefix(r.URL.Path, dataPlanePrefix) {
		return true
	}
	version := account.Version(r, r.URL.Query())
	return version == Version || account.Serves(version) || version == "" && account.InForm(r)
}
