package lark

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/pai-notify/pai-notify/shared/target"
	"github.com/pai-notify/pai-notify/shared/webhook"
	"github.com/stretchr/testify/require"
)

// BenchmarkSend is one message over a kept connection; BenchmarkRoundTrip is
// the part of it that any client would pay.
func BenchmarkSend(b *testing.B) {
	made, err := New(Config{Webhook: target.Secret(echo(b) + platformURL.Path + id), SigningKey: key})
	require.NoError(b, err)
	n := notification()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := made.Send(context.Background(), n); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkRoundTrip(b *testing.B) {
	url := echo(b)
	body, err := draft{Config: Config{Style: Card}, message: sample(), budget: maxBody}.body(signature{})
	require.NoError(b, err)
	b.ReportAllocs()
	for b.Loop() {
		a, err := webhook.Post(context.Background(), webhook.Request{Platform: platform, URL: url, Body: body})
		if err != nil || a.Status != http.StatusOK {
			b.Fatal(err)
		}
	}
}

func echo(b *testing.B) string {
	b.Setenv(webhook.AllowVariable, "127.0.0.1")
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		_, _ = io.WriteString(w, `{"code":0,"msg":"success"}`)
	}))
	b.Cleanup(s.Close)
	return s.URL
}
