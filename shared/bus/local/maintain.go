package local

import (
	"context"
	"time"
)

// How often the history is looked after.
const maintainEvery = 5 * time.Minute

// maintain removes what is older or more than the history may hold, and gives
// its room back, in steps that publishers hardly notice.
func (b *Bus) maintain() {
	tick := time.NewTicker(maintainEvery)
	defer tick.Stop()
	for {
		select {
		case <-b.life.Done():
			return
		case <-tick.C:
			if err := b.Maintain(b.life); err != nil && b.life.Err() == nil {
				b.options.Log.Error("the history cannot be looked after", "error", err.Error())
			}
		}
	}
}

// Maintain looks after the history at once.
func (b *Bus) Maintain(ctx context.Context) error {
	return failed(b.store.Maintain(ctx, b.options.Now(), b.options.HistoryAge, b.options.HistoryBytes))
}
