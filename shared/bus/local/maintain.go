package local

import (
	"context"
	"errors"
	"time"
)

const (
	// How often the history is looked after.
	maintainEvery = 5 * time.Minute
	// How often the database is looked for.
	lookEvery = 250 * time.Millisecond
)

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

// look logs that the database has vanished, once. What needs it is refused from
// then on, also where nobody has written since.
func (b *Bus) look() {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for b.store.Present() == nil {
		select {
		case <-b.life.Done():
			return
		case <-tick.C:
		}
	}
	b.options.Log.Error("the bus takes and sends nothing any more", "error", b.store.Present().Error())
}

// Maintain looks after the history at once.
func (b *Bus) Maintain(ctx context.Context) error {
	err := b.store.Maintain(ctx, b.options.Now(), b.options.HistoryAge, b.options.HistoryBytes)
	asked, asking := b.store.JobsAsked(ctx)
	if err = errors.Join(err, asking); err == nil && asked { // nobody else pays for it
		err = b.fillJobs(ctx)
	}
	return failed(err)
}

// fillJobs notes what the events are about that came since it was last called.
func (b *Bus) fillJobs(ctx context.Context) error {
	if b.options.Job == nil {
		return nil
	}
	return b.store.FillJobs(ctx, b.options.Job)
}
