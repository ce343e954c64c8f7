package http

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/pai-notify/pai-notify/events"
	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/inbox"
	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/target"
	"github.com/pai-notify/pai-notify/shared/target/targettest"
	"github.com/pai-notify/pai-notify/shared/webhook"
	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	secret  = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
	another = "whsec_YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXowMTIzNDU="
)

func notification(t *testing.T) target.Notification {
	t.Helper()
	payload, err := events.Files.ReadFile("model-version-approved.json")
	require.NoError(t, err)
	e, err := event.Parse(payload)
	require.NoError(t, err)
	return target.Notification{ID: "n1", Event: e, Message: message.Message{Language: message.English, Title: "Approved"}}
}

func open(t *testing.T, c Config) receiver {
	t.Helper()
	made, err := New(c)
	require.NoError(t, err)
	return made.(receiver)
}

// sentTo returns the header and the body of one request.
func sentTo(t *testing.T, change func(*receiver)) (http.Header, []byte) {
	t.Helper()
	t.Setenv(webhook.AllowVariable, "127.0.0.1")
	in := inbox.New(inbox.Options{})
	path, err := in.AddHTTP("models", "")
	require.NoError(t, err)
	var header http.Header
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header = r.Header.Clone()
		in.ServeHTTP(w, r)
	}))
	defer s.Close()
	r := open(t, Config{URL: target.Secret(s.URL + path)})
	change(&r)
	require.NoError(t, targettest.ErrorOf(r.Send(context.Background(), notification(t))))
	return header, []byte(in.Received()[0].Body)
}

func TestSuite(t *testing.T) {
	targettest.Run(t, targettest.Harness{
		Open: func(base string) (target.Target, error) {
			return New(Config{
				URL:     target.Secret(base + "/hooks/T0KEN-in-path-1234?key=query-key-5678"),
				Secret:  secret,
				Headers: map[string]target.Secret{"Authorization": "Bearer header-token-9012"},
			})
		},
		Notification: notification(t),
		Read:         targettest.Parameters,
		Accepted:     `{"status":"received"}`,
		Receipt:      target.Receipt{Status: 200},
		ByStatus:     true,
		Secrets:      []string{"T0KEN-in-path-1234", "query-key-5678", "header-token-9012", secret},
	})
}

func TestSpec(t *testing.T) {
	assert.True(t, Spec.Carries("model"))
	assert.False(t, Spec.Carries("dlc"), "PAI sends model events only to HTTP endpoints")
}

func TestSend(t *testing.T) {
	t.Run("posts the event as it came", func(t *testing.T) {
		header, body := sentTo(t, func(*receiver) {})
		assert.Equal(t, string(notification(t).Event.JSON()), string(body))
		assert.Equal(t, "application/cloudevents+json; charset=utf-8", header.Get("Content-Type"))
		assert.Equal(t, "n1", header.Get("Webhook-Id"))
		assert.Empty(t, header.Get("Webhook-Signature"))
		assert.NotContains(t, header, "Idempotency-Key")
	})
	t.Run("adds the headers of the rule", func(t *testing.T) {
		t.Setenv(target.SecretsVariable, "TOKEN")
		t.Setenv("TOKEN", "Bearer x")
		header, _ := sentTo(t, func(r *receiver) { r.Headers = map[string]target.Secret{"authorization": "env:TOKEN"} })
		assert.Equal(t, "Bearer x", header.Get("Authorization"))
	})
	t.Run("signs so that the published library agrees", func(t *testing.T) {
		header, body := sentTo(t, func(r *receiver) { r.Secret = secret })
		hook, err := standardwebhooks.NewWebhook(secret)
		require.NoError(t, err)
		assert.NoError(t, hook.Verify(body, header))
	})
	t.Run("signs by the old and the new secret during a rotation", func(t *testing.T) {
		t.Setenv(target.SecretsVariable, "SECRETS")
		t.Setenv("SECRETS", another+" "+secret)
		header, body := sentTo(t, func(r *receiver) { r.Secret = "env:SECRETS" })
		for _, s := range []string{secret, another} {
			hook, err := standardwebhooks.NewWebhook(s)
			require.NoError(t, err)
			assert.NoError(t, hook.Verify(body, header))
		}
	})
	t.Run("does not send what it cannot sign", func(t *testing.T) {
		t.Setenv(webhook.AllowVariable, "127.0.0.1")
		t.Setenv("SHORT", "whsec_c2hvcnQ=")
		for _, s := range []target.Secret{"env:NOT_SET_ANYWHERE", "env:SHORT"} {
			_, err := open(t, Config{URL: "http://127.0.0.1:9/", Secret: s}).Send(context.Background(), notification(t))
			assert.True(t, target.IsPermanent(err), "%v", err)
			assert.ErrorContains(t, err, "secret")
		}
	})
	t.Run("does not send a header with a line break", func(t *testing.T) {
		t.Setenv(target.SecretsVariable, "TOKEN")
		t.Setenv("TOKEN", "a\r\nHost: b")
		_, err := open(t, Config{URL: "http://127.0.0.1:9/", Headers: map[string]target.Secret{"X-Token": "env:TOKEN"}}).Send(context.Background(), notification(t))
		assert.True(t, target.IsPermanent(err))
		assert.ErrorContains(t, err, "X-Token")
	})
	t.Run("refuses plain http and private addresses unless they are allowed", func(t *testing.T) {
		t.Setenv(webhook.AllowVariable, "")
		s := httptest.NewServer(http.NotFoundHandler())
		defer s.Close()
		for _, url := range []string{s.URL, strings.Replace(s.URL, "http:", "https:", 1)} {
			_, err := open(t, Config{URL: target.Secret(url)}).Send(context.Background(), notification(t))
			assert.True(t, target.IsPermanent(err), "%v", err)
		}
	})
	t.Run("is disabled by 410", func(t *testing.T) {
		t.Setenv(webhook.AllowVariable, "127.0.0.1")
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusGone) }))
		defer s.Close()
		assert.True(t, target.IsGone(targettest.ErrorOf(open(t, Config{URL: target.Secret(s.URL)}).Send(context.Background(), notification(t)))))
	})
}

func TestSignature(t *testing.T) {
	h := http.Header{}
	body := []byte(`{"type":"pai.test","timestamp":"2023-11-14T22:13:20Z","data":{"id":"1"}}`)
	require.NoError(t, sign(h, secret, "msg_2KWPBgLlAfxdpx2AI54pPJ85f4W", time.Unix(1700000000, 0), body))
	assert.Equal(t, "v1,TA2vXe7PmmIrF0q2kv5ralcUxzkTIWQPmUl/U6k8a+Q=", h.Get("webhook-signature"))
	assert.Equal(t, "1700000000", h.Get("webhook-timestamp"))
}

func TestConfiguration(t *testing.T) {
	for name, c := range map[string]struct{ config, want string }{
		"nothing":                    {`{}`, "url: is missing"},
		"an unknown key":             {`{"url":"https://a.example","secrte":"x"}`, "secrte"},
		"no scheme":                  {`{"url":"a.example/secret-path"}`, "https://"},
		"user information":           {`{"url":"https://me:secret-path@a.example"}`, "user name"},
		"a fragment":                 {`{"url":"https://a.example/#secret-path"}`, "fragment"},
		"spaces":                     {`{"url":"https://a example/secret-path"}`, "not a URL"},
		"a secret without prefix":    {`{"url":"https://a.example","secret":"secret-path"}`, "whsec_"},
		"a secret that is no base64": {`{"url":"https://a.example","secret":"whsec_secret-path"}`, "base64"},
		"a short secret":             {`{"url":"https://a.example","secret":"whsec_c2hvcnQ="}`, "24 to 64"},
		"three secrets":              {`{"url":"https://a.example","secret":"` + secret + " " + secret + " " + secret + `"}`, "two"},
		"a header of the signature":  {`{"url":"https://a.example","headers":{"webhook-id":"x"}}`, "Webhook-Id"},
		"a header of CloudEvents":    {`{"url":"https://a.example","headers":{"ce-id":"x"}}`, "Ce-Id"},
		"the host header":            {`{"url":"https://a.example","headers":{"host":"x"}}`, "Host"},
		"the content type":           {`{"url":"https://a.example","headers":{"content-type":"x"}}`, "Content-Type"},
		"a header twice":             {`{"url":"https://a.example","headers":{"x-a":"x","X-A":"y"}}`, "same header"},
		"a name that is none":        {`{"url":"https://a.example","headers":{"x a":"x"}}`, "not a header name"},
		"another content mode":       {`{"url":"https://a.example","content_mode":"batch"}`, "content_mode"},
		"a line break in a header":   {`{"url":"https://a.example","headers":{"x-a":"x\r\ny"}}`, "line break"},
	} {
		t.Run("is refused with "+name, func(t *testing.T) {
			_, err := Spec.Open(json.RawMessage(c.config))
			require.Error(t, err)
			assert.True(t, target.IsPermanent(err))
			assert.ErrorContains(t, err, c.want)
			assert.NotContains(t, err.Error(), "secret-path")
		})
	}
}
