package local

import (
	"context"
	"sync"

	"github.com/pai-notify/pai-notify/shared/bus/local/store"
	"github.com/pai-notify/pai-notify/shared/event"
)

// news wakes those who wait for something to have changed.
type news struct {
	mu      sync.Mutex
	changed chan struct{} // nil while nobody waits
}

func (n *news) next() <-chan struct{} {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.changed == nil {
		n.changed = make(chan struct{})
	}
	return n.changed
}

func (n *news) tell() {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.changed != nil {
		close(n.changed)
		n.changed = nil
	}
}

// Wait waits until each notification of an event that was published within the
// last day has ended, or waits for another attempt or for a limit, and returns
// them by rule and target. An event that was not published has none.
func (b *Bus) Wait(ctx context.Context, bus string, e event.Event) ([]Notification, error) {
	number, found, err := b.store.Find(ctx, bus, e.Source(), e.ID())
	if err != nil || !found {
		return nil, failed(err)
	}
	for {
		changed := b.news.next()
		list, err := b.notifications(ctx, Query{number: number})
		if err != nil {
			return nil, err
		}
		tried := true
		for _, n := range list {
			tried = tried && (n.State.Ended() || n.State == store.Waiting && (n.Attempts > 0 || !n.Due.IsZero() || n.Outcome.Reason == reasonLimited))
		}
		if tried {
			return list, nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return list, ctx.Err()
		}
	}
}
