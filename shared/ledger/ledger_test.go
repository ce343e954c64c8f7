package ledger_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/ledger"
	"github.com/pai-notify/pai-notify/shared/ledger/memory"
)

const onBus = "pai-system-llm_lab"

func TestANotificationHasOneSender(t *testing.T) {
	now := time.Date(2026, 11, 28, 3, 0, 0, 0, time.UTC)
	l := ledger.New(memory.New()).With(func() time.Time { return now }, 0)
	e := ledger.Entry{ID: "n1", Bus: onBus}

	verdict, claim, err := l.Claim(t.Context(), e, time.Minute)
	require.NoError(t, err)
	require.Equal(t, ledger.Mine, verdict)
	verdict, _, err = l.Claim(t.Context(), e, time.Minute)
	require.NoError(t, err)
	assert.Equal(t, ledger.Taken, verdict, "the lease lasts")

	_, err = l.Settle(t.Context(), claim, ledger.Result{State: ledger.Sent})
	require.NoError(t, err)
	verdict, row, err := l.Claim(t.Context(), e, time.Minute)
	require.NoError(t, err)
	assert.Equal(t, ledger.Done, verdict)
	assert.Equal(t, ledger.Sent, row.State)
}

func TestALeaseThatHasEndedIsTakenOverExceptForPhones(t *testing.T) {
	now := time.Date(2026, 11, 28, 3, 0, 0, 0, time.UTC)
	l := ledger.New(memory.New()).With(func() time.Time { return now }, 0)
	for id, phone := range map[string]bool{"chat": false, "text": true} {
		e := ledger.Entry{ID: id, Bus: onBus, AtMostOnce: phone}
		_, dead, err := l.Claim(t.Context(), e, time.Minute)
		require.NoError(t, err)
		now = now.Add(time.Minute + ledger.Margin)
		verdict, row, err := l.Claim(t.Context(), e, time.Minute)
		require.NoError(t, err)
		if phone {
			assert.Equal(t, ledger.Done, verdict)
			assert.Equal(t, ledger.Unknown, row.State)
		} else {
			assert.Equal(t, ledger.Mine, verdict)
			assert.Equal(t, 2, row.Claims)
		}
		_, err = l.Settle(t.Context(), dead, ledger.Result{State: ledger.Sent})
		assert.ErrorIs(t, err, ledger.ErrLost)
	}
}

func TestNoStatesAskForAll(t *testing.T) {
	for _, none := range [][]ledger.State{nil, {}} {
		q := ledger.Query{Bus: onBus, States: none}
		assert.True(t, q.Wants(ledger.Entry{Bus: onBus, State: ledger.Dead}))
		_, only := q.OnlyIndexed()
		assert.False(t, only)
	}
}
