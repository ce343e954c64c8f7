// Package inboxtest is what tests of stand-ins share.
package inboxtest

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"
)

// Clock is a time that a test moves.
type Clock struct{ At time.Time }

// Start returns a clock that stands at noon in China, so that a day is left.
func Start() *Clock { return &Clock{time.Date(2026, 11, 20, 4, 0, 0, 0, time.UTC)} }

// Now is the time.
func (c *Clock) Now() time.Time { return c.At }

// Do sends a request, with headers by name and value.
func Do(in http.Handler, method, target, contentType, body string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequestWithContext(context.Background(), method, target, strings.NewReader(body))
	r.Header.Set("Content-Type", contentType)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	in.ServeHTTP(w, r)
	return w
}
