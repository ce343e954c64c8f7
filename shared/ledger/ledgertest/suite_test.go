package ledgertest

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/ledger"
	"github.com/pai-notify/pai-notify/shared/ledger/memory"
	"github.com/pai-notify/pai-notify/shared/suite"
)

func TestAStoreInMemoryPasses(t *testing.T) {
	Run(t, func(T) Fixture { return Fixture{Store: memory.New(), Lacks: NoNetwork()} })
}

func TestAStoreBehindANetworkPasses(t *testing.T) {
	Run(t, func(t T) Fixture { return remoteFixture(t, func(s ledger.Store) ledger.Store { return s }) })
}

func TestAFaultyStoreWithoutFaultsPasses(t *testing.T) {
	Run(t, func(T) Fixture { return Fixture{Store: NewFaulty(memory.New(), nil), Lacks: NoNetwork()} })
}

func TestACheckIsSkippedWhenTheFixtureSaysWhy(t *testing.T) {
	Run(t, func(T) Fixture {
		lacks := map[string]string{}
		for _, c := range checks {
			lacks[c.name] = "nothing is tested here"
		}
		return Fixture{Lacks: lacks}
	})
}

// request is a call to the smallest store behind a network.
type request struct {
	Method, Name string
	Entry        ledger.Entry
	Control      ledger.Control
	Query        ledger.Query
	Before       time.Time
	Limit        int
}

type reply struct {
	Entry    ledger.Entry
	Control  ledger.Control
	Entries  []ledger.Entry
	Page     ledger.Page
	Conflict bool
	Kind     bus.Kind
	Text     string
}

// serve answers from a store, and refuses rows whose owner is "a later version".
func serve(s ledger.Store, trouble bus.Kind) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var ask request
		var a reply
		err := json.NewDecoder(r.Body).Decode(&ask)
		if trouble != bus.Other {
			err = fault(ask.Method, trouble, "trouble")
		}
		if err == nil {
			switch ask.Method {
			case "Get":
				a.Entry, err = s.Get(ctx, ask.Name)
				a.Entries = []ledger.Entry{a.Entry}
			case "Put":
				err = s.Put(ctx, ask.Entry)
			case "Due":
				a.Entries, err = s.Due(ctx, ask.Name, ask.Before, ask.Limit)
			case "List":
				a.Page, err = s.List(ctx, ask.Query)
				a.Entries = a.Page.Entries
			case "Control":
				a.Control, err = s.Control(ctx, ask.Name)
			case "PutControl":
				err = s.PutControl(ctx, ask.Control)
			}
		}
		for i, e := range a.Entries {
			if e.Owner != "a later version" {
				continue
			}
			if ask.Method == "Due" {
				a.Entries[i] = ledger.CannotRead(e.ID, e.Bus, errors.New("it is of a later version"))
			} else {
				err = fault(ask.Method, bus.Invalid, "row "+e.ID+" is of a later version")
			}
		}
		if err != nil {
			a = reply{Conflict: errors.Is(err, ledger.ErrConflict), Kind: bus.KindOf(err), Text: err.Error()}
			w.WriteHeader(http.StatusBadRequest)
		}
		_ = json.NewEncoder(w).Encode(a)
	}
}

// remote is a store behind a network.
type remote struct {
	url    string
	client http.RoundTripper
}

func (s remote) ask(ctx context.Context, ask request) (reply, error) {
	body, _ := json.Marshal(ask)
	unavailable := func(err error) (reply, error) {
		return reply{}, &bus.Error{Kind: bus.Unavailable, Action: "remote:" + ask.Method, Cause: err}
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, s.url, strings.NewReader(string(body)))
	if err != nil {
		return unavailable(err)
	}
	res, err := (&http.Client{Transport: s.client}).Do(r)
	if err != nil {
		return unavailable(errors.Join(err, ctx.Err()))
	}
	defer res.Body.Close()
	var a reply
	switch err := json.NewDecoder(res.Body).Decode(&a); {
	case err != nil:
		return unavailable(err)
	case a.Conflict:
		return a, ledger.ErrConflict
	case a.Text != "":
		return a, fault(ask.Method, a.Kind, a.Text)
	}
	return a, nil
}

func (s remote) Get(ctx context.Context, id string) (ledger.Entry, error) {
	a, err := s.ask(ctx, request{Method: "Get", Name: id})
	return a.Entry, err
}

func (s remote) Put(ctx context.Context, e ledger.Entry) error {
	_, err := s.ask(ctx, request{Method: "Put", Entry: e})
	return err
}

func (s remote) Due(ctx context.Context, busName string, before time.Time, limit int) ([]ledger.Entry, error) {
	a, err := s.ask(ctx, request{Method: "Due", Name: busName, Before: before, Limit: limit})
	return a.Entries, err
}

func (s remote) List(ctx context.Context, q ledger.Query) (ledger.Page, error) {
	a, err := s.ask(ctx, request{Method: "List", Query: q})
	return a.Page, err
}

func (s remote) Control(ctx context.Context, key string) (ledger.Control, error) {
	a, err := s.ask(ctx, request{Method: "Control", Name: key})
	return a.Control, err
}

func (s remote) PutControl(ctx context.Context, c ledger.Control) error {
	_, err := s.ask(ctx, request{Method: "PutControl", Control: c})
	return err
}

func (remote) Lasting() bool { return true }

// remoteFixture is a new service behind a network, seen through spoil.
func remoteFixture(t T, spoil func(ledger.Store) ledger.Store) Fixture {
	kept := memory.New()
	at := func(trouble bus.Kind, client http.RoundTripper) ledger.Store {
		server := httptest.NewServer(serve(kept, trouble))
		t.Cleanup(server.Close)
		return spoil(remote{server.URL, client})
	}
	f := Fixture{
		Store:   at(bus.Other, http.DefaultTransport),
		Through: func(_ T, client http.RoundTripper) ledger.Store { return at(bus.Other, client) },
		Later: func(t T, id, busName string) {
			e := with(id, ledger.Waiting, noon.Add(-time.Minute))
			e.Bus, e.Owner = busName, "a later version"
			put(t, kept, e)
		},
		Trouble: map[bus.Kind]func(T) ledger.Store{},
		grace:   200 * time.Millisecond,
	}
	for _, kind := range []bus.Kind{bus.NotFound, bus.Denied, bus.Throttled} {
		f.Trouble[kind] = func(T) ledger.Store { return at(kind, http.DefaultTransport) }
	}
	return f.ready()
}

// failuresOf runs the check of one name and returns what it found.
func failuresOf(name string, spoil func(ledger.Store) ledger.Store) []string {
	return suite.Failures(func(t T) {
		for _, c := range checks {
			if c.name == name {
				c.run(t, remoteFixture(t, spoil))
			}
		}
	})
}
