package webhook_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/pai-notify/pai-notify/shared/target"
	"github.com/pai-notify/pai-notify/shared/webhook"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func exchange(t *testing.T, base string) (*webhook.Exchange, error) {
	t.Helper()
	e := webhook.NewExchange(context.Background(), webhook.Request{Platform: "sms", Secrets: []string{"hunter2hunter2"}})
	req, err := http.NewRequest(http.MethodPost, base+"/?Signature=hunter2hunter2", nil)
	require.NoError(t, err)
	res, err := e.Do(req)
	if err == nil {
		_, _ = io.Copy(io.Discard, res.Body)
		_ = res.Body.Close()
	}
	return e, err
}

func TestExchange(t *testing.T) {
	t.Setenv(webhook.AllowVariable, "127.0.0.1")
	t.Run("keeps the answer, without secrets in what it says back", func(t *testing.T) {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			assert.True(t, r.Close, "the connection serves no other request")
			w.WriteHeader(418)
			_, _ = io.WriteString(w, `{"Code":"x"}`)
		}))
		defer s.Close()
		e, err := exchange(t, s.URL)
		require.NoError(t, err)
		answer, err := e.Answer()
		require.NoError(t, err)
		var body struct{ Code string }
		require.NoError(t, answer.JSON(&body))
		assert.Equal(t, 418, answer.Status)
		assert.Equal(t, "x", body.Code)
		assert.Equal(t, "a <redacted>", answer.Extract("a hunter2hunter2"))
		assert.True(t, e.Reached())
	})
	t.Run("carries one request only", func(t *testing.T) {
		s := httptest.NewServer(http.NotFoundHandler())
		defer s.Close()
		e, err := exchange(t, s.URL)
		require.NoError(t, err)
		req, err := http.NewRequest(http.MethodPost, s.URL, nil)
		require.NoError(t, err)
		_, err = e.Do(req) //nolint:bodyclose // there is none
		assert.ErrorContains(t, err, "one request")
	})
	t.Run("has not reached a platform that refuses connections", func(t *testing.T) {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		base := "http://" + l.Addr().String()
		require.NoError(t, l.Close())
		e, err := exchange(t, base)
		require.Error(t, err)
		_, err = e.Answer()
		assert.ErrorContains(t, err, "refuses connections")
		assert.False(t, target.IsPermanent(err))
		assert.False(t, e.Reached())
	})
	t.Run("may have reached a platform that cuts the connection", func(t *testing.T) {
		s := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }))
		defer s.Close()
		e, err := exchange(t, s.URL)
		assert.ErrorContains(t, err, "unknown")
		assert.NotContains(t, err.Error(), "hunter2")
		assert.True(t, e.Reached())
	})
	t.Run("refuses for good what may not be dialled, and reaches nobody", func(t *testing.T) {
		t.Setenv(webhook.AllowVariable, "")
		e, err := exchange(t, "http://127.0.0.1:1")
		assert.True(t, target.IsPermanent(err))
		assert.False(t, e.Reached())
	})
	t.Run("fails for good when no request was made", func(t *testing.T) {
		_, err := webhook.NewExchange(context.Background(), webhook.Request{Platform: "sms"}).Answer()
		assert.True(t, target.IsPermanent(err))
	})
}

func TestAnExchangeSharesNoConnection(t *testing.T) {
	t.Setenv(webhook.AllowVariable, "127.0.0.1")
	from := map[string]bool{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		from[r.RemoteAddr] = true
		_, _ = io.WriteString(w, "{}")
	}))
	defer server.Close()
	_, err := webhook.Post(context.Background(), webhook.Request{Platform: "sms", URL: server.URL})
	require.NoError(t, err)
	for range 2 {
		_, err = exchange(t, server.URL)
		require.NoError(t, err)
	}
	assert.Len(t, from, 3, "a kept connection that breaks would leave the end unknown")
}

func TestEndpoint(t *testing.T) {
	t.Setenv(webhook.AllowVariable, "127.0.0.1:8080,sms.corp.example")
	for raw, want := range map[string]string{
		"https://dysmsapi.aliyuncs.com":         "https://dysmsapi.aliyuncs.com",
		"dysmsapi-vpc.cn-hangzhou.aliyuncs.com": "https://dysmsapi-vpc.cn-hangzhou.aliyuncs.com",
		"dysmsapi.ap-southeast-1.aliyuncs.com":  "https://dysmsapi.ap-southeast-1.aliyuncs.com",
		"http://127.0.0.1:8080":                 "http://127.0.0.1:8080",
		" https://sms.corp.example/ ":           "https://sms.corp.example/",
	} {
		u, err := webhook.Endpoint(raw, "dysmsapi", "aliyuncs.com")
		require.NoError(t, err, raw)
		assert.Equal(t, want, u.String())
	}
	for raw, want := range map[string]string{
		"":                                   "empty",
		"http://dysmsapi.aliyuncs.com":       "https://",
		"https://dysmsapi.aliyuncs.com:8443": "without a port",
		"https://aliyuncs.com.evil.example":  "host must be dysmsapi",
		"https://evil-x.cn-hangzhou.fc.aliyuncs.com":     "host must be dysmsapi",
		"https://dysmsapi.oss-cn-hangzhou.aliyuncs.com":  "host must be dysmsapi",
		"https://dysmsapi.evil.cn-hangzhou.aliyuncs.com": "host must be dysmsapi",
		"https://dysmsapi-evil.cn-hangzhou.aliyuncs.com": "host must be dysmsapi",
		"https://evilaliyuncs.com":                       "host must be dysmsapi",
		"http://127.0.0.1:9":                             "https://",
		"https://dysmsapi.aliyuncs.com/path":             "host alone",
		"https://k:s@dysmsapi.aliyuncs.com":              "user name",
	} {
		_, err := webhook.Endpoint(raw, "dysmsapi", "aliyuncs.com")
		assert.ErrorContains(t, err, want, raw)
	}
}
