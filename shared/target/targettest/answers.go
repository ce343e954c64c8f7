package targettest

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/target"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func acceptedIsSent(t T, h Harness) {
	r := h.receive(t, nil, h.accept)
	n, mark := h.numbered(0)
	require.NoError(t, send(context.Background(), t, h.open(t, r.Base()), n))
	seen := r.seen()
	require.Len(t, seen, 1, "messages on the wire for one notification")
	assert.Contains(t, seen[0].Text, mark)
	if req := seen[0].request; req != nil {
		assert.Equal(t, http.MethodPost, req.Method)
		assert.True(t, seen[0].Body == "" || req.Header.Get("Content-Type") != "", "a body without its type")
	}
}

func receiptSaysTheAnswer(t T, h Harness) {
	require.True(t, h.Receipt.Status != 0 || h.Receipt.Code != "", "the harness says what the platform answers")
	taken := h.receive(t, nil, h.accept)
	receipt, err := receiptOf(context.Background(), t, h.open(t, taken.Base()), h.Notification)
	require.NoError(t, err)
	assert.Equal(t, h.Receipt, receipt, "the receipt of a message that was taken")
	busy := h.receive(t, nil, fixed(503, ""))
	receipt, err = receiptOf(context.Background(), t, h.open(t, busy.Base()), h.Notification)
	require.Error(t, err)
	assert.Zero(t, receipt, "the receipt of a message that was not taken")
}

func refusalsHaveTheirClass(t T, h Harness) {
	for _, a := range h.Answers {
		r := h.receive(t, nil, fixed(a.Status, a.Body))
		to := h.open(t, r.Base())
		advice := map[string]bool{}
		for _, l := range message.Languages() {
			n := h.Notification
			n.Message.Language = l
			err := send(context.Background(), t, to, n)
			assert.Equal(t, a.Class, ClassOf(err), "%s: %d %s gave %v", a.Name, a.Status, a.Body, err)
			if a.Class == Sent || err == nil {
				continue
			}
			advice[a.explained(t, err, l)] = true
		}
		assert.True(t, a.Class == Sent || advice[""] || len(advice) == len(message.Languages()), "%s: the advice has no language of its own", a.Name)
		r.Close()
	}
}

// explained checks what err says of the answer and returns its advice.
func (a Answer) explained(t T, err error, l message.Language) string {
	if wait, ok := target.Wait(err); ok && a.Wait != 0 {
		assert.Equal(t, a.Wait, wait, "%s: the wait", a.Name)
	}
	refused, ok := errors.AsType[*target.Refusal](err)
	if !assert.True(t, ok, "%s: %v is no refusal", a.Name, err) {
		return ""
	}
	if a.Code != "" {
		assert.Equal(t, a.Code, refused.Code, a.Name)
		assert.Equal(t, a.Status, refused.Status, a.Name)
	}
	if l == message.English {
		assert.Contains(t, refused.Advice, a.Advice, a.Name)
	}
	assert.NotContains(t, refused.Advice, "\n", "%s: advice is one line", a.Name)
	assert.True(t, refused.Advice != "" || !target.IsPermanent(err), "%s: no advice for what only a person can change", a.Name)
	return refused.Advice
}

// classOfStatus is the table of outcomes of HTTP, for an answer without a
// body: the specifications of HTTP, CloudEvents over HTTP (410) and common
// practice for the rest.
func (h Harness) classOfStatus(status int) Class {
	if h.OfStatus != nil {
		return h.OfStatus(status)
	}
	if h.Doubt == Unknown && (status < 300 || status >= 500) {
		return Unknown
	}
	switch status {
	case 408, 425, 429:
		return Transient
	case 502, 504, 524: // of a gateway that may have passed the message on
		return h.Doubt
	case 410:
		return Gone
	case 501, 505:
		return Permanent
	}
	switch {
	case status < 300 && h.ByStatus:
		return Sent
	case status < 300:
		return h.Doubt
	case status < 500:
		return Permanent
	}
	return Transient
}

func statusesHaveTheirClass(t T, h Harness) {
	var status atomic.Int64
	r := h.receive(t, nil, func(Message) Reply { return Reply{Status: int(status.Load())} })
	to := h.open(t, r.Base())
	for s := 200; s <= 599; s++ {
		status.Store(int64(s))
		err := send(context.Background(), t, to, h.Notification)
		assert.Equal(t, h.classOfStatus(s), ClassOf(err), "status %d gave %v", s, err)
	}
}

// failuresAreNotRepeated keeps the retries at the one place that decides on
// them, and SDKs from making their own.
func failuresAreNotRepeated(t T, h Harness) {
	for name, answer := range map[string]func(Message) Reply{
		"429": fixed(429, ""), "500": fixed(500, ""), "503": fixed(503, ""), "no answer": wire(""), "an answer of nothing": fixed(h.Success, "{}"),
	} {
		r := h.receive(t, nil, answer)
		_ = send(context.Background(), t, h.open(t, r.Base()), h.Notification)
		assert.Len(t, r.seen(), 1, "messages for one notification after %s", name)
		r.Close()
	}
}

func retryAfterIsKept(t T, h Harness) {
	for _, status := range []int{429, 503} {
		if h.classOfStatus(status) == Unknown {
			continue // it is not repeated, whatever wait is named
		}
		named := func(value string) func(Message) Reply {
			return func(Message) Reply { return Reply{Status: status, Header: http.Header{"Retry-After": {value}}} }
		}
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
			err := h.answered(t, named(c.value))
			wait, ok := target.Wait(err)
			assert.True(t, ok, "%d with Retry-After %q gave %v", status, c.value, err)
			assert.True(t, wait >= c.min && wait <= c.max, "%d with Retry-After %q gave a wait of %s", status, c.value, wait)
		}
		assert.Equal(t, Transient, ClassOf(h.answered(t, named("soon"))), "a Retry-After that is neither seconds nor a date")
	}
}

// unlessByStatus asserts that err is an end in doubt, for platforms whose
// verdict is in the body: the message may have been taken, and must neither
// count as sent nor be sent again at once.
func (h Harness) unlessByStatus(t T, err error, format string, args ...any) {
	t.Helper()
	want := []Class{h.Doubt, Unconfirmed} // what can be asked about may be sent again
	if h.ByStatus {
		want = []Class{Sent}
	}
	assert.Contains(t, want, ClassOf(err), append([]any{format + " gave %v"}, append(args, err)...)...)
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
		`{"errmsg":"ok","msg":"success"}`, inOtherCase(h.Accepted),
	} {
		if body == h.Accepted && body != "" {
			continue // a platform may say no more than that
		}
		err := h.answered(t, fixed(h.Success, body))
		h.unlessByStatus(t, err, "a %d with %.60q", h.Success, body)
	}
}

// inOtherCase returns a JSON object whose names are written in the other case, or
// plain text in upper case: none of that is the platform's.
func inOtherCase(object string) string {
	var members map[string]json.RawMessage
	if json.Unmarshal([]byte(object), &members) != nil {
		return strings.ToUpper(object)
	}
	other := map[string]json.RawMessage{}
	for name, value := range members {
		if upper := strings.ToUpper(name); upper != name {
			other[upper] = value
			continue
		}
		other[strings.ToLower(name)] = value
	}
	text, _ := json.Marshal(other) // it was JSON
	return string(text)
}

func randomBytesAreNotSent(t T, h Harness) {
	var body atomic.Pointer[[]byte]
	r := h.receive(t, nil, func(Message) Reply { return Reply{Status: h.Success, Body: string(*body.Load())} })
	to := h.open(t, r.Base())
	random := randomBytes()
	for range 100 {
		b := random()
		body.Store(&b)
		h.unlessByStatus(t, send(context.Background(), t, to, h.Notification), "a %d with %q", h.Success, b)
	}
}

// randomBytes returns a source of the same bytes in every run.
func randomBytes() func() []byte {
	random := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // not for secrets
	return func() []byte {
		b := make([]byte, random.IntN(512))
		for i := range b {
			b[i] = byte(random.UintN(256)) //nolint:gosec // at most 255
		}
		return b
	}
}

func garbageIsNoVerdict(t T, h Harness) {
	garbage := []string{"", "HTTP/1.1", "\x16\x03\x01\x00", "HTTP/1.1 abc\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", "200", "2500 ok\r\n", "ok\r\n"}
	random := randomBytes()
	for range 20 {
		garbage = append(garbage, string(random()))
	}
	for _, bytes := range garbage {
		err := h.answered(t, wire(bytes))
		assert.Equal(t, h.Doubt, ClassOf(err), "%q on the wire gave %v", bytes, err)
	}
}

func cutAnswersAreNoVerdict(t T, h Harness) {
	for _, said := range []string{"", h.Accepted} {
		err := h.answered(t, func(Message) Reply {
			return Reply{Status: h.Success, Begun: func(w io.Writer) bool {
				_, _ = io.WriteString(w, said)
				return false
			}}
		})
		if h.ByStatus {
			assert.NoError(t, err, "the verdict came before the cut")
			continue
		}
		assert.Equal(t, h.Doubt, ClassOf(err), "an answer cut off after %q gave %v", said, err)
	}
}

func hugeAnswersAreCapped(t T, h Harness) {
	const far = 64 << 20 // far more than sockets buffer
	var written atomic.Int64
	done := make(chan struct{})
	r := h.receive(t, nil, func(Message) Reply {
		return Reply{Status: h.Success, Body: h.Accepted, Begun: func(w io.Writer) bool {
			defer close(done)
			chunk := []byte(strings.Repeat(" ", 64<<10))
			for written.Load() < far {
				n, err := w.Write(chunk)
				written.Add(int64(n))
				if err != nil {
					return false
				}
			}
			return true
		}}
	})
	err := send(context.Background(), t, h.open(t, r.Base()), h.Notification)
	h.unlessByStatus(t, err, "an answer of 64 MiB")
	r.Close()
	<-done
	assert.Less(t, written.Load(), int64(far), "the answer was read to its end")
}
