package local

import (
	"context"
	"errors"

	"github.com/pai-notify/pai-notify/shared/bus/local/store"
)

// DeadLetters returns the notifications that were given up, those of the newest
// events first. States of q are not looked at. [Bus.Life] tells all of one.
func (b *Bus) DeadLetters(ctx context.Context, q Query) ([]Notification, error) {
	q.States = []State{Dead}
	return b.History(ctx, q)
}

// Redrive has a dead letter sent again, with fresh retries, to the target as it
// is now. It returns when that is on disk.
func (b *Bus) Redrive(ctx context.Context, id string) error {
	k, err := parseID(id)
	if err != nil {
		return err
	}
	n, found, err := b.store.Notification(ctx, k)
	switch {
	case err != nil:
		return failed(err)
	case !found:
		return noNotification(id)
	}
	return b.redrive(ctx, id, n)
}

func (b *Bus) redrive(ctx context.Context, id string, n store.Notification) error {
	result := make(chan error, 1)
	urgency := b.urgency(n.Key, n.EventSource, n.EventType)
	err := b.store.Queue(ctx, func(tx *store.Tx) error {
		if !tx.Redrive(n.Key) {
			return refuse(codeParameter, "the notification %s is not a dead letter", id)
		}
		return nil
	}, func(err error) {
		// Here, and not by who waits: it is waiting as soon as it is written.
		if err == nil {
			b.waiting.Add(1)
			b.lanes.add(&work{key: n.Key, time: n.Time.UnixMilli(), urgency: urgency, attempts: n.Attempts})
		}
		result <- err
	})
	if err != nil {
		return failed(err)
	}
	select {
	case err := <-result:
		return failed(err)
	case <-ctx.Done():
		return ctx.Err()
	}
}

// RedriveAll has all dead letters sent again that q selects, without regard to
// its page, and returns how many they were.
func (b *Bus) RedriveAll(ctx context.Context, q Query) (int, error) {
	q.States, q.Limit, q.After = []State{Dead}, 1000, ""
	count := 0
	for {
		page, err := b.notifications(ctx, q)
		if err != nil || len(page) == 0 {
			return count, err
		}
		for _, n := range page {
			err := b.Redrive(ctx, n.ID)
			if e, ok := errors.AsType[*Error](err); ok && e.Code == codeParameter {
				continue // somebody else has had it sent again
			}
			if err != nil {
				return count, err
			}
			count++
		}
		q.After = page[len(page)-1].ID
	}
}
