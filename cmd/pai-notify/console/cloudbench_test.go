package console_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/archive"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/console"
	"github.com/pai-notify/pai-notify/shared/bus/local"
	"github.com/pai-notify/pai-notify/shared/ledger"
	"github.com/pai-notify/pai-notify/shared/ledger/memory"
	"github.com/pai-notify/pai-notify/shared/outcome"
	"github.com/pai-notify/pai-notify/shared/provision"
)

// indexed is a store with an index by time and one by state, as those of the clouds
// have them: what it costs does not grow with its rows. It counts those that it
// hands out and, to find them, reads.
type indexed struct {
	*memory.Store
	rows []ledger.Entry // the newest first
	open []ledger.Entry // those of them in an index of what is open
	read int
}

func (s *indexed) List(_ context.Context, q ledger.Query) (p ledger.Page, err error) {
	rows, at := s.rows, 0
	if _, only := q.OnlyIndexed(); only {
		rows = s.open
	}
	if q.After != "" {
		if at, err = strconv.Atoi(q.After); err != nil {
			return p, err
		}
	} else if !q.To.IsZero() {
		at, _ = slices.BinarySearchFunc(rows, q.To, func(e ledger.Entry, to time.Time) int { return to.Compare(e.Created) })
	}
	for ; at < len(rows); at++ {
		if len(p.Entries) == q.Limit {
			p.Next = strconv.Itoa(at)
			break
		}
		if rows[at].Created.Before(q.From) {
			break
		}
		s.read++
		if q.Wants(rows[at]) {
			p.Entries = append(p.Entries, rows[at])
		}
	}
	return p, nil
}

// BenchmarkPageOverACloud renders pages with a history of 100,000 notifications in
// a ledger, in turns with the same pages over the bus of this machine. x-local is
// the ratio of their processor time, and rows/page what is read of the ledger, the
// counts that are made every some seconds included.
func BenchmarkPageOverACloud(b *testing.B) {
	const notifications = 100_000
	here := start(b, small, func(_ *console.Options, o *local.Options) {
		o.Concurrency = 16
		o.Invoke = func(context.Context, string, []byte) (json.RawMessage, error) {
			return json.RawMessage(`{"status":"sent","event_type":"dlc.job-failed","rule":"one","target":"dingtalk/dingtalk","http_status":200,"code":"0","attempts":1}`), nil
		}
	})
	fill(b, here, notifications)
	sent := outcome.Outcome{Status: outcome.Sent, EventType: "dlc.job-failed", Target: "dingtalk/dingtalk", HTTPStatus: 200, Code: "0"}
	kept := &indexed{Store: memory.New()}
	for n := range notifications {
		e := ledger.Entry{
			ID: fmt.Sprintf("%032x", n), Bus: "pai-system-lab", Owner: "lab", Rule: "one", RuleName: "one", Type: "dingtalk", Receiver: "dingtalk",
			EventID: "e-" + itoa(n), EventType: "dlc.job-failed", Job: "dlc1", JobName: "job", State: ledger.Sent, Outcome: sent,
			Claims: 1, Created: time.Now().Add(-time.Duration(n) * time.Second), Changed: time.Now(), Step: 1,
		}
		if n%100 == 7 {
			e.State, e.Outcome = ledger.Dead, refusedByRobot.Outcome
			kept.open = append(kept.open, e)
		}
		require.NoError(b, kept.Put(b.Context(), e))
		kept.rows = append(kept.rows, e)
	}
	cloud := start(b, small, func(o *console.Options, _ *local.Options) {
		o.Cloud.Name = provision.Aliyun
		o.History = archive.New(ledger.New(kept), provision.Cloud{Name: provision.Aliyun}, "pai-system-lab", time.Now)
		o.HistoryMost = archive.CountMost
	})
	newest, err := here.bus.History(b.Context(), local.Query{Limit: 1})
	require.NoError(b, err)
	for path, ids := range map[string][2]string{
		"/": {}, "/history": {}, "/history?state=dead&days=30": {}, "/history?job=dlc1&days=30": {}, "/history?q=dlc1": {}, "/history?q=job": {}, "/history?q=nothing": {}, "/history/": {newest[0].ID, kept.rows[7].ID},
	} {
		b.Run(path, func(b *testing.B) {
			var took [2]time.Duration
			look := func(i int) {
				before := processor()
				[]*machine{here, cloud}[i].page(b, path+ids[i])
				took[i] += processor() - before
			}
			look(0) // what is remembered for a while is remembered now
			look(1)
			took, kept.read = [2]time.Duration{}, 0
			turns := 0
			for b.Loop() {
				look(0)
				look(1)
				turns++
			}
			b.ReportMetric(took[1].Seconds()*1000/float64(turns), "cpu-ms/page")
			b.ReportMetric(took[1].Seconds()/took[0].Seconds(), "x-local")
			b.ReportMetric(float64(kept.read)/float64(turns), "rows/page")
		})
	}
}
