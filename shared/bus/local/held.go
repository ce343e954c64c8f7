package local

import (
	"container/heap"
	"context"
	"time"

	"github.com/pai-notify/pai-notify/shared/bus/local/store"
	"github.com/pai-notify/pai-notify/shared/outcome"
)

// A function may answer that a notification waits until a time: quiet hours, a mute
// or a group hold it. The bus takes it up when it is due. It has used up no retry,
// and the time in which it is tried has not begun.

// longestHeld is how long anything is held at most: functions hold for a day, by a
// clock that may differ a little.
const longestHeld = 24*time.Hour + 5*time.Minute

// holding tells that an outcome has a notification held. One that has a class is a
// failure which a function keeps in a ledger of its own.
func holding(o outcome.Outcome) bool { return o.Status == outcome.Waiting && o.Class == "" }

// heldFor is how long an outcome has a notification held, by the machine's clock. A
// time that cannot be is not believed: the next attempt is a retry then.
func heldFor(o outcome.Outcome, started, ended time.Time) (time.Duration, bool) {
	wait := o.Due.Sub(ended)
	if !holding(o) || o.Due.Before(started) || wait > longestHeld {
		return 0, false
	}
	return max(wait, whileBroken), true
}

// betweenLooks is how often a lane with something held looks at the machine's clock.
const betweenLooks = 5 * time.Second

// awake has what is held be due by the machine's clock where that has gone on without
// the process: its timers stand still while the machine is suspended. A clock that was
// set back delays nothing, because a function decides again. a.mu is held.
func (a *lane) awake(now time.Time) {
	clock := a.of.bus.options.Now().Round(0)
	opened := a.of.bus.opened
	ahead := clock.Sub(opened.Round(0)) - now.Sub(opened)
	switch by := ahead - a.ahead; {
	case by < 0:
		a.ahead = ahead
	case by > time.Second:
		a.ahead = ahead
		for _, w := range a.held.list {
			if due := now.Add(w.until.Sub(clock)); due.Before(w.due) {
				w.due = due
			}
		}
		heap.Init(&a.held)
	}
}

// held tells that the notification is held.
func (n Notification) held() bool { return holding(n.Outcome) && !n.Due.IsZero() }

// State says what became of a notification, when one that waits is due, and whether
// the history has it. One that is being sent has started.
func (b *Bus) State(ctx context.Context, id string) (state State, due time.Time, found bool, err error) {
	k, err := parseID(id)
	if err != nil {
		return 0, due, false, nil //nolint:nilerr // it is none of this bus
	}
	if _, sending := b.sending.Load(k); sending {
		return Started, due, true, nil
	}
	n, found, err := b.store.Notification(ctx, k)
	return n.State, n.Due, found, failed(err)
}

// release has a notification that is held sent now, and returns when that is on
// disk.
func (b *Bus) release(ctx context.Context, n store.Notification) error {
	w := b.takeOut(n.Key)
	if w == nil {
		return refuse(codeParameter, "the notification %s is being sent: look again in a minute", idOf(n.Key))
	}
	result := make(chan error, 1)
	err := b.store.Queue(ctx, func(tx *store.Tx) error {
		if !tx.Release(n.Key) {
			return refuse(codeParameter, "the notification %s is not held any more", idOf(n.Key))
		}
		return nil
	}, func(err error) {
		if err == nil {
			w.released, w.held, w.due = true, false, time.Time{}
		}
		b.enqueue(w) // as it was where that failed
		result <- err
	})
	if err != nil {
		b.enqueue(w)
		return failed(err)
	}
	select {
	case err := <-result:
		return failed(err)
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Invocation is what a function cannot read from its payload.
type Invocation struct {
	// Bus is the bus that the events came by.
	Bus string
	// Released tells that a person wants them sent now, whatever holds them.
	Released bool
	// Notifications are what the payload tells of, in its order. They have their IDs,
	// by which [Bus.State] is asked, and when their events were accepted.
	Notifications []Notification
}

type invocationKey struct{}

func (i Invocation) in(ctx context.Context) context.Context {
	return context.WithValue(ctx, invocationKey{}, i)
}

// From reads what the bus tells of an invocation from the context that
// [Options.Invoke] is called with; false where the bus does not invoke.
func (i *Invocation) From(ctx context.Context) bool {
	told, ok := ctx.Value(invocationKey{}).(Invocation)
	*i = told
	return ok
}
