package ledgertest

import (
	"fmt"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/ledger"
)

func heldUntil(t T, f Fixture) {
	c := &clock{noon}
	l := f.ledgerAt(f.Store, c, 0)
	e := unclaimed("held", false)
	_, claim, err := l.Claim(ctx, e, lease)
	require.NoError(t, err)
	until := noon.Add(20 * time.Hour)
	held, err := l.Settle(ctx, claim, ledger.Result{State: ledger.Waiting, Due: until, Because: "held until 08:00 (nights)", Held: true})
	require.NoError(t, err)
	stands(t, f.Store, held)
	assert.True(t, held.OnHold())
	list, err := l.Due(ctx, onBus, until, 10)
	require.NoError(t, err)
	assert.Empty(t, list, "it is not due before")
	c.at = until
	list, err = l.Due(ctx, onBus, until.Add(time.Second), 10)
	require.NoError(t, err)
	require.Len(t, list, 1)
	assert.True(t, list[0].OnHold())
	verdict, claim, err := l.Claim(ctx, e, lease)
	require.NoError(t, err)
	require.Equal(t, ledger.Mine, verdict)
	assert.False(t, claim.OnHold())
	failed, err := l.Settle(ctx, claim, ledger.Result{State: ledger.Waiting, Due: until.Add(time.Minute)})
	require.NoError(t, err)
	stands(t, f.Store, failed)
	assert.False(t, failed.OnHold(), "now it waits because it failed")
	assert.True(t, until.Equal(failed.Began()), "and is tried for as long as one that was not held")
}

// sentOverHeld holds over a store with faults, and sends what could not be held.
func sentOverHeld(t T, f Fixture) {
	c := &clock{noon}
	for i, faults := range badDays() {
		for _, phone := range []bool{false, true} {
			about := fmt.Sprintf("calls: %v, phone: %v", faults, phone)
			e := unclaimed(fmt.Sprintf("%d %v", i, phone), phone)
			bad := NewFaulty(f.Store, inTurn(faults))
			sure := f.ledgerAt(f.Store, c, 0)
			_, claim, err := sure.Claim(ctx, e, lease)
			require.NoError(t, err, about)
			_, err = f.ledgerAt(bad, c, 0).Settle(ctx, claim, ledger.Result{State: ledger.Waiting, Due: noon.Add(time.Hour), Held: true})
			bad.Land()
			if err == nil {
				continue
			}
			row, err := sure.Settle(ctx, claim, ledger.Result{State: ledger.Sent})
			require.NoError(t, err, about)
			require.Equal(t, ledger.Sent, row.State, about)
			stands(t, f.Store, row, about)
		}
	}
}
