package local

import (
	"context"
	"sync"

	"github.com/pai-notify/pai-notify/shared/bus/local/store"
)

// ended are the notifications that Options.Finished is still to be told of. The
// store, which adds to them, does not wait.
type ended struct {
	mu     sync.Mutex
	list   []store.Key
	signal chan struct{}
}

func (b *Bus) finished(k store.Key) {
	if b.options.Finished == nil {
		return
	}
	b.ended.mu.Lock()
	b.ended.list = append(b.ended.list, k)
	b.ended.mu.Unlock()
	select {
	case b.ended.signal <- struct{}{}:
	default:
	}
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
	for _, k := range list {
		n, found, err := b.store.Notification(context.WithoutCancel(b.life), k)
		if err != nil {
			b.options.Log.Error("an ended notification cannot be read", "event", k.Event, "error", err.Error())
		}
		if found {
			b.options.Finished(b.notificationOf(n))
		}
	}
}
