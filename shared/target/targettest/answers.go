package targettest

import (
	"context"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/pai-notify/pai-notify/shared/target"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func acceptedIsSent(t T, h Harness) {
	r := receive(t, h.accept)
	require.NoError(t, send(context.Background(), t, h.open(t, r.URL), h.Notification))
	seen := r.seen()
	require.Len(t, seen, 1, "requests for one message")
	assert.Equal(t, http.MethodPost, seen[0].method)
	assert.NotEmpty(t, seen[0].body)
	assert.NotEmpty(t, seen[0].header.Get("Content-Type"))
}

func refusalsHaveTheirClass(t T, h Harness) {
	for _, a := range h.Answers {
		err := h.answered(t, fixed(a.Status, a.Body))
		assert.Equal(t, a.Class, ClassOf(err), "%s: %d %s gave %v", a.Name, a.Status, a.Body, err)
	}
}

// classOfStatus is the table of outcomes of HTTP, for an answer without a
// body: the specifications of HTTP, CloudEvents over HTTP (410) and common
// practice for the rest.
func (h Harness) classOfStatus(status int) Class {
	switch status {
	case 408, 425, 429:
		return Transient
	case 410:
		return Gone
	case 501, 505:
		return Permanent
	}
	switch {
	case status < 300 && h.ByStatus:
		return Sent
	case status < 300:
		return Transient
	case status < 500:
		return Permanent
	}
	return Transient
}

func statusesHaveTheirClass(t T, h Harness) {
	var status atomic.Int64
	r := receive(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(int(status.Load())) })
	to := h.open(t, r.URL)
	for s := 200; s <= 599; s++ {
		status.Store(int64(s))
		err := send(context.Background(), t, to, h.Notification)
		assert.Equal(t, h.classOfStatus(s), ClassOf(err), "status %d gave %v", s, err)
	}
}

func retryAfterIsKept(t T, h Harness) {
	for _, status := range []int{429, 503} {
		for _, c := range []struct {
			value    string
			min, max time.Duration
		}{
			{"7", 7 * time.Second, 7 * time.Second},
			{"0", 0, 0},
			{"99999999999", 7 * time.Second, 24 * time.Hour},
			{"Mon, 01 Jan 2001 00:00:00 GMT", 0, 0},
			{"Fri, 01 Jan 2100 00:00:00 GMT", 7 * time.Second, 24 * time.Hour},
		} {
			err := h.answered(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Retry-After", c.value)
				w.WriteHeader(status)
			})
			wait, ok := target.Wait(err)
			assert.True(t, ok, "%d with Retry-After %q gave %v", status, c.value, err)
			assert.True(t, wait >= c.min && wait <= c.max, "%d with Retry-After %q gave a wait of %s", status, c.value, wait)
		}
		err := h.answered(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "soon")
			w.WriteHeader(status)
		})
		assert.Equal(t, Transient, ClassOf(err), "a Retry-After that is neither seconds nor a date")
	}
}

// unlessByStatus asserts that err is no success, for platforms whose verdict
// is in the body.
func (h Harness) unlessByStatus(t T, err error, format string, args ...any) {
	t.Helper()
	if h.ByStatus {
		assert.NoErrorf(t, err, format, args...)
		return
	}
	assert.Errorf(t, err, format, args...)
}

func oddAnswersAreNotSent(t T, h Harness) {
	cut := ""
	if len(h.Accepted) > 1 {
		cut = h.Accepted[:len(h.Accepted)-1]
	}
	for _, body := range []string{
		"", " ", "ok", "null", "true", "0", `"ok"`, "[]", "{}", "[0]", "[{}]", `{"":0}`, cut,
		"<html><body>ok</body></html>", "\x00", strings.Repeat("[", 1<<15),
		`{"errcode":null,"code":null}`, `{"errcode":"0","code":"0"}`, `{"errcode":false,"code":false}`,
		`{"errmsg":"ok","msg":"success"}`,
	} {
		err := h.answered(t, fixed(http.StatusOK, body))
		h.unlessByStatus(t, err, "a 200 with %.60q", body)
	}
}

func randomBytesAreNotSent(t T, h Harness) {
	random := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // the same bytes in every run
	var body atomic.Pointer[[]byte]
	r := receive(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(*body.Load()) })
	to := h.open(t, r.URL)
	for range 100 {
		b := make([]byte, random.IntN(512))
		for i := range b {
			b[i] = byte(random.UintN(256)) //nolint:gosec // at most 255
		}
		body.Store(&b)
		h.unlessByStatus(t, send(context.Background(), t, to, h.Notification), "a 200 with %q", b)
	}
}

func garbageIsTransient(t T, h Harness) {
	for _, bytes := range []string{"", "HTTP/1.1", "\x16\x03\x01\x00", "HTTP/1.1 abc\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n"} {
		err := h.answered(t, wire(bytes))
		assert.Equal(t, Transient, ClassOf(err), "%q on the wire gave %v", bytes, err)
	}
	err := h.answered(t, wire("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"+h.Accepted))
	h.unlessByStatus(t, err, "an answer shorter than it says")
}

func hugeAnswersAreCapped(t T, h Harness) {
	const far = 64 << 20 // far more than sockets buffer
	var written atomic.Int64
	done := make(chan struct{})
	r := receive(t, func(w http.ResponseWriter, _ *http.Request) {
		defer close(done)
		chunk := []byte(strings.Repeat(" ", 64<<10))
		for written.Load() < far {
			n, err := w.Write(chunk)
			written.Add(int64(n))
			if err != nil {
				return
			}
		}
		_, _ = io.WriteString(w, h.Accepted)
	})
	err := send(context.Background(), t, h.open(t, r.URL), h.Notification)
	h.unlessByStatus(t, err, "an answer of 64 MiB")
	r.CloseClientConnections()
	<-done
	assert.Less(t, written.Load(), int64(far), "the answer was read to its end")
}
