package deliver

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/hold"
	"github.com/pai-notify/pai-notify/shared/ledger"
	"github.com/pai-notify/pai-notify/shared/outcome"
	"github.com/pai-notify/pai-notify/shared/target"
)

// TestAnEventOfARuleWithABrokenPatternIsNotPassedOver: nobody knows whether it is wanted.
func TestAnEventOfARuleWithABrokenPatternIsNotPassedOver(t *testing.T) {
	n := &night{t: t, policy: recoverable}
	text := strings.Replace(n.event("e1", "a", "running", "00:00"), `"rule":`, `"patterns":[{"type":"x"}],"rule":`, 1)
	f, _ := newFunction(nil)
	list, _ := invoke(t, channel(f, hold.Chat), text)
	assert.Equal(t, outcome.Failed, list[0].Status, list[0].Reason)
}

// TestACriticalThatWasToldWithOthersStaysAtOnceWhenItIsTriedAgain has a group's first
// message, of two events, fail.
func TestACriticalThatWasToldWithOthersStaysAtOnceWhenItIsTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		of := newTable()
		f, l := on(of, false, nil)
		channel(f, hold.Chat)
		l.answer = func(_ context.Context, n int, _ target.Notification) error {
			return map[bool]error{true: errors.New("busy")}[n <= 3]
		}
		hour := `{"group":{"by":"job","wait":3600}}`
		a, b := ruledBy(hour, 1, "info"), ruledBy(hour, 2, "critical")
		_, _ = invoke(t, f, string(batch(a, b)))
		require.Equal(t, ledger.Waiting, rows(t, of)["e2"].State)
		time.Sleep(time.Minute)
		_, _ = invoke(t, f, string(batch(b, a))) // as redeliver orders them
		assert.Equal(t, ledger.Sent, rows(t, of)["e2"].State, rows(t, of)["e2"].Because)
	})
}

// TestATextGroupedByRuleStillTellsOfEachJob has two jobs fail that one rule asks for.
func TestATextGroupedByRuleStillTellsOfEachJob(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		of := newTable()
		f, _ := on(of, false, nil)
		channel(f, hold.Text)
		byRule := `{"group":{"by":"rule","wait":120}}`
		text := map[int]string{}
		for n := range 2 {
			text[n] = strings.Replace(happened(n+1, 0, "critical"), `"rule":"gpu-died"`, `"rule":{"name":"gpu-died","policy":`+byRule+`}`, 1)
			_, _ = invoke(t, f, text[n])
			time.Sleep(time.Second)
		}
		time.Sleep(3 * time.Minute)
		_, _ = invoke(t, f, text[1])
		require.NotEqual(t, rows(t, of)["e1"].Job, rows(t, of)["e2"].Job)
		assert.Equal(t, ledger.Sent, rows(t, of)["e2"].State, rows(t, of)["e2"].Because)
	})
}

// TestWhatNobodyWouldTakeUpIsNotHeldBackInAStorm has six events come whose bus nobody
// names, of which a window takes twenty.
func TestWhatNobodyWouldTakeUpIsNotHeldBackInAStorm(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		of := newTable()
		f, _ := on(of, false, nil)
		channel(f, hold.Chat)
		f.bus, f.spec.Rates = "", []target.Rate{{Messages: 20, Per: time.Minute}}
		for n := range 6 {
			list, _ := invoke(t, f, happened(n+1, 0, "info"))
			assert.Equal(t, outcome.Sent, list[0].Status, list[0].Reason)
		}
	})
}

// TestWhatFailsInTheSecondInWhichItRanAgainIsTold has a job crash as it starts again:
// events have whole seconds.
func TestWhatFailsInTheSecondInWhichItRanAgainIsTold(t *testing.T) {
	eachNight(t, recoverable, hold.Chat, func(t *testing.T, n *night) {
		require.Equal(t, outcome.Sent, n.comes("e1", "a", "failed", "01:00").Status)
		require.Equal(t, outcome.Sent, n.comes("e2", "a", "running", "01:10").Status)
		again := n.arrives("01:11", "e3", "a", "failed", "01:10")
		assert.Equal(t, outcome.Sent, again.Status, again.Reason)
	})
}
