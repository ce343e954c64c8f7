package ledgertest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/ledger"
)

// calls calls every method of a store that can fail.
func calls(s ledger.Store) map[string]func(context.Context) error {
	return map[string]func(context.Context) error{
		"Get": func(ctx context.Context) error { _, err := s.Get(ctx, idOf(0)); return err },
		"Put": func(ctx context.Context) error { return s.Put(ctx, first(idOf(1))) },
		"Due": func(ctx context.Context) error { _, err := s.Due(ctx, onBus, noon, 10); return err },
		"List": func(ctx context.Context) error {
			_, err := s.List(ctx, ledger.Query{Bus: onBus, Limit: 10})
			return err
		},
		"Control":    func(ctx context.Context) error { _, err := s.Control(ctx, "sender/a"); return err },
		"PutControl": func(ctx context.Context) error { return s.PutControl(ctx, ledger.Control{Key: "sender/a", Step: 1}) },
	}
}

// untouched checks that no call of calls has written anything.
func untouched(t T, s ledger.Store) {
	t.Helper()
	got, err := s.Get(ctx, idOf(1))
	require.NoError(t, err)
	assert.Zero(t, got, "a row of a call that had failed")
	c, err := s.Control(ctx, "sender/a")
	require.NoError(t, err)
	assert.Zero(t, c, "a control row of a call that had failed")
}

// fails checks an error, which every store's errors are like.
func fails(t T, err error, kind bus.Kind, msg ...any) {
	t.Helper()
	if !assert.Error(t, err, msg...) {
		return
	}
	of, ok := errors.AsType[*bus.Error](err)
	if assert.True(t, ok, "%v: an error of the bus: %v", msg, err) {
		assert.Equal(t, kind, of.Kind, "%v: %v", msg, err)
		assert.NotEmpty(t, of.Action, "%v", msg)
	}
	assert.NotErrorIs(t, err, ledger.ErrConflict, msg...)
}

func endedContext(t T, f Fixture) {
	put(t, f.Store, with(idOf(0), ledger.Waiting, noon.Add(-time.Hour)))
	gone, cancel := context.WithCancel(ctx)
	cancel()
	for name, call := range calls(f.Store) {
		err := call(gone)
		fails(t, err, bus.Unavailable, name)
		assert.ErrorIs(t, err, context.Canceled, name)
	}
	untouched(t, f.Store)
}

// network is an [http.RoundTripper] made of a function.
type network func(*http.Request) (*http.Response, error)

func (n network) RoundTrip(r *http.Request) (*http.Response, error) { return n(r) }

var errReset = errors.New("connection reset by the suite")

func hungEnds(t T, f Fixture) {
	release := make(chan struct{})
	t.Cleanup(func() { close(release) })
	s := f.Through(t, network(func(r *http.Request) (*http.Response, error) {
		select {
		case <-release:
		case <-r.Context().Done():
		}
		return nil, errReset
	}))
	for name, call := range calls(s) {
		short, cancel := context.WithTimeout(ctx, 20*time.Millisecond)
		failed := make(chan error, 1)
		go func() { failed <- call(short) }()
		select {
		case err := <-failed:
			fails(t, err, bus.Unavailable, name)
			assert.ErrorIs(t, err, context.DeadlineExceeded, name)
		case <-time.After(f.grace):
			assert.Fail(t, "the deadline passed and nothing happened", name)
		}
		cancel()
	}
}

func cutIsUnavailable(t T, f Fixture) {
	s := f.Through(t, network(func(*http.Request) (*http.Response, error) { return nil, errReset }))
	for name, call := range calls(s) {
		fails(t, call(ctx), bus.Unavailable, name)
	}
	untouched(t, f.Store)
}

// writesGoOnce loses answers in the ways that make clients repeat a request: the
// repeated one would meet the row that the first has written, and tell of a rival
// that does not exist.
func writesGoOnce(t T, f Fixture) {
	for name, lose := range map[string]func(*http.Response) (*http.Response, error){
		"the connection is reset": func(*http.Response) (*http.Response, error) { return nil, errReset },
		"the connection ends":     func(*http.Response) (*http.Response, error) { return nil, io.EOF },
		"the answer is cut short": func(r *http.Response) (*http.Response, error) {
			r.Body = io.NopCloser(io.MultiReader(bytes.NewReader([]byte("{")), iotestErr{}))
			return r, nil
		},
		"a proxy answers 503": func(r *http.Response) (*http.Response, error) {
			r.StatusCode, r.Status = http.StatusServiceUnavailable, "503 Service Unavailable"
			r.Header = http.Header{"Content-Type": {"text/html"}}
			r.Body, r.ContentLength = io.NopCloser(bytes.NewReader([]byte("<html>busy</html>"))), -1
			return r, nil
		},
	} {
		var requests atomic.Int64
		s := f.Through(t, network(func(r *http.Request) (*http.Response, error) {
			requests.Add(1)
			res, err := http.DefaultTransport.RoundTrip(r)
			if err != nil {
				return nil, err
			}
			_, _ = io.Copy(io.Discard, res.Body)
			res.Body.Close()
			return lose(res)
		}))
		e := first("lost " + name)
		fails(t, s.Put(ctx, e), bus.Unavailable, name)
		assert.EqualValues(t, 1, requests.Swap(0), "requests for one row when %s", name)
		stands(t, f.Store, e, name)
		c := ledger.Control{Key: name, Value: []byte("1"), Token: "a", Step: 1}
		fails(t, s.PutControl(ctx, c), bus.Unavailable, name)
		assert.EqualValues(t, 1, requests.Load(), "requests for one control row when %s", name)
	}
}

type iotestErr struct{}

func (iotestErr) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func laterIsRefused(t T, f Fixture) {
	put(t, f.Store, with(idOf(0), ledger.Waiting, noon.Add(-time.Hour)))
	f.Later(t, "later", onBus)
	_, err := f.Store.Get(ctx, "later")
	fails(t, err, bus.Invalid, "Get")
	assert.ErrorContains(t, err, "later", "which row")
	_, err = f.Store.List(ctx, ledger.Query{Bus: onBus, Limit: 10})
	fails(t, err, bus.Invalid, "List")
	assert.ErrorIs(t, f.Store.Put(ctx, first("later")), ledger.ErrConflict, "a first step over it")
	verdict, _, err := ledger.New(f.Store).With(func() time.Time { return noon }, 0).Claim(ctx, first("later"), time.Minute)
	fails(t, err, bus.Invalid, "Claim")
	assert.Zero(t, verdict)
}

func laterKeepsNobodyWaiting(t T, f Fixture) {
	f.Later(t, "later", onBus)
	for i := range 3 {
		put(t, f.Store, with(idOf(i), ledger.Waiting, noon.Add(-time.Hour).Add(time.Duration(i)*time.Second)))
	}
	for name, list := range map[string]func(limit int) ([]ledger.Entry, error){
		"Store": func(limit int) ([]ledger.Entry, error) { return f.Store.Due(ctx, onBus, noon.Add(time.Hour), limit) },
		"Ledger": func(limit int) ([]ledger.Entry, error) {
			return ledger.New(f.Store).With(time.Now, 0).Due(ctx, onBus, noon.Add(time.Hour), limit)
		},
	} {
		got, err := list(10)
		require.NoError(t, err, name)
		var readable []ledger.Entry
		named := 0
		for _, e := range got {
			if e.State != ledger.Unreadable {
				readable = append(readable, e)
				continue
			}
			named++
			assert.Equal(t, []string{"later", onBus}, []string{e.ID, e.Bus}, "which row")
			assert.NotEmpty(t, e.Because, "why")
			_, err := ledger.New(f.Store).With(time.Now, 0).Move(ctx, e, ledger.Result{State: ledger.Dead})
			fails(t, err, bus.Invalid, "Move")
		}
		assert.Equal(t, []string{idOf(0), idOf(1), idOf(2)}, ids(readable), "%s: those that can be read", name)
		assert.Equal(t, 1, named, "%s: the row of a later version is named once", name)
	}
	_, err := f.Store.Get(ctx, "later")
	fails(t, err, bus.Invalid, "Get")
}

func troubleHasItsKind(t T, f Fixture) {
	for _, kind := range []bus.Kind{bus.NotFound, bus.Denied, bus.Throttled} {
		open := f.Trouble[kind]
		if !assert.NotNil(t, open, "a store in trouble of kind %d", kind) {
			continue
		}
		s := open(t)
		for name, call := range calls(s) {
			fails(t, call(ctx), kind, name)
		}
	}
	untouched(t, f.Store)
}
