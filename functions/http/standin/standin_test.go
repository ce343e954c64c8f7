package standin

import (
	"net/http"
	"strconv"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/inbox"
	"github.com/pai-notify/pai-notify/shared/inbox/inboxtest"
)

const secret = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="

func TestHTTP(t *testing.T) {
	c := inboxtest.Start()
	in := inbox.New(inbox.Options{Now: c.Now}, Platform)
	path := in.Add("http", "models", inbox.Keys{Secret: secret}).Text("url")
	hook, err := standardwebhooks.NewWebhook(secret)
	require.NoError(t, err)
	body := `{"specversion":"1.0","id":"1","source":"s","type":"t"}`
	headers := func(at time.Time, body string) []string {
		signature, err := hook.Sign("n1", at, []byte(body))
		require.NoError(t, err)
		return []string{"webhook-id", "n1", "webhook-timestamp", strconv.FormatInt(at.Unix(), 10), "webhook-signature", signature}
	}
	const event = "application/cloudevents+json; charset=utf-8"
	for name, x := range map[string]struct {
		method, path, contentType, body string
		headers                         []string
		status                          int
	}{
		"accepts a signed event":             {"POST", path, event, body, headers(c.At, body), 200},
		"refuses an unknown receiver":        {"POST", "/receive/no", event, body, headers(c.At, body), 404},
		"refuses GET":                        {"GET", path, event, body, headers(c.At, body), 405},
		"refuses an unsigned event":          {"POST", path, event, body, nil, 401},
		"refuses a changed body":             {"POST", path, event, body + " ", headers(c.At, body), 401},
		"refuses a signature of six minutes": {"POST", path, event, body, headers(c.At.Add(-6*time.Minute), body), 401},
		"accepts an event in binary mode":    {"POST", path, "application/json", "{}", append(headers(c.At, "{}"), "ce-specversion", "1.0", "ce-id", "1", "ce-source", "s", "ce-type", "%E4%BD%A0"), 200},
		"refuses one that lacks a header":    {"POST", path, "application/json", "{}", append(headers(c.At, "{}"), "ce-specversion", "1.0", "ce-id", "1", "ce-type", "t"), 400},
		"refuses one with a broken header":   {"POST", path, "application/json", "{}", append(headers(c.At, "{}"), "ce-specversion", "1.0", "ce-id", "1", "ce-source", "s", "ce-type", "100%"), 400},
		"refuses another content type":       {"POST", path, "application/json", body, headers(c.At, body), 415},
		"refuses what is not an event":       {"POST", path, event, "{}", headers(c.At, "{}"), 400},
	} {
		t.Run(name, func(t *testing.T) {
			w := inboxtest.Do(in, x.method, x.path, x.contentType, x.body, x.headers...)
			assert.Equal(t, x.status, w.Code, w.Body.String())
		})
	}
	t.Run("marks what it has had before", func(t *testing.T) {
		in := inbox.New(inbox.Options{Now: c.Now}, Platform)
		path := in.Add("http", "models", inbox.Keys{}).Text("url")
		for range 2 {
			inboxtest.Do(in, "POST", path, event, body, "webhook-id", "n1")
		}
		seen := in.Received()
		require.Len(t, seen, 2)
		assert.False(t, seen[0].Repeated)
		assert.True(t, seen[1].Repeated)
	})
	t.Run("takes nothing by a secret that it cannot decode", func(t *testing.T) {
		in := inbox.New(inbox.Options{Now: c.Now}, Platform)
		path := in.Add("http", "models", inbox.Keys{Secret: "whsec_!"}).Text("url")
		for _, headers := range [][]string{headers(c.At, body), nil} {
			w := inboxtest.Do(in, "POST", path, event, body, headers...)
			assert.Equal(t, http.StatusUnauthorized, w.Code)
		}
		assert.Contains(t, in.Received()[0].Reason, "base64")
	})
}
