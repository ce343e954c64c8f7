package health_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/ledger"
	"github.com/pai-notify/pai-notify/shared/ledger/health"
	"github.com/pai-notify/pai-notify/shared/ledger/memory"
	"github.com/pai-notify/pai-notify/shared/outcome"
)

const onBus = "pai-system-lab"

var now = time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)

func add(t *testing.T, s ledger.Store, id, receiver string, ago time.Duration, r ledger.Result) {
	t.Helper()
	l := ledger.New(s).With(func() time.Time { return now.Add(-ago) }, 0)
	_, claim, err := l.Claim(t.Context(), ledger.Entry{ID: id, Bus: onBus, Rule: "r1", RuleName: "died", Type: "dingtalk", Receiver: receiver}, time.Minute)
	require.NoError(t, err)
	_, err = l.Settle(t.Context(), claim, r)
	require.NoError(t, err)
}

func TestAReportTellsOfEachReceiverHowItsMessagesEnded(t *testing.T) {
	s := memory.New()
	failure := outcome.Outcome{Status: outcome.Failed, Class: outcome.Permanent, Code: "310000", Reason: "no such robot"}
	dead := ledger.Result{State: ledger.Dead, Outcome: failure}
	add(t, s, "1", "a", 5*time.Hour, ledger.Result{State: ledger.Sent})
	add(t, s, "2", "a", 3*time.Hour, dead)
	add(t, s, "3", "a", 4*time.Hour, ledger.Result{State: ledger.Sent})
	add(t, s, "4", "a", 2*time.Hour, ledger.Result{State: ledger.Cancelled, Outcome: failure})
	add(t, s, "5", "b", 10*24*time.Hour, dead)
	add(t, s, "6", "c", time.Hour, ledger.Result{State: ledger.Unknown, Because: "its sender did not say how it ended"})
	add(t, s, "7", "d", time.Hour, ledger.Result{State: ledger.Waiting, Due: now.Add(time.Hour), Because: "the platform gave its invocation up"})
	add(t, s, "8", "e", time.Hour, ledger.Result{State: ledger.Waiting, Due: now.Add(time.Hour), Because: "held until 08:00 (nights)", Held: true, Outcome: outcome.Outcome{Status: outcome.Waiting}})
	r, err := health.Read(t.Context(), ledger.New(s), onBus, now)
	require.NoError(t, err)
	receiver := func(name string) health.Receiver {
		return health.Receiver{Rule: "r1", RuleName: "died", Type: "dingtalk", Receiver: name}
	}
	a, b, c, d, held := receiver("a"), receiver("b"), receiver("c"), receiver("d"), receiver("e")
	a.Sent, a.Failed, a.Failure, a.Dead = now.Add(-4*time.Hour), now.Add(-3*time.Hour), failure, 1
	b.Dead = 1 // it is older than a report looks for anything but what a person may send again
	c.Failed, c.Failure = now.Add(-time.Hour), outcome.Outcome{Reason: "its sender did not say how it ended"}
	d.Waiting = 1
	held.Held = 1 // which is no problem
	assert.Equal(t, health.Report{Waiting: 1, Dead: 2, Held: 1, Oldest: now.Add(-time.Hour), LastDead: now.Add(-3 * time.Hour), Receivers: []health.Receiver{a, b, c, d, held}}, r)
	assert.Equal(t, []bool{true, false, true, false, false}, []bool{a.Failing(), b.Failing(), c.Failing(), d.Failing(), held.Failing()})
}

func TestAReportReadsNoMoreThanItMay(t *testing.T) {
	s := memory.New()
	for n := range 2100 {
		add(t, s, fmt.Sprint(n), "a", time.Hour, ledger.Result{State: ledger.Sent})
	}
	r, err := health.Read(t.Context(), ledger.New(s), onBus, now)
	require.NoError(t, err)
	assert.True(t, r.More)
	assert.Len(t, r.Receivers, 1)
}
