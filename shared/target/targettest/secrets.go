package targettest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"

	"github.com/pai-notify/pai-notify/shared/target"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// echo says back everything it was sent, then every secret.
func (h Harness) echo(status int, format string) func(Message) Reply {
	return func(m Message) Reply {
		r := Reply{Status: status}
		if m.request != nil && m.request.URL.RawQuery != "" {
			r.Header = http.Header{"Location": {"https://" + m.request.Host + m.request.URL.String()}}
		}
		quoted, _ := json.Marshal(strings.Join(h.Secrets, " ") + " " + m.Text)
		r.Body = fmt.Sprintf(format, quoted)
		return r
	}
}

func echoesAreRedacted(t T, h Harness) {
	require.NotEmpty(t, h.Secrets, "the harness names no secrets")
	formats := []string{
		"%s", `{"errcode":310000,"errmsg":%s}`, `{"errcode":-1,"errmsg":%s}`, `{"code":19021,"msg":%s}`,
		`{"Code":"Forbidden.RAM","Message":%s}`, `{"Code":%s}`, `{"__type":"AccessDeniedException","Message":%s}`, `{"__type":%s}`,
	}
	for _, status := range []int{200, 302, 400, 401, 410, 429, 500} {
		for _, format := range formats {
			h.assertHidden(t, h.answered(t, h.echo(status, format)))
		}
	}
}

func failuresAreRedacted(t T, h Harness) {
	require.NotEmpty(t, h.Secrets, "the harness names no secrets")
	cancelled, cancel := context.WithCancel(context.Background())
	cancel()
	to := h.open(t, h.receive(t, nil, h.accept).Base())
	h.assertHidden(t, send(cancelled, t, to, h.Notification))
	h.assertHiddenIn(t, "the target itself", to)

	h.assertHidden(t, send(context.Background(), t, h.open(t, h.nowhere(t)), h.Notification))
	untrusted := h.receive(t, h.certificates.ofUnknownAuthority, h.accept)
	h.assertHidden(t, send(context.Background(), t, h.open(t, untrusted.Base()), h.Notification))
	h.assertHidden(t, h.answered(t, wire("HTTP/1.1 "+strings.Join(h.Secrets, " ")+"\r\n\r\n")))
	h.assertHidden(t, h.answered(t, wire(strings.Join(h.Secrets, " ")+"\r\n\r\n")))
}

// assertHidden looks for secrets in every form in which err may be shown.
func (h Harness) assertHidden(t T, err error) {
	t.Helper()
	for e := err; e != nil; e = errors.Unwrap(e) {
		h.assertHiddenIn(t, "the error", e)
	}
	if refusal, ok := errors.AsType[*target.Refusal](err); ok {
		text, _ := json.Marshal(refusal)
		h.assertNoSecret(t, "the refusal", string(text))
	}
}

func (h Harness) assertHiddenIn(t T, what string, v any) {
	t.Helper()
	var logged strings.Builder
	slog.New(slog.NewJSONHandler(&logged, nil)).Error("failed", "value", v)
	slog.New(slog.NewTextHandler(&logged, nil)).Error("failed", "value", v)
	h.assertNoSecret(t, what+" in a log", logged.String())
	for _, format := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
		h.assertNoSecret(t, what+" as "+format, fmt.Sprintf(format, v))
	}
}

func (h Harness) assertNoSecret(t T, what, text string) {
	t.Helper()
	for _, secret := range h.Secrets {
		for _, form := range []string{secret, url.QueryEscape(secret), strings.TrimPrefix(secret, "whsec_")} {
			// The text itself is not shown by a failed assertion's message
			// alone, but a leak in a test is what is looked for.
			assert.NotContains(t, text, form, what)
		}
	}
}
