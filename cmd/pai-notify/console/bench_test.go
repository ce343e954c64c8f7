package console_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/console"
	"github.com/pai-notify/pai-notify/shared/bus/local"
	"github.com/pai-notify/pai-notify/shared/event"
)

func itoa(n int) string { return strconv.Itoa(n) }

// BenchmarkPage renders each page of a workspace with 1,000 rules, as many on
// its bus, and 100,000 notifications in its history. cpu-ms/page is the
// processor time of the whole process for one page, the bus's part included.
func BenchmarkPage(b *testing.B) {
	const notifications = 100_000
	m := start(b, small, func(_ *console.Options, o *local.Options) {
		o.RulesPerBus, o.Concurrency = 2000, 16
		o.Invoke = func(context.Context, string, []byte) (json.RawMessage, error) {
			return json.RawMessage(`{"status":"sent","event_type":"dlc.job-failed","rule":"one","target":"dingtalk/dingtalk","http_status":200,"code":"0","attempts":1}`), nil
		}
	})
	fill(b, m, notifications)
	for i := range 1000 {
		require.NoError(b, m.bus.CreateRule(b.Context(), local.Rule{Bus: "pai-system-lab", Name: "rule-" + itoa(i), FilterPattern: `{"source":["acs.paidlc"]}`, Enabled: true}))
	}
	require.NoError(b, os.WriteFile(m.document, []byte(many(1000)), 0o600))
	for _, path := range []string{"/", "/rules", "/rules?q=rule-7&sort=failed", "/rules?state=unmatched&receiver=oncall", "/new-rule", "/rules/rule-7", "/rules/rule-7/delete", "/receivers", "/contacts", "/publish", "/history", "/history?state=dead&days=30", "/history?q=dlc1", "/history?q=job", "/history?q=failed", "/history?q=nothing+like+this", "/history?receiver=lark", "/history?event=dlc.job-timeout&days=30", "/setup", "/document", "/document.yaml"} {
		b.Run(path, func(b *testing.B) {
			m.page(b, path) // what is remembered for a while is remembered now
			size, before := 0, processor()
			for b.Loop() {
				size = m.page(b, path)
			}
			b.ReportMetric(float64(processor()-before)/float64(time.Millisecond)/float64(b.N), "cpu-ms/page")
			b.ReportMetric(float64(size), "bytes/page")
		})
	}
}

// page makes a page without a connection, as a browser is served that has logged
// in, and returns its size.
func (m *machine) page(b *testing.B, path string) int {
	b.Helper()
	at, err := url.Parse(m.URL + path)
	require.NoError(b, err)
	r := httptest.NewRequestWithContext(b.Context(), http.MethodGet, at.String(), nil)
	r.Header.Set("Accept-Encoding", "gzip")
	for _, c := range m.client.Jar.Cookies(at) {
		r.AddCookie(c)
	}
	w := httptest.NewRecorder()
	m.console.ServeHTTP(w, r)
	require.Equal(b, http.StatusOK, w.Code)
	return w.Body.Len()
}

// processor is the processor time that this process has used.
func processor() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// fill publishes n events that one rule asks for, and waits until all are sent.
func fill(b *testing.B, m *machine, n int) {
	b.Helper()
	for at := 0; at < n; at += 16 {
		list := make([]event.Event, 0, 16)
		for i := range 16 {
			e, err := event.Parse(fmt.Appendf(nil, `{"specversion":"1.0","id":"e-%d","source":"acs.paidlc","type":"paidlc:JobStateChange:JobFailed","data":{"JobId":"dlc1","DisplayName":"job","Status":"Failed"}}`, at+i))
			require.NoError(b, err)
			list = append(list, e)
		}
		for {
			_, err := m.bus.Publish(b.Context(), "pai-system-lab", list...)
			if err == nil {
				break
			}
			time.Sleep(10 * time.Millisecond) // as many wait as may
		}
	}
	require.Eventually(b, func() bool {
		list, err := m.bus.History(b.Context(), local.Query{States: []local.State{local.Waiting, local.Started}, Limit: 1})
		return err == nil && len(list) == 0
	}, 5*time.Minute, 100*time.Millisecond)
}
