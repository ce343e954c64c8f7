package redeliver

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/pai-notify/pai-notify/shared/ledger"
	"github.com/pai-notify/pai-notify/shared/ledger/memory"
)

// turns has runs over one ledger.
func turns(t *testing.T, test func(t *testing.T, begin func(poked bool) *run)) {
	synctest.Test(t, func(t *testing.T) {
		f := &Function{Ledger: ledger.New(memory.New()).With(time.Now, 0), Bus: "pai-system-llm_lab", Now: time.Now}
		test(t, func(poked bool) *run { return &run{Function: f, turn: newTurn(poked)} })
	})
}

func TestWhoIsPokedLeavesItToARunThatGoesOn(t *testing.T) {
	turns(t, func(t *testing.T, begin func(bool) *run) {
		first, second := begin(true), begin(true)
		assert.True(t, first.mine(t.Context()))
		assert.False(t, second.mine(t.Context()))
		assert.False(t, second.wanted(t.Context()), "it has nothing to end")
		time.Sleep(longestTurn - time.Second)
		assert.True(t, first.mine(t.Context()), "it says that it goes on")
		assert.True(t, first.wanted(t.Context()), "the second asked it to look again before it ends")
		assert.False(t, first.wanted(t.Context()), "once")
		assert.True(t, begin(true).mine(t.Context()), "after it has ended")
	})
}

func TestTheTimersRunTakesTheTurn(t *testing.T) {
	turns(t, func(t *testing.T, begin func(bool) *run) {
		poked, timer := begin(true), begin(false)
		assert.True(t, poked.mine(t.Context()))
		assert.True(t, timer.mine(t.Context()))
		assert.True(t, poked.mine(t.Context()), "it looks now and then")
		time.Sleep(betweenTurns)
		assert.False(t, poked.mine(t.Context()))
		assert.False(t, poked.wanted(t.Context()), "it does not end the turn of another")
		time.Sleep(betweenTurns)
		assert.True(t, timer.mine(t.Context()))
		assert.False(t, begin(true).mine(t.Context()))
	})
}

func TestARunThatDiedKeepsNobodyBackForLong(t *testing.T) {
	turns(t, func(t *testing.T, begin func(bool) *run) {
		assert.True(t, begin(false).mine(t.Context()))
		assert.False(t, begin(true).mine(t.Context()))
		time.Sleep(longestTurn)
		assert.True(t, begin(true).mine(t.Context()))
	})
}

func TestALedgerThatDoesNotSayWhoseTurnItIsStopsNobody(t *testing.T) {
	turns(t, func(t *testing.T, begin func(bool) *run) {
		first, away := begin(true), begin(true)
		assert.True(t, first.mine(t.Context()))
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		assert.True(t, away.mine(ctx))
	})
}
