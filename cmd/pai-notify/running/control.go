package running

import (
	"bytes"
	"context"
	"errors"
	"time"
)

// swap replaces a control row by To, if it is still If. Without Write it is read.
type swap struct {
	Key    string
	Write  bool
	If, To []byte
}

// swapped is a control row as it stands then.
type swapped struct {
	Value []byte
	Done  bool
}

// control answers for the control rows of an archive.
func control(a Archive) func(context.Context, swap) (swapped, error) {
	return func(ctx context.Context, q swap) (swapped, error) {
		var done bool
		value, err := a.Update(ctx, q.Key, func(value []byte) ([]byte, bool) {
			done = q.Write && bytes.Equal(value, q.If)
			return q.To, done
		})
		return swapped{value, done}, err
	}
}

// swaps is how often a row is tried that others change at the same time.
const swaps = 10

// Update replaces a control row: see [local.Bus.Update].
func (r Remote) Update(ctx context.Context, key string, change func(value []byte) ([]byte, bool)) ([]byte, error) {
	now, err := Ask[swapped](ctx, r.Process, "control", swap{Key: key})
	for range swaps {
		if err != nil {
			return nil, err
		}
		next, replace := change(bytes.Clone(now.Value))
		if !replace {
			return now.Value, nil
		}
		if now, err = Ask[swapped](ctx, r.Process, "control", swap{key, true, now.Value, next}); err == nil && now.Done {
			return now.Value, nil
		}
	}
	return nil, errors.Join(err, errors.New("others changed the same thing each time: try again"))
}

// reconsidered names what is decided about afresh.
type reconsidered struct {
	IDs []string
	At  time.Time
}

// Reconsider has what is held decided about afresh.
func (r Remote) Reconsider(ctx context.Context, ids []string, at time.Time) (int, error) {
	return Ask[int](ctx, r.Process, "reconsider", reconsidered{ids, at})
}
