package bus

import (
	"context"
	"math/rand/v2"
	"time"
)

// The waits between attempts double from the first to the longest, and each is
// cut at random, so that several callers do not come back at once. Eleven of
// them are three quarters of a minute on average, within which both clouds
// forget about throttling, and half of all calls may fail without one in a
// thousand failing for good.
const (
	attempts = 12
	// FirstWait is the wait before the second attempt, at most.
	FirstWait   = 200 * time.Millisecond
	longestWait = 10 * time.Second
)

// Retry says how calls are repeated that failed and may pass later. Its zero
// value waits by the clock.
type Retry struct {
	// Sleep returns when the time is over, or fails when ctx ends before.
	Sleep func(ctx context.Context, d time.Duration) error
	// Random returns a number from 0 to 1, without 1.
	Random func() float64
}

// Passing tells whether a call that failed so may pass later.
func Passing(err error) bool {
	kind := KindOf(err)
	return kind == Throttled || kind == Unavailable
}

// Repeat calls until it passes, fails in a way that is not to be tried again, or
// there is no time left; it then returns what the last call said.
func (p Retry) Repeat(ctx context.Context, again func(error) bool, call func() error) error {
	wait := FirstWait
	for attempt := 1; ; attempt++ {
		err := call()
		if !again(err) || attempt == attempts || ctx.Err() != nil {
			return err
		}
		d := wait/2 + time.Duration(p.random()*float64(wait/2))
		if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) < d {
			return err
		}
		if p.Wait(ctx, d) != nil {
			return err
		}
		wait = min(2*wait, longestWait)
	}
}

// Wait returns when the time is over, or fails when ctx ends before.
func (p Retry) Wait(ctx context.Context, d time.Duration) error {
	if p.Sleep != nil {
		return p.Sleep(ctx, d)
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (p Retry) random() float64 {
	if p.Random != nil {
		return p.Random()
	}
	return rand.Float64() //nolint:gosec // it only spreads repetitions
}
