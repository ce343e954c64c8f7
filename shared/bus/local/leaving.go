package local

import (
	"context"
	"sync"
	"time"

	"github.com/pai-notify/pai-notify/shared/bus/local/store"
)

// Rules are changed by several calls, and one of them may take a receiver away
// that the next one puts back elsewhere. What waits for a receiver that is gone is
// held for leaveAfter since the last change, at most leaveAtMost, unless whoever
// changes the rules says sooner that this is all: see [Bus.Settle].
const (
	leaveAfter  = 2 * time.Second
	leaveAtMost = 30 * time.Second
)

// Why a notification ends without an attempt.
const (
	reasonGone     = "the receiver was removed from the rule before this was sent: put it back and redrive, or redrive to another one"
	reasonDisabled = "the rule was disabled before this was sent: enable it, and redrive what was cancelled"
)

// leaving are the destinations to which nothing can be sent any more: no target
// is left, or those that are left are of disabled rules. What waits there is held
// until it is known that this is meant so.
type leaving struct {
	mu      sync.Mutex
	all     map[int64]*leave
	changed time.Time // the rules, last
	signal  chan struct{}
	ending  sync.Mutex // held while what is over is handed to the store
}

// leave is one of them.
type leave struct {
	since time.Time
	// meant is true when there is no need to wait.
	meant bool
	held  []*work
}

func (l *leaving) open() {
	l.all, l.signal = map[int64]*leave{}, make(chan struct{}, 1)
}

func (l *leaving) tell() {
	select {
	case l.signal <- struct{}{}:
	default:
	}
}

// live reports whether notifications for a destination can be sent.
func (s *snapshot) live(destination int64) bool {
	r := s.receivers[destination]
	return r != nil && r.enabled
}

// enqueue puts work into its lanes or, when its receiver is leaving, holds it.
func (b *Bus) enqueue(list ...*work) {
	now := b.now.Load()
	live := make([]*work, 0, len(list))
	for _, w := range list {
		if now.live(w.key.Destination) {
			live = append(live, w)
		} else {
			b.keep(w)
		}
	}
	b.lanes.add(live...)
	if len(live) > 0 && b.now.Load() != now {
		b.hold() // a receiver may have left meanwhile
	}
}

// keep holds work whose receiver is leaving.
func (b *Bus) keep(w *work) {
	b.left.mu.Lock()
	l, known := b.left.all[w.key.Destination]
	back := b.now.Load().live(w.key.Destination)
	if !back {
		if !known {
			// It left before, or there was nothing here to hold.
			l = &leave{since: time.Now(), meant: true}
			b.left.all[w.key.Destination] = l
		}
		l.held = append(l.held, w)
	}
	b.left.mu.Unlock()
	if back {
		b.lanes.add(w)
		return
	}
	b.left.tell()
}

// replace puts another snapshot into effect. Notifications for those of the
// touched receivers that it no longer has are held, and continue if they come
// back. It reports whether one of them was removed on purpose.
func (b *Bus) replace(next *snapshot, touched []int64) (meant bool) {
	var back []*work
	before := b.now.Load()
	b.left.mu.Lock()
	now := time.Now()
	b.left.changed = now
	for _, d := range touched {
		if !before.live(d) || next.live(d) {
			continue
		}
		// As many targets send there as before: somebody has disabled a rule.
		l := &leave{since: now, meant: next.receivers[d] != nil && next.ways[d] == before.ways[d]}
		b.left.all[d] = l
		meant = meant || l.meant
	}
	for d, l := range b.left.all {
		if next.live(d) {
			back = append(back, l.held...)
			delete(b.left.all, d)
		}
	}
	leaving := len(b.left.all) > 0
	b.now.Store(next)
	b.left.mu.Unlock()
	b.lanes.follow(before, next)
	b.enqueue(back...)
	if leaving {
		b.hold()
	}
	return meant
}

// hold takes the notifications of receivers that are leaving out of the lanes.
func (b *Bus) hold() {
	now := b.now.Load()
	for _, w := range b.lanes.take(func(w *work) bool { return !now.live(w.key.Destination) }) {
		b.enqueue(w)
	}
	b.left.tell()
}

// leave ends the notifications of receivers that have left, until the bus closes.
func (b *Bus) leave() {
	timer := time.NewTimer(leaveAtMost)
	defer timer.Stop()
	for {
		select {
		case <-b.life.Done():
			return
		case <-b.left.signal:
		case <-timer.C:
		}
		if wait := b.endLeft(false); wait > 0 {
			timer.Reset(wait)
		}
	}
}

// endLeft ends the notifications of receivers that have left, or of all that are
// leaving, and returns when to look again; 0 for not before something changes.
// While the bus is paused it ends nothing, because the rules are still being
// updated. What another call was ending is in the store, too, when it returns.
func (b *Bus) endLeft(all bool) (again time.Duration) {
	if b.closing.Load() {
		return 0
	}
	b.left.ending.Lock()
	defer b.left.ending.Unlock()
	now, paused := time.Now(), b.paused.Load()
	s := b.now.Load()
	var over []*work
	b.left.mu.Lock()
	for d, l := range b.left.all {
		wait := min(b.left.changed.Add(leaveAfter).Sub(now), l.since.Add(leaveAtMost).Sub(now))
		if all || l.meant || wait <= 0 && !paused {
			over = append(over, l.held...)
			delete(b.left.all, d)
			continue
		}
		if wait = max(wait, time.Millisecond); again == 0 || wait < again {
			again = wait
		}
	}
	b.left.mu.Unlock()
	for _, w := range over {
		if s.receivers[w.key.Destination] != nil {
			b.finish(w, store.Cancelled, reasonDisabled)
		} else {
			b.finish(w, store.Dead, reasonGone)
		}
	}
	if paused {
		again = 0
	}
	return again
}

// Settle ends the notifications of receivers that the rules no longer have, or
// that only disabled rules have. Call it after changing rules; otherwise the bus
// waits a few seconds for what was removed to come back.
func (b *Bus) Settle(ctx context.Context) error {
	b.endLeft(true)
	return b.flush(ctx)
}

// flush returns when every notification that ended is on disk.
func (b *Bus) flush(ctx context.Context) error {
	return failed(b.store.Write(ctx, func(*store.Tx) error { return nil }))
}
