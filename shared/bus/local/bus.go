// Package local is EventBridge on one machine. It accepts an event once the event
// is on disk, matches it against the rules, and invokes the targets' functions
// until each notification is sent or becomes a dead letter. Accepted events
// survive a crash.
//
// Names, limits, codes, transforms and retry strategies are those of Alibaba Cloud
// EventBridge.
package local

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pai-notify/pai-notify/shared/bus/local/store"
)

// Bus is the event buses of one machine. It is safe for concurrent use.
type Bus struct {
	options   Options
	store     *store.Store
	metrics   *metrics
	activated atomic.Bool

	now      atomic.Pointer[snapshot]
	changing sync.Mutex

	lanes   lanes
	paused  atomic.Bool  // see [Options.Paused]
	waiting atomic.Int64 // notifications that have not ended
	news    news
	opened  time.Time
	ended   ended
	sending sync.Map // keys of what functions have, until its end is on disk
	left    leaving

	closing  atomic.Bool
	life     context.Context // of the bus
	end      context.CancelFunc
	invoking context.Context // of attempts
	cut      context.CancelFunc
	upkeep   sync.WaitGroup
	once     sync.Once
}

// Open opens a bus with what its directory holds, and continues with pending
// notifications unless it is opened paused. It fails with an [*Error] when the
// directory cannot be used: another process has it, it cannot be written, or its
// database is damaged. ctx is for the opening alone.
func Open(ctx context.Context, o Options) (*Bus, error) {
	b := &Bus{options: o.withDefaults(), metrics: newMetrics(), opened: time.Now()}
	b.activated.Store(!o.NotActivated)
	b.paused.Store(o.Paused)
	b.life, b.end = context.WithCancel(context.WithoutCancel(ctx))
	b.invoking, b.cut = context.WithCancel(b.life)
	b.lanes.open(b)
	b.left.open()
	b.ended.signal = make(chan struct{}, 1)
	var err error
	b.store, err = store.Open(ctx, store.Options{Dir: o.Dir, MaxBytes: o.MaxBytes, Identify: b.options.identities, Wants: b.wants, Now: b.options.Now}, b.metrics.committed)
	if err != nil {
		b.end()
		return nil, failed(err)
	}
	if err := b.restore(ctx); err != nil {
		b.end()
		return nil, failed(errors.Join(err, b.store.Close()))
	}
	b.metrics.watch(b)
	b.upkeep.Go(b.maintain)
	b.upkeep.Go(b.look)
	b.upkeep.Go(b.report)
	b.upkeep.Go(b.leave)
	return b, nil
}

// restore loads the rules and the pending notifications.
func (b *Bus) restore(ctx context.Context) error {
	s, err := b.loadWhole(ctx)
	if err != nil {
		return err
	}
	b.now.Store(s)
	b.left.changed = time.Now()
	var pending []store.Pending
	if err := b.store.Pending(ctx, func(p store.Pending) { pending = append(pending, p) }); err != nil {
		return err
	}
	b.waiting.Add(int64(len(pending)))
	waiting := make([]*work, 0, len(pending))
	for _, p := range pending {
		w := &work{key: p.Key, time: p.Time.UnixMilli(), accepted: p.Accepted.UnixMilli(), attempts: p.Attempts, retries: p.Retries, since: p.Since, urgency: b.urgency(p.Key, p.Source, p.Type), released: p.Released, moved: p.Moved}
		if !p.Since.IsZero() {
			w.begun = time.Now().Add(-max(b.store.Reckoned().Sub(p.Since), 0))
		}
		if p.State == store.Started {
			b.interrupted(w, p.Started)
			continue
		}
		if !p.Due.IsZero() {
			// A clock that was set back must not keep it for years, nor others at all.
			left := max(p.Due.Sub(b.options.Now()), 0)
			w.due = time.Now().Add(min(left, longestWait))
			o, ok := readOutcome([]byte(p.Outcome))
			if ok && holding(o) && !p.Released {
				w.held, w.due, w.until = true, time.Now().Add(left), p.Due
				if left > longestHeld {
					w.due = time.Now() // its function holds it by the clock as it is now
				}
			}
			if ok && limited(o) && left <= longestWait {
				b.lanes.pause(p.Destination, w.due, passing(o, w))
				w.due = time.Time{}
			}
		}
		waiting = append(waiting, w)
	}
	// All of it stands in its lanes before the first is sent: the most urgent goes
	// first, and nothing to those who asked to be spared.
	paused := b.paused.Swap(true)
	for _, w := range waiting {
		if d := w.key.Destination; !s.live(d) && b.left.all[d] == nil {
			// Its receiver left just before the end, or comes with the rules that
			// are put in order now.
			b.left.all[d] = &leave{since: b.left.changed}
		}
	}
	b.enqueue(waiting...)
	b.paused.Store(paused)
	b.lanes.advance()
	return nil
}

// urgency ranks a pending notification by its event in the store.
func (b *Bus) urgency(k store.Key, source, typ string) int {
	return b.now.Load().receivers[k.Destination].urgency(source, typ, func() []byte {
		e, _, _ := b.store.Event(b.life, k.Event) // what cannot be read now ranks low
		return e.Body
	})
}

// Resume makes a bus that was opened paused accept events and send pending
// notifications.
func (b *Bus) Resume() {
	b.paused.Store(false)
	b.lanes.advance()
	b.left.tell()
}

// Close stops accepting events and beginning attempts. It lets attempts under way
// end until ctx ends, then cuts them off, and closes the database. Pending
// notifications continue when the directory is opened again.
func (b *Bus) Close(ctx context.Context) error {
	var err error
	b.once.Do(func() {
		b.closing.Store(true)
		b.lanes.stop(ctx)
		b.cut()
		b.lanes.wait(graceAfterCut)
		// What ended is on disk before it is told, and told before the end.
		flushed := b.store.Write(context.WithoutCancel(ctx), func(tx *store.Tx) error {
			tx.Advance()
			return nil
		})
		if flushed != nil {
			b.options.Log.Error("what ended last is not on disk", "error", flushed.Error())
		}
		b.end()
		b.upkeep.Wait()
		err = b.store.Close()
	})
	return err
}

// graceAfterCut is how long attempts that were cut off have to report how they
// ended.
const graceAfterCut = 2 * time.Second

// Activated reports whether the service is activated.
func (b *Bus) Activated() bool { return b.activated.Load() }

// Activate activates the service. It cannot be undone.
func (b *Bus) Activate(context.Context) error {
	b.activated.Store(true)
	return nil
}

// Healthy returns why events cannot be accepted; nil when they can.
func (b *Bus) Healthy() error {
	if b.paused.Load() {
		return errPaused
	}
	if err := b.store.Present(); err != nil {
		return failed(err)
	}
	if p := b.store.Failure(); p != nil {
		return failed(p)
	}
	if n := b.waiting.Load(); n >= int64(b.options.MaxWaiting) {
		return b.overfull(n)
	}
	return nil
}

// Waiting returns how many notifications are pending.
func (b *Bus) Waiting() int { return int(b.waiting.Load()) }
