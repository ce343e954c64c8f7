package ledgertest

import (
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/ledger"
)

// due lists what is due before a time.
func due(t T, s ledger.Store, busName string, before time.Time, limit int) []ledger.Entry {
	t.Helper()
	list, err := s.Due(ctx, busName, before, limit)
	require.NoError(t, err)
	return list
}

func dueInOrder(t T, f Fixture) {
	// Written in another order than they are due, and across a day's end.
	offsets := []time.Duration{-time.Second, -13 * time.Hour, -time.Millisecond, -49 * time.Hour, -2 * time.Millisecond, 0, time.Millisecond, 13 * time.Hour}
	for i, offset := range offsets {
		put(t, f.Store, with(idOf(i), ledger.Waiting, noon.Add(offset)))
	}
	assert.Equal(t, []string{idOf(3), idOf(1), idOf(0), idOf(4), idOf(2)}, ids(due(t, f.Store, onBus, noon, 100)), "due before a time, and not at it")
	assert.Len(t, due(t, f.Store, onBus, noon.Add(24*time.Hour), 100), len(offsets))
	assert.Equal(t, []string{idOf(3)}, ids(due(t, f.Store, onBus, noon.Add(-14*time.Hour), 100)))
	for _, e := range due(t, f.Store, onBus, noon, 2) {
		want := first(e.ID)
		want.State, want.Due = ledger.Waiting, e.Due
		same(t, want, e, "a whole row")
	}
}

func dueAsWritten(t T, f Fixture) {
	past := noon.Add(-time.Hour)
	put(t, f.Store, with(idOf(0), ledger.Claimed, past))
	assert.Empty(t, due(t, f.Store, onBus, noon, 10), "a first claim is in no index")

	e := next(first(idOf(1)), ledger.Claimed, past)
	e.Claims = 2
	put(t, f.Store, first(e.ID), e)
	got := due(t, f.Store, onBus, noon, 10)
	require.Len(t, got, 1, "a second claim is in the index")
	same(t, e, got[0])

	e = next(e, ledger.Waiting, noon.Add(time.Hour))
	put(t, f.Store, e)
	assert.Empty(t, due(t, f.Store, onBus, noon, 10), "it is due later")
	e = next(e, ledger.Waiting, past)
	put(t, f.Store, e)
	got = due(t, f.Store, onBus, noon, 10)
	require.Len(t, got, 1, "it is due again")
	same(t, e, got[0])

	for i, state := range []ledger.State{ledger.Sent, ledger.Dead, ledger.Unknown, ledger.Skipped, ledger.Cancelled, ledger.Moved} {
		id := idOf(10 + i)
		waits := with(id, ledger.Waiting, past)
		put(t, f.Store, waits, next(waits, state, time.Time{}))
	}
	assert.Equal(t, []string{e.ID}, ids(due(t, f.Store, onBus, noon, 10)), "what has ended is not due")
}

func dueToTheLimit(t T, f Fixture) {
	// More than one answer of a service holds: a hundred rows at DynamoDB, and
	// at both a number of bytes.
	const many = 130
	for i := range many {
		e := with(idOf(i), ledger.Waiting, noon.Add(-time.Duration(many-i)*time.Second))
		if i%10 == 0 {
			e.Event = eventOf(100 << 10)
		}
		put(t, f.Store, e)
	}
	for _, limit := range []int{1, 7, 101, many, 1000} {
		got := due(t, f.Store, onBus, noon, limit)
		require.Len(t, got, min(limit, many))
		for i, e := range got {
			require.Equal(t, idOf(i), e.ID, "the oldest first, of %d", limit)
		}
	}
	// Rows that were due before these and are not any more take no places.
	for i := range 40 {
		e := with(idOf(1000+i), ledger.Waiting, noon.Add(-time.Hour))
		put(t, f.Store, e, next(e, ledger.Sent, time.Time{}))
	}
	assert.Equal(t, idOf(0), due(t, f.Store, onBus, noon, 1)[0].ID)
}

func dueOfOneBus(t T, f Fixture) {
	names := []string{onBus, onBus + "2", "pai-system-llm", "default"}
	for i, name := range names {
		e := with(idOf(i), ledger.Waiting, noon.Add(-time.Hour))
		e.Bus = name
		put(t, f.Store, e)
	}
	for i, name := range names {
		assert.Equal(t, []string{idOf(i)}, ids(due(t, f.Store, name, noon, 10)), name)
	}
}
