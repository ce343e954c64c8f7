package local

import (
	"context"
	"time"

	"github.com/pai-notify/pai-notify/shared/bus/local/store"
)

// Reconsider has those of some notifications that are held decided about afresh at a
// time, together, and returns how many that are: what held them has ended. What holds
// them otherwise, such as quiet hours, holds them again.
func (b *Bus) Reconsider(ctx context.Context, ids []string, at time.Time) (int, error) {
	wanted := make(map[store.Key]bool, len(ids))
	for _, id := range ids {
		k, err := parseID(id)
		if err != nil {
			return 0, err
		}
		wanted[k] = true
	}
	taken := b.lanes.take(func(w *work) bool { return w.held && wanted[w.key] })
	if len(taken) == 0 {
		return 0, nil
	}
	err := b.store.Write(ctx, func(tx *store.Tx) error {
		for _, w := range taken {
			tx.Postpone(w.key, at)
		}
		return nil
	})
	if err == nil {
		due := time.Now().Add(max(at.Sub(b.options.Now()), 0))
		for _, w := range taken {
			w.due, w.until = due, at
		}
	}
	b.enqueue(taken...) // as they were where that failed
	return len(taken), failed(err)
}
