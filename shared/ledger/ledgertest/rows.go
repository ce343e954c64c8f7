package ledgertest

import (
	"bytes"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/ledger"
)

func rowsReadBack(t T, f Fixture) {
	rows := []ledger.Entry{
		full(idOf(0)),
		first(idOf(1)),
		// Nothing but what a row cannot be without.
		{ID: idOf(2), Bus: onBus, State: ledger.Claimed, Due: noon, Created: noon, Step: 1},
	}
	for i, state := range []ledger.State{ledger.Claimed, ledger.Waiting, ledger.Sent, ledger.Dead, ledger.Unknown, ledger.Skipped, ledger.Cancelled, ledger.Moved} {
		e := first(idOf(10 + i))
		e.State = state
		if state.Ended() {
			e.Due = time.Time{}
		}
		rows = append(rows, e)
	}
	put(t, f.Store, rows...)
	for _, e := range rows {
		stands(t, f.Store, e, e.State)
	}
	// A row loses what its next step does not have.
	bare := ledger.Entry{ID: idOf(0), Bus: onBus, State: ledger.Dead, Created: rows[0].Created, Step: 2}
	put(t, f.Store, bare)
	stands(t, f.Store, bare, "the step after a full one")
}

func missingIsZero(t T, f Fixture) {
	put(t, f.Store, first(idOf(0)))
	got, err := f.Store.Get(ctx, idOf(1))
	require.NoError(t, err)
	assert.Zero(t, got)
	due, err := f.Store.Due(ctx, onBus, noon.Add(time.Hour), 10)
	require.NoError(t, err)
	assert.Empty(t, due)
	page, err := f.Store.List(ctx, ledger.Query{Bus: "pai-system-other", Limit: 10})
	require.NoError(t, err)
	assert.Empty(t, page.Entries)
	c, err := f.Store.Control(ctx, "sender/none")
	require.NoError(t, err)
	assert.Zero(t, c)
}

func largeEventsReadBack(t T, f Fixture) {
	for i, event := range [][]byte{eventOf(24), eventOf(4 << 10), eventOf(64 << 10), eventOf(ledger.MaxEvent), unpackable(ledger.MaxEvent)} {
		e := with(idOf(i), ledger.Waiting, noon)
		e.Event = event
		put(t, f.Store, e)
		got, err := f.Store.Get(ctx, e.ID)
		require.NoError(t, err)
		assert.True(t, bytes.Equal(e.Event, got.Event), "an event of %d bytes reads back as one of %d", len(e.Event), len(got.Event))
		found, err := f.Store.Due(ctx, onBus, noon.Add(time.Second), 10)
		require.NoError(t, err)
		require.Len(t, found, i+1)
		for _, e := range found {
			assert.NotEmpty(t, e.Event, "what is due has its event")
		}
	}
}

func firstOnlyWhereNone(t T, f Fixture) {
	e := first(idOf(0))
	put(t, f.Store, e)
	rival := e
	rival.Token, rival.State = "rival", ledger.Sent
	assert.ErrorIs(t, f.Store.Put(ctx, rival), ledger.ErrConflict, "a first step where there is a row")
	assert.ErrorIs(t, f.Store.Put(ctx, e), ledger.ErrConflict, "the same first step again")
	stands(t, f.Store, e)
	late := first(idOf(1))
	late.Step = 2
	assert.ErrorIs(t, f.Store.Put(ctx, late), ledger.ErrConflict, "a second step where there is no row")
	got, err := f.Store.Get(ctx, late.ID)
	require.NoError(t, err)
	assert.Zero(t, got)
}

func nextStepOnly(t T, f Fixture) {
	e := first(idOf(0))
	put(t, f.Store, e)
	e = next(e, ledger.Waiting, noon)
	put(t, f.Store, e)
	e = next(e, ledger.Claimed, noon.Add(time.Minute))
	put(t, f.Store, e)
	for step := range int64(7) {
		if step == e.Step+1 {
			continue
		}
		rival := next(e, ledger.Sent, time.Time{})
		rival.Step = step
		assert.ErrorIs(t, f.Store.Put(ctx, rival), ledger.ErrConflict, "step %d over step %d", step, e.Step)
		stands(t, f.Store, e, "after a refused step %d", step)
	}
	// Steps are numbers and not text: 10 follows 9.
	for e.Step < 12 {
		e = next(e, ledger.Waiting, noon)
		put(t, f.Store, e)
	}
	stands(t, f.Store, e)
}

// refusedChangesNothing looks for a refused row in the indexes.
func refusedChangesNothing(t T, f Fixture) {
	e := next(first(idOf(0)), ledger.Sent, time.Time{})
	put(t, f.Store, first(idOf(0)), e)
	for i, state := range []ledger.State{ledger.Waiting, ledger.Dead} {
		rival := next(first(idOf(0)), state, noon.Add(-time.Hour))
		rival.Job = "dlc-rival"
		require.ErrorIs(t, f.Store.Put(ctx, rival), ledger.ErrConflict)
		due, err := f.Store.Due(ctx, onBus, noon, 10)
		require.NoError(t, err)
		assert.Empty(t, due, "%d", i)
		for _, q := range []ledger.Query{{States: []ledger.State{state}}, {Job: "dlc-rival"}} {
			assert.Empty(t, listed(t, f.Store, q, 10), "%+v", q)
		}
	}
	stands(t, f.Store, e)
}

func oneWriterSucceeds(t T, f Fixture) {
	const many, rounds = 16, 6
	e := first(idOf(0))
	for round := range rounds {
		var wins atomic.Int64
		var winner atomic.Value
		var done sync.WaitGroup
		for i := range many {
			mine := e
			mine.Token = fmt.Sprintf("round %d writer %d", round, i)
			done.Go(func() {
				switch err := f.Store.Put(ctx, mine); {
				case err == nil:
					wins.Add(1)
					winner.Store(mine.Token)
				default:
					assert.ErrorIs(t, err, ledger.ErrConflict)
				}
			})
		}
		done.Wait()
		require.EqualValues(t, 1, wins.Load(), "writers of step %d that succeeded", e.Step)
		e.Token = winner.Load().(string)
		stands(t, f.Store, e, "the row of the one who succeeded")
		e = next(e, ledger.Claimed, noon)
	}
}

// oldRowsAgree writes a row whose lifetime is over. Whether it is gone at once,
// later or never is the store's, but a row that is not read and cannot be written
// could never be claimed.
func oldRowsAgree(t T, f Fixture) {
	e := first(idOf(0))
	e.Created = noon.Add(-ledger.Lifetime - 48*time.Hour)
	e.Changed = e.Created
	put(t, f.Store, e)
	got, err := f.Store.Get(ctx, e.ID)
	require.NoError(t, err)
	if got.Step != 0 {
		same(t, e, got)
	}
	again := first(e.ID)
	again.Step = got.Step + 1
	put(t, f.Store, again)
	stands(t, f.Store, again)
}
