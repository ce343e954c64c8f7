package functions_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/events"
	"github.com/pai-notify/pai-notify/functions"
	"github.com/pai-notify/pai-notify/shared/deliver"
	"github.com/pai-notify/pai-notify/shared/webhook"
)

// BenchmarkNotification is one notification through decoding, rendering, sending
// and its outcome, over a kept connection. BenchmarkNotification/round-trip is
// the part of it that any client pays: a POST of the same size and its answer.
func BenchmarkNotification(b *testing.B) {
	b.Setenv(webhook.AllowVariable, "127.0.0.1")
	slog.SetDefault(slog.New(slog.NewJSONHandler(io.Discard, nil)))
	size := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n, _ := io.Copy(io.Discard, r.Body)
		size = int(n)
		_, _ = io.WriteString(w, `{"errcode":0,"code":0}`)
	}))
	defer server.Close()
	text, err := events.Files.ReadFile("model-version-approved.json")
	require.NoError(b, err)
	before, after, ok := strings.Cut(string(text), `"id": "`)
	require.True(b, ok)
	_, after, ok = strings.Cut(after, `"`)
	require.True(b, ok)

	for _, c := range []struct{ target, parameters string }{
		{"dingtalk", `{"webhook":"` + server.URL + `/robot/send?access_token=bench","signing_key":"SECbench"}`},
		{"http", `{"url":"` + server.URL + `/"}`},
		{"lark", `{"webhook":"` + server.URL + `/open-apis/bot/v2/hook/bench","signing_key":"bench"}`},
		{"wecom", `{"webhook":"` + server.URL + `/cgi-bin/webhook/send?key=bench"}`},
	} {
		b.Run(c.target, func(b *testing.B) {
			// More events than an instance remembers to have sent.
			payloads := make([][]byte, 8192)
			for i := range payloads {
				payloads[i] = fmt.Appendf(nil, `{"rule":"bench","target":{"type":%q,"name":"n","language":"zh","parameters":%s},"event":%s"id": "e%d"%s}`,
					c.target, c.parameters, before, i, after)
			}
			handle := handlerOf(b, c.target)
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				if _, err := handle(context.Background(), payloads[i%len(payloads)]); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("list of 30 rules that do not want it", func(b *testing.B) {
		var rules []string
		for i := range 30 {
			rules = append(rules, fmt.Sprintf(`{"rule":{"name":"rule-%d"},"patterns":[{"source":["acs.pai"],"data":{"UserId":["user-%d","user-%d"],"DisplayName":[{"prefix":"team-%d-"}]}}],"targets":[{"type":"dingtalk","name":"n","parameters":{"webhook":"env:X"}}]}`, i, i, i+100, i))
		}
		payload := fmt.Appendf(nil, `{"rules":[%s],"event":%s}`, strings.Join(rules, ","), text)
		handle := handlerOf(b, "dingtalk")
		b.ReportAllocs()
		for b.Loop() {
			if answer, err := handle(context.Background(), payload); err != nil || !bytes.Contains(answer, []byte("27 more rules")) {
				b.Fatal(string(answer), err)
			}
		}
	})
	b.Run("round-trip", func(b *testing.B) {
		body := bytes.Repeat([]byte("x"), size)
		client := &http.Transport{}
		b.ReportAllocs()
		for b.Loop() {
			req, err := http.NewRequest(http.MethodPost, server.URL, bytes.NewReader(body))
			if err != nil {
				b.Fatal(err)
			}
			res, err := client.RoundTrip(req)
			if err != nil {
				b.Fatal(err)
			}
			_, _ = io.Copy(io.Discard, res.Body)
			_ = res.Body.Close()
		}
	})
}

// handlerOf returns the function's handler without the platform's rates, which
// it would keep to.
func handlerOf(b *testing.B, targetType string) func(context.Context, []byte) (json.RawMessage, error) {
	for _, spec := range functions.Register() {
		if spec.Type == targetType {
			return deliver.Handler(spec.Within(), nil, nil)
		}
	}
	b.Fatalf("no target type %s", targetType)
	return nil
}
