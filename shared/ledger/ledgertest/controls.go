package ledgertest

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/ledger"
)

func controlsCompare(t T, f Fixture) {
	control := func(key string) ledger.Control {
		c, err := f.Store.Control(ctx, key)
		require.NoError(t, err)
		return c
	}
	values := map[string][]byte{
		"heartbeat/" + onBus:       []byte(`{"at":"2026-11-28T03:00:00Z"}`),
		"sender/0123456789abcdef":  []byte(odd),
		"mutes/" + onBus:           {0, 0xff, 0xfe, 'x'},
		"mutes/" + onBus + "/long": []byte(strings.Repeat("夜", 30<<10)),
		"工作空间/" + odd:              []byte("{}"),
	}
	for key, value := range values {
		require.NoError(t, f.Store.PutControl(ctx, ledger.Control{Key: key, Value: value, Token: "a" + odd, Step: 1}), key)
	}
	for key, value := range values {
		assert.Equal(t, ledger.Control{Key: key, Value: value, Token: "a" + odd, Step: 1}, control(key))
	}
	key := "heartbeat/" + onBus
	second := ledger.Control{Key: key, Value: []byte("2"), Token: "b", Step: 2}
	require.NoError(t, f.Store.PutControl(ctx, second))
	for step := range int64(6) {
		if step != 3 {
			assert.ErrorIs(t, f.Store.PutControl(ctx, ledger.Control{Key: key, Value: []byte("x"), Step: step}), ledger.ErrConflict, "step %d over 2", step)
		}
	}
	assert.ErrorIs(t, f.Store.PutControl(ctx, ledger.Control{Key: "none", Value: []byte("x"), Step: 2}), ledger.ErrConflict, "a second step where there is none")
	assert.Equal(t, second, control(key))

	// A notification of the same name is another row.
	put(t, f.Store, first("heartbeat"))
	assert.Zero(t, control("heartbeat"))
	got, err := f.Store.Get(ctx, key)
	require.NoError(t, err)
	assert.Zero(t, got)
	assert.Len(t, listed(t, f.Store, ledger.Query{}, 10), 1, "control rows are not history")

	var wins atomic.Int64
	var done sync.WaitGroup
	for i := range 16 {
		done.Go(func() {
			err := f.Store.PutControl(ctx, ledger.Control{Key: key, Value: fmt.Append(nil, i), Token: fmt.Sprint(i), Step: 3})
			if err == nil {
				wins.Add(1)
			} else {
				assert.ErrorIs(t, err, ledger.ErrConflict)
			}
		})
	}
	done.Wait()
	assert.EqualValues(t, 1, wins.Load(), "of sixteen who write one step")
}

// countsOnBadDays counts in a control row over a store with faults.
func countsOnBadDays(t T, f Fixture) {
	c := &clock{noon}
	more := func(value []byte) ([]byte, bool) { return append(value, 'x'), true }
	for i, faults := range badDays() {
		about := fmt.Sprintf("calls: %v", faults)
		key := fmt.Sprint("count/", i)
		bad := NewFaulty(f.Store, inTurn(faults))
		value, err := f.ledgerAt(bad, c, 0).Update(ctx, key, more)
		bad.Land()
		row, err2 := f.Store.Control(ctx, key)
		require.NoError(t, err2)
		if err == nil {
			require.Equal(t, "x", string(value), about)
			require.Equal(t, "x", string(row.Value), "counted once; %s", about)
		} else {
			require.LessOrEqual(t, len(row.Value), 1, about)
			require.False(t, errors.Is(err, ledger.ErrConflict), about)
		}
		value, err = f.ledgerAt(f.Store, c, 0).Update(ctx, key, func([]byte) ([]byte, bool) { return []byte("y"), false })
		require.NoError(t, err)
		require.Equal(t, string(row.Value), string(value), "left as it is")
	}
	var counted atomic.Int64
	var done sync.WaitGroup
	for range 16 {
		done.Go(func() {
			if _, err := f.ledgerAt(f.Store, c, 0).Update(ctx, "count/all", more); err == nil {
				counted.Add(1)
			}
		})
	}
	done.Wait()
	row, err := f.Store.Control(ctx, "count/all")
	require.NoError(t, err)
	assert.Positive(t, counted.Load())
	assert.EqualValues(t, counted.Load(), len(row.Value), "of sixteen at once each is counted, or is told that it is not")
}
