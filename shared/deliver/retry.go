package deliver

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/pai-notify/pai-notify/shared/target"
)

const (
	// Retries inside one invocation bridge a hiccup; anything longer is the
	// platform's to retry, which costs nothing while it waits.
	maxAttempts  = 3
	firstBackoff = 500 * time.Millisecond
	// An attempt that has less time than this would be cut off in the middle
	// and end with an outcome nobody knows.
	minAttempt = 2 * time.Second
	// Longer waits are the platform's, however much time an invocation has.
	longestWait = 30 * time.Second
	// The answer itself needs some of the deadline, and a ledger some more.
	answerReserve = 500 * time.Millisecond
	settleReserve = 1500 * time.Millisecond
)

// send sends n to t, and again where that helps and the deadline allows. It
// returns the receipt, the number of attempts and the last error.
func (f *Function) send(ctx context.Context, r *run, t *openTarget, n target.Notification, g guard) (receipt target.Receipt, attempts int, last error) {
	if deadline, ok := ctx.Deadline(); ok {
		var cancel context.CancelFunc
		reserve := answerReserve
		if f.ledger != nil {
			reserve = settleReserve
		}
		ctx, cancel = context.WithDeadline(ctx, deadline.Add(-reserve))
		defer cancel()
	}
	backoff := firstBackoff
	for try := 1; ; try++ {
		// An attempt that would be cut off is not begun: whoever waits for the
		// notification is better served by the platform's next invocation.
		if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) < minAttempt {
			return receipt, attempts, cmp.Or(last, errNoTime)
		}
		if place, err := f.take(ctx, r, t, n, g); err != nil && last != nil {
			return receipt, attempts, last // why it was not sent is what counts
		} else if err != nil {
			last = err
			if wait, _ := target.Wait(err); g.claimed && !f.spec.Apart && (errors.Is(err, errStorm) || wait > longestInPlace) {
				if !errors.Is(err, errBlocked) {
					// The ledger adds what a platform's clock may differ by, which a window counts.
					err = target.RetryAfter(max(wait-afterLimit, 0), err)
				}
				return receipt, attempts, err // it is sent together with what waits, too
			}
		} else {
			attempts++
			receipt, last = f.attempt(ctx, r, t, n, place)
		}
		err := last
		if err == nil || final(err) || try == maxAttempts || ctx.Err() != nil {
			return receipt, attempts, err
		}
		wait, named := target.Wait(err)
		if !named {
			// Half of the pause is random, so that functions that failed
			// together do not come back together.
			wait = backoff/2 + time.Duration(f.random()*float64(backoff/2))
			backoff *= 2
		}
		if deadline, ok := ctx.Deadline(); wait > f.longest || ok && time.Until(deadline) < wait+minAttempt {
			return receipt, attempts, err
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return receipt, attempts, err
		}
	}
}

// final reports whether this invocation makes no further attempt after err.
func final(err error) bool {
	return target.IsPermanent(err) || target.IsUnknown(err) || target.IsUnconfirmed(err)
}

// attempt sends once, in the place that was reserved for it. If a target whose
// messages must not be duplicated panics, the outcome is unknown.
func (f *Function) attempt(ctx context.Context, r *run, t *openTarget, n target.Notification, place attempt) (receipt target.Receipt, err error) {
	counting, requests := target.Counting(ctx)
	err = protect(func() error {
		receipt, err = t.Send(counting, n)
		return err
	})
	if f.spec.AtMostOnce() && stackOf(err) != nil {
		err = target.Unknown(err)
	}
	reached := requests.Reached()
	if err == nil || target.IsUnknown(err) {
		reached = max(reached, t.messages)
	}
	f.ended(ctx, r, place, reached, err)
	return receipt, err
}

var errNoTime = errors.New("deliver: no time was left to send it in this invocation")

// protect turns a panic into a permanent error, so that both platforms see the
// same: one would answer and go on, the other would end the process.
func protect(run func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = target.Permanent(&panicError{value: p, stack: debug.Stack()})
		}
	}()
	return run()
}

// panicError keeps the panic's value out of the outcome: it may hold a secret.
type panicError struct {
	value any
	stack []byte
}

func (p *panicError) Error() string {
	return fmt.Sprintf("deliver: the target panicked (%T): this is a defect of the target's code", p.value)
}

// stackOf returns the stack of the panic that err came from; nil for other errors.
func stackOf(err error) []byte {
	if p, ok := errors.AsType[*panicError](err); ok {
		return p.stack
	}
	return nil
}
