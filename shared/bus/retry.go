package bus

import (
	"context"
	"math/rand/v2"
	"time"
)

// The waits between attempts double from the first to the longest, and each is
// shortened at random, so that several callers do not come back at once. Eleven of
// them are three quarters of a minute on average, in which both clouds stop
// throttling; if half of all calls fail, less than one in a thousand fails for
// good.
const (
	attempts = 12
	// FirstWait is the longest wait before the second attempt.
	FirstWait   = 200 * time.Millisecond
	longestWait = 10 * time.Second
)

// Retry says how to repeat calls that failed and may succeed later. Its zero value
// waits by the clock.
type Retry struct {
	// Sleep returns after d, or fails when ctx ends first.
	Sleep func(ctx context.Context, d time.Duration) error
	// Random returns a number from 0 up to, but not including, 1.
	Random func() float64
}

// Passing reports whether a call that failed with err may succeed later.
func Passing(err error) bool {
	kind := KindOf(err)
	return kind == Throttled || kind == Unavailable
}

// Repeat calls until a call succeeds, again returns false for its error, or no
// time is left. It returns the error of the last call.
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

// Wait returns after d, or fails when ctx ends first.
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
