package local

import (
	"context"
	"log/slog"
	"sync"

	"github.com/pai-notify/pai-notify/shared/bus/local/store"
	"github.com/pai-notify/pai-notify/shared/outcome"
)

// ended are the notifications whose end is still to be told. The store, which
// adds to them, does not wait.
type ended struct {
	mu     sync.Mutex
	list   []ending
	signal chan struct{}
}

// ending is the end of one.
type ending struct {
	key store.Key
	// unsaid tells that no function has said it: it has a log line of the bus.
	unsaid bool
}

// finished has the end of a notification told.
func (b *Bus) finished(e ending) {
	if b.options.Finished == nil && !e.unsaid {
		return
	}
	b.ended.mu.Lock()
	b.ended.list = append(b.ended.list, e)
	b.ended.mu.Unlock()
	select {
	case b.ended.signal <- struct{}{}:
	default:
	}
}

// unsaid tells whether a notification ended without a word of its function: there
// was no attempt, its end is not known, or the last of its retries failed as those
// before.
func unsaid(w *work, state State, a store.Attempt, o outcome.Outcome) bool {
	switch {
	case a.Started.IsZero(), w.interrupted:
		return true
	case state == store.Dead:
		return o.Class != outcome.Permanent && o.Class != outcome.Gone
	}
	return false
}

// report tells of what has ended until the bus does.
func (b *Bus) report() {
	for {
		select {
		case <-b.ended.signal:
			b.reportAll()
		case <-b.life.Done():
			b.reportAll()
			return
		}
	}
}

func (b *Bus) reportAll() {
	b.ended.mu.Lock()
	list := b.ended.list
	b.ended.list = nil
	b.ended.mu.Unlock()
	for _, e := range list {
		kept, found, err := b.store.Notification(context.WithoutCancel(b.life), e.key)
		if err != nil {
			b.options.Log.Error("an ended notification cannot be read", "event", e.key.Event, "error", err.Error())
		}
		if !found {
			continue
		}
		n := notificationOf(kept)
		if e.unsaid {
			b.log(n)
		}
		if b.options.Finished != nil {
			b.options.Finished(n)
		}
	}
}

// log writes the line of a notification that has ended.
func (b *Bus) log(n Notification) {
	level := slog.LevelError
	if n.State == Cancelled || n.State == Moved {
		level = slog.LevelInfo
	}
	b.options.Log.Log(b.life, level, "notification", "status", n.State.String(), "id", n.ID, "event", n.EventID,
		"rule", n.Rule, "target", n.Target, "attempts", n.Attempts, "reason", n.Outcome.Reason)
}
