package targettest

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func connectionIsReused(t T, h Harness) {
	answers := []http.HandlerFunc{h.accept, fixed(400, strings.Repeat("no ", 5000)), fixed(503, "later"), h.accept, fixed(200, "{}"), h.accept}
	var next atomic.Int64
	r := receive(t, func(w http.ResponseWriter, req *http.Request) {
		answers[min(int(next.Add(1)), len(answers))-1](w, req)
	})
	to := h.open(t, r.URL)
	for range answers {
		_ = send(context.Background(), t, to, h.Notification)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	assert.Equal(t, 1, r.connections, "connections for %d messages: an answer was not read to its end, or the client is made anew", len(answers))
}

func redirectsAreNotFollowed(t T, h Harness) {
	elsewhere := receive(t, h.accept)
	for _, status := range []int{301, 302, 303, 307, 308} {
		err := h.answered(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", elsewhere.URL+"/elsewhere")
			w.WriteHeader(status)
		})
		assert.Equal(t, Permanent, ClassOf(err), "status %d gave %v", status, err)
	}
	assert.Empty(t, elsewhere.seen(), "requests at the address redirected to")
}

func unreachableIsTransient(t T, h Harness) {
	err := send(context.Background(), t, h.open(t, closed()), h.Notification)
	assert.Equal(t, Transient, ClassOf(err), "a refused connection gave %v", err)
}

// closed returns an address at which nothing listens.
func closed() string {
	s := httptest.NewServer(http.NotFoundHandler())
	defer s.Close()
	return s.URL
}

// untrusted returns a receiver whose certificate no system trusts.
func untrusted(t T, answer http.HandlerFunc) (url string, requests *atomic.Int64) {
	requests = new(atomic.Int64)
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests.Add(1)
		answer(w, r)
	}))
	s.Config.ErrorLog = silent
	s.StartTLS()
	t.Cleanup(s.Close)
	return s.URL, requests
}

func untrustedIsNotSentTo(t T, h Harness) {
	url, requests := untrusted(t, h.accept)
	err := send(context.Background(), t, h.open(t, url), h.Notification)
	assert.Equal(t, Permanent, ClassOf(err), "an untrusted certificate gave %v", err)
	assert.Zero(t, requests.Load(), "requests over a connection that is not trusted")
}

func deadlineIsKept(t T, h Harness) {
	for name, began := range map[string]bool{"a receiver that never answers": false, "an answer that never ends": true} {
		if began && h.ByStatus {
			continue // its verdict is there before the hang
		}
		for _, want := range []error{context.DeadlineExceeded, context.Canceled} {
			release := make(chan struct{})
			arrived := make(chan struct{}, 8)
			r := receive(t, func(w http.ResponseWriter, req *http.Request) {
				if began {
					_ = http.NewResponseController(w).Flush()
				}
				arrived <- struct{}{}
				<-release
				h.accept(w, req)
			})
			to := h.open(t, r.URL)
			limit := time.Hour
			if errors.Is(want, context.DeadlineExceeded) {
				limit = 200 * time.Millisecond
			}
			ctx, cancel := context.WithTimeout(context.Background(), limit)
			if errors.Is(want, context.Canceled) {
				go func() { <-arrived; cancel() }()
			}
			ended := make(chan error, 1)
			go func() { ended <- send(ctx, t, to, h.Notification) }()
			<-ctx.Done()
			select {
			case err := <-ended:
				assert.Equal(t, Transient, ClassOf(err), "%s gave %v", name, err)
				assert.ErrorIs(t, err, want, name)
			case <-time.After(h.grace):
				t.Errorf("%s: Send did not return when its context ended", name)
			}
			cancel()
			close(release)
		}
	}
}

func concurrentUseIsSafe(t T, h Harness) {
	const messages = 32
	r := receive(t, h.accept)
	to := h.open(t, r.URL)
	var all sync.WaitGroup
	for i := range messages {
		all.Go(func() {
			assert.NoError(t, send(context.Background(), t, to, h.numbered(i)))
		})
	}
	all.Wait()
	distinct := map[string]bool{}
	for _, s := range r.seen() {
		distinct[s.fingerprint()] = true
	}
	require.Len(t, distinct, messages, "different requests for as many messages")
	assert.Len(t, r.seen(), messages, "requests for as many messages")
}
