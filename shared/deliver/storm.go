package deliver

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/pai-notify/pai-notify/shared/hold"
	"github.com/pai-notify/pai-notify/shared/target"
)

// In a storm, hundreds of events would take a sender's window one by one, while one
// message can tell twenty of them. So only the first few go at once. What follows
// waits in the ledger, from where it is sent together, the most urgent first. The first
// that waits wakes who does that.

const (
	// few are the events that go at once, of all in a window. As many critical ones may
	// follow, each some time after the one before it.
	few, betweenSingles = 5, 5 * time.Second
	// longestInPlace is the longest wait inside an invocation of what could be told
	// together with others.
	longestInPlace = 5 * time.Second
	// betweenPokes is how long nobody is woken again for the same sender: who was goes
	// on for as long, and the timer follows.
	betweenPokes = 45 * time.Second
)

var errStorm = errors.New("deliver: several were sent to this receiver in the last minute, so this one is told together with others")

// told is what an event is not told for that another rule has told to the same
// receiver, in the same words, by the notification of this id.
type told string

func (by told) Error() string {
	return "deliver: " + string(by) + " tells this receiver the same, for another rule, so this one is told only if that one is not"
}

// Is has it wait as what a storm holds does.
func (told) Is(err error) bool { return err == errStorm }

// single is a message that told one event at once.
type single struct {
	at time.Time
	// event is a digest of the event, and of who is told how, and by is the id of the
	// notification.
	event, by string
}

// sameAs is a digest of the event of a notification, and of who is told it how: what
// several rules want told in the same words.
func sameAs(n *notification) string {
	m := n.message
	return digestOf(n.event.Source(), n.event.ID(), string(n.receiver.Language), string(n.receiver.Parameters), m.Title, fmt.Sprint(m.Fields), m.Next)[:12]
}

// toldAlready skips what another rule's notification has told, once that was sent. If
// it never is, this one is.
func (f *Function) toldAlready(ctx context.Context, r *run, together []*notification, now time.Time) {
	for _, n := range together {
		if !n.free() || n.claim == nil || n.claim.Outcome.ToldBy == "" || !n.claim.Redriven.IsZero() {
			continue
		}
		by := n.claim.Outcome.ToldBy
		if slices.ContainsFunc(together, func(other *notification) bool { return other.outcome.Notification == by }) {
			continue // one message tells both
		}
		d, gone := f.byAnother(ctx, r, n, now, hold.Decision{Action: hold.Skip, By: by, Because: "told by " + by + ", for another rule"})
		if gone || d.Action == hold.Send {
			continue
		}
		if d.Action == hold.Skip && n.recoveredBy != nil && f.tracked(n) {
			_, _ = f.noteFailed(ctx, r, n, now, func(all failed) failed {
				if e := all.find(n); e != nil {
					e.Told = true
				}
				return all
			}) // else its recovery is not told
		}
		n.outcome.ToldBy = by
		f.keep(ctx, r, n, d)
	}
}

// stormy is the window that storms fill; nil for a sender that has none.
func (s *sender) stormy() (found *window) {
	for i := range s.windows {
		if w := &s.windows[i]; w.long() && (found == nil || w.Per < found.Per) {
			found = w
		}
	}
	return found
}

// crowded returns an error for an event that is to be told together with others,
// because the first few have gone, or that is told already, for another rule.
func (s *sender) crowded(now time.Time, event, id string, critical bool) error {
	w := s.stormy()
	if w == nil || event == "" {
		return nil
	}
	s.forgetSingles(now)
	n, used := len(s.singles), len(w.counted(now))
	quick := n > 0 && now.Sub(s.singles[n-1].at) < betweenSingles
	if i := slices.IndexFunc(s.singles, func(one single) bool { return one.event == event && one.by != id }); i >= 0 {
		return target.RetryAfter(0, told(s.singles[i].by))
	}
	if used < few || critical && n < 2*few && (n < few || !quick) {
		return nil
	}
	return target.RetryAfter(0, errStorm) // the ledger adds a moment
}

// forgetSingles forgets those that the window does not count any more.
func (s *sender) forgetSingles(now time.Time) {
	if w := s.stormy(); w != nil {
		s.singles = slices.DeleteFunc(s.singles, func(one single) bool { return !now.Before(w.freed(one.at)) })
	}
}

// Waker is a store of the ledger that can have what waits there looked after before
// the next minute.
type Waker interface {
	// Wake invokes the function redeliver, and does not wait for its answer.
	Wake(ctx context.Context) error
}

// poke has what waits looked after now. If that fails, it is by the next minute.
func (f *Function) poke(ctx context.Context) {
	if f.waker == nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, longestPoke)
	defer cancel()
	if err := f.waker.Wake(ctx); err != nil {
		slog.WarnContext(ctx, "what waits is told within a minute, because redeliver could not be woken", "error", err.Error())
	}
}

// longestPoke is how long a message waits for that at most.
const longestPoke = 2 * time.Second
