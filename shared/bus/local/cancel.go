package local

import (
	"context"
	"slices"

	"github.com/pai-notify/pai-notify/shared/bus/local/store"
	"github.com/pai-notify/pai-notify/shared/outcome"
)

// reasonCancelled is why a notification is not sent that somebody cancelled.
const reasonCancelled = "somebody cancelled it"

// Cancel ends a notification that waits or is a dead letter, so that it is sent
// only if somebody redrives it as cancelled. It returns the notification as it
// was, when its end is on disk, and fails with an [*Error] for one in another
// state or that is being sent.
func (b *Bus) Cancel(ctx context.Context, id string) (Notification, error) {
	k, err := parseID(id)
	if err != nil {
		return Notification{}, err
	}
	kept, found, err := b.store.Notification(ctx, k)
	switch {
	case err != nil:
		return Notification{}, failed(err)
	case !found:
		return Notification{}, noNotification(id)
	}
	n := notificationOf(kept)
	switch n.State {
	case Dead:
		_, text := made(outcome.Outcome{Status: outcome.Skipped, Reason: reasonCancelled})
		err := b.store.Write(ctx, func(tx *store.Tx) error {
			if !tx.Cancel(k, b.options.Now(), text) {
				return refuse(codeParameter, "the notification %s is not a dead letter any more", id)
			}
			return nil
		})
		return n, failed(err)
	case Waiting:
		if w := b.takeOut(k); w != nil {
			b.finish(w, store.Cancelled, reasonCancelled)
			return n, b.flush(ctx)
		}
		return n, refuse(codeParameter, "the notification %s is being sent: look again in a minute", id)
	case Started:
		return n, refuse(codeParameter, "the notification %s is being sent: look again in a minute", id)
	case Sent, Skipped, Unknown, Cancelled, Moved:
	}
	return n, refuse(codeParameter, "the notification %s does not wait and is not a dead letter: it is %s", id, n.State)
}

// takeOut takes a notification from where it waits; nil when it is being sent.
func (b *Bus) takeOut(k store.Key) *work {
	if list := b.lanes.take(func(w *work) bool { return w.key == k }); len(list) > 0 {
		return list[0]
	}
	b.left.mu.Lock()
	defer b.left.mu.Unlock()
	l := b.left.all[k.Destination]
	if l == nil {
		return nil
	}
	i := slices.IndexFunc(l.held, func(w *work) bool { return w.key == k })
	if i < 0 {
		return nil
	}
	w := l.held[i]
	l.held = slices.Delete(l.held, i, i+1)
	return w
}
