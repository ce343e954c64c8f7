package sms

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/pai-notify/pai-notify/shared/webhook"
	"github.com/stretchr/testify/require"
)

// BenchmarkSend is one text over a fresh connection, as every text is sent;
// BenchmarkRoundTrip is the part of it that any client would pay.
func BenchmarkSend(b *testing.B) {
	for name, config := range map[string]func(string) Config{"alibaba": alibabaConfig, "aws": awsConfig} {
		b.Run(name, func(b *testing.B) {
			made, err := New(config(echo(b)))
			require.NoError(b, err)
			n := notification()
			b.ReportAllocs()
			for b.Loop() {
				if _, err := made.Send(context.Background(), n); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkRoundTrip(b *testing.B) {
	url := echo(b)
	b.ReportAllocs()
	for b.Loop() {
		e := webhook.NewExchange(context.Background(), webhook.Request{Platform: platform})
		req, err := http.NewRequest(http.MethodPost, url+"/?a=b", nil)
		require.NoError(b, err)
		res, err := e.Do(req)
		if err != nil {
			b.Fatal(err)
		}
		_ = res.Body.Close()
	}
}

func echo(b *testing.B) string {
	b.Setenv(webhook.AllowVariable, "127.0.0.1")
	b.Setenv("AWS_ACCESS_KEY_ID", keyID)
	b.Setenv("AWS_SECRET_ACCESS_KEY", key)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		_, _ = io.WriteString(w, `{"Code":"OK","BizId":"1","MessageId":"1"}`)
	}))
	b.Cleanup(s.Close)
	return s.URL
}
