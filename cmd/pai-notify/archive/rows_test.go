package archive_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/archive"
	"github.com/pai-notify/pai-notify/shared/bus/local"
	"github.com/pai-notify/pai-notify/shared/ledger/health"
	"github.com/pai-notify/pai-notify/shared/outcome"
)

func TestTheHealthOfABusOfThisMachineIsReadAsThatOfALedger(t *testing.T) {
	now := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	failure := outcome.Outcome{Status: outcome.Failed, Class: outcome.Permanent, Code: "310000", Reason: "no such robot"}
	made := func(id, receiver string, state local.State, ago time.Duration, o outcome.Outcome) local.Notification {
		n := local.Notification{ID: id, Bus: "b", Rule: "died", RuleKey: "r1", Receiver: receiver, Target: receiver, State: state, Outcome: o, Accepted: now.Add(-ago), Ended: now.Add(-ago + time.Minute)}
		if state == local.Waiting {
			n.Due = now.Add(time.Hour)
		}
		return n
	}
	all := []local.Notification{
		made("6-1", "dingtalk/e", local.Waiting, time.Hour, outcome.Outcome{Status: outcome.Waiting}),
		made("5-1", "dingtalk/d", local.Waiting, 2*time.Hour, outcome.Outcome{Status: outcome.Failed, Class: outcome.Transient}),
		made("4-1", "dingtalk/a", local.Cancelled, 3*time.Hour, failure),
		made("3-1", "dingtalk/a", local.Dead, 4*time.Hour, failure),
		made("2-1", "dingtalk/a", local.Sent, 5*time.Hour, outcome.Outcome{Status: outcome.Sent}),
	}
	for n := range 300 { // more than one page
		all = append(all, made("1-"+string(rune('a'+n)), "dingtalk/a", local.Sent, 6*time.Hour, outcome.Outcome{Status: outcome.Sent}))
	}
	pages := 0
	r, err := health.Read(t.Context(), archive.RowsOf(func(_ context.Context, q local.Query) (list []local.Notification, _ error) {
		pages++
		assert.Equal(t, "b", q.Bus)
		from := slices.IndexFunc(all, func(n local.Notification) bool { return n.ID == q.After }) + 1
		for _, n := range all[from:] {
			if (len(q.States) == 0 || slices.Contains(q.States, n.State)) && len(list) < q.Limit {
				list = append(list, n)
			}
		}
		return list, nil
	}), "b", now)
	require.NoError(t, err)
	assert.Equal(t, 4, pages, "two pages of all, one of what waits and one of dead letters")
	a := health.Receiver{Rule: "r1", RuleName: "died", Receiver: "dingtalk/a", Dead: 1, Sent: now.Add(-5*time.Hour + time.Minute), Failed: now.Add(-4*time.Hour + time.Minute), Failure: failure}
	d := health.Receiver{Rule: "r1", RuleName: "died", Receiver: "dingtalk/d", Waiting: 1, Failed: now.Add(-2*time.Hour + time.Minute), Failure: all[1].Outcome}
	e := health.Receiver{Rule: "r1", RuleName: "died", Receiver: "dingtalk/e", Held: 1}
	assert.Equal(t, health.Report{Receivers: []health.Receiver{a, d, e}, Waiting: 1, Dead: 1, Held: 1, Oldest: now.Add(-2 * time.Hour), LastDead: now.Add(-4*time.Hour + time.Minute)}, r)
}
