package targettest

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"

	"github.com/pai-notify/pai-notify/shared/target"
	"github.com/stretchr/testify/require"
)

// receiver is a platform on loopback that answers as a check tells it.
type receiver struct {
	*httptest.Server
	mu          sync.Mutex
	connections int
	requests    []request
}

// request is what a receiver was sent.
type request struct {
	method, url string
	header      http.Header
	body        string
}

// fingerprint tells two requests apart.
func (r request) fingerprint() string { return fmt.Sprint(r.url, r.header, r.body) }

func receive(t T, answer http.HandlerFunc) *receiver {
	r := &receiver{}
	r.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, _ := io.ReadAll(req.Body)
		r.mu.Lock()
		r.requests = append(r.requests, request{req.Method, req.URL.String(), req.Header.Clone(), string(body)})
		r.mu.Unlock()
		answer(w, req)
	}))
	r.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			r.mu.Lock()
			r.connections++
			r.mu.Unlock()
		}
	}
	r.Start()
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) seen() []request {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]request(nil), r.requests...)
}

// fixed answers every request the same.
func fixed(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// wire answers with bytes that need not be HTTP.
func wire(bytes string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		_, _ = io.WriteString(conn, bytes)
		_ = conn.Close()
	}
}

func (h Harness) open(t T, base string) target.Target {
	t.Helper()
	to := h.Open(t, base)
	require.NotNil(t, to, "Open made no target")
	return to
}

// send sends n and turns a panic into a failed check.
func send(ctx context.Context, t T, to target.Target, n target.Notification) (err error) {
	t.Helper()
	defer func() {
		if p := recover(); p != nil {
			t.Errorf("Send panicked: %v", p)
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	return to.Send(ctx, n)
}

// answered sends the harness's notification to a receiver that answers so.
func (h Harness) answered(t T, answer http.HandlerFunc) error {
	t.Helper()
	r := receive(t, answer)
	defer r.Close()
	return send(context.Background(), t, h.open(t, r.URL), h.Notification)
}

// numbered returns the notification with an ID and texts of its own.
func (h Harness) numbered(i int) target.Notification {
	n := h.Notification
	n.ID = fmt.Sprintf("n%d", i)
	n.Message.Title = fmt.Sprintf("%s n%d", n.Message.Title, i)
	return n
}
