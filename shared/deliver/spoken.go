package deliver

import (
	"context"
	"time"

	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/hold"
	"github.com/pai-notify/pai-notify/shared/ledger"
)

// A text has no room for a list, so of several that were held about one thing one is
// sent. The others wait until it has been, and only then are not sent themselves.

// betweenLooks is how long one waits that another speaks for, before it is looked
// again whether that was sent.
const betweenLooks = time.Minute

// spoken decides from the control row of a notification's receiver. Where the
// decision is to skip it because another speaks for it, that one must have been sent;
// decide is asked again, with the one that never will be.
func (f *Function) spoken(ctx context.Context, r *run, n *notification, now time.Time, decide func(row []byte, gone string) (hold.Decision, []byte)) (d hold.Decision, err error) {
	gone := ""
	for range 3 {
		_, err = f.control(ctx, r, hold.GroupsKey(f.addressee(n)), func(row []byte) ([]byte, bool) {
			var next []byte
			d, next = decide(row, gone)
			return next, next != nil
		})
		if err != nil || d.By == "" {
			return d, err
		}
		decided, never := f.byAnother(ctx, r, n, now, d)
		if !never {
			return decided, nil
		}
		gone = d.By
	}
	return hold.Decision{}, nil
}

// byAnother returns d, which skips a notification because another speaks for it, once
// that was sent, and has it wait before. If that one is gone, which never was sent and
// never will be, it speaks for none.
func (f *Function) byAnother(ctx context.Context, r *run, n *notification, now time.Time, d hold.Decision) (decided hold.Decision, gone bool) {
	latest := n.holdable(f.spec, now).Began.Add(hold.Longest)
	state, due, err := f.stateOf(ctx, r, d.By)
	switch {
	case !now.Before(latest):
		return hold.Decision{}, false
	case err == nil && state == ledger.Sent:
		return d, false
	case err != nil, !state.Ended() && state != "":
		next := now.Add(betweenLooks)
		if state == ledger.Waiting && due.After(next) {
			next = due.Add(ledger.Margin)
		}
		if next.After(latest) {
			next = latest
		}
		return hold.Decision{Action: hold.Wait, Until: next, Because: d.By + " may speak for it, which has not been sent yet"}, false
	}
	return hold.Decision{}, true
}

// stateOf says what became of a notification, and when one that waits is due.
func (f *Function) stateOf(ctx context.Context, r *run, id string) (state ledger.State, due time.Time, err error) {
	if f.controls != nil {
		if c, ok := f.controls.(interface {
			State(ctx context.Context, notification string) (ledger.State, time.Time, error)
		}); ok {
			return c.State(ctx, id)
		}
		return "", due, nil
	}
	err = f.ask(ctx, r, &r.senders, func(l *ledger.Ledger) error {
		row, err := l.Get(ctx, id)
		state, due = row.State, row.Due
		return err
	})
	return state, due, err
}

// shares reports whether a notification is one of those of which only the newest
// about a job is sent after quiet hours.
func (f *Function) shares(n *notification) bool {
	return n.policy != nil && len(n.policy.Quiet) > 0 && ChannelOf(f.spec) == hold.Text && n.message.Severity != event.Critical &&
		n.message.Subject != "" && f.holder(n) != nil
}

// newest notes what quiet hours hold about a job, and skips after them what a newer
// one tells.
func (f *Function) newest(ctx context.Context, r *run, n *notification, d hold.Decision, now time.Time) hold.Decision {
	at := n.message.Time
	if at.IsZero() {
		at = n.holdable(f.spec, now).Began
	}
	key := digestOf("quiet", n.message.Subject)[:16]
	switch {
	case d.Action == hold.Wait:
		_, _ = f.control(ctx, r, hold.GroupsKey(f.addressee(n)), func(row []byte) ([]byte, bool) {
			next := hold.Newest(row, key, n.id(), at, d.Until, now)
			return next, next != nil
		}) // of which nobody knows that it is the newest is sent
	case d.Action == hold.Send && n.wasHeld(n.holdable(f.spec, now).Began, now):
		told, err := f.spoken(ctx, r, n, now, func(row []byte, gone string) (hold.Decision, []byte) {
			return hold.ToldBy(row, key, n.id(), gone, at), nil
		})
		if err == nil {
			return told
		}
	}
	return d
}

// wasHeld reports whether a notification may have been held before.
func (n *notification) wasHeld(began, now time.Time) bool {
	if n.claim != nil {
		return !n.claim.Held.IsZero()
	}
	return now.Sub(began) > betweenLooks
}
