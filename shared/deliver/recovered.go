package deliver

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/hold"
	"github.com/pai-notify/pai-notify/shared/ledger"
)

// Whoever was told of a failure is told when the same thing runs again or succeeds.
// Each failure is noted in a control row of its receiver before it is sent or held, and
// so is the recovery before it is asked what became of the failure. So one of both sees
// the other: a failure that is held and sent later finds that the thing has recovered,
// and one that was sent is found by the recovery.

// meanwhile is the recovery from a failure of which nobody was told before.
type meanwhile struct {
	at time.Time
	as string
}

// tracked reports whether it matters for a notification that things recover. A call is
// never made for that, and a program gets every event as it is.
func (f *Function) tracked(n *notification) bool {
	c := ChannelOf(f.spec)
	return n.policy != nil && (n.policy.Recovered || len(n.policy.Quiet) > 0) && c != hold.Program && c != hold.Call &&
		n.message.Subject != "" && !n.message.Time.IsZero()
}

// recoveries notes which of together tell of failures and which of recoveries, and
// decides about those that tell of a recovery. What nobody was told of is not told as
// a failure.
func (f *Function) recoveries(ctx context.Context, r *run, together []*notification, now time.Time) {
	var failures, recovering []*notification
	for _, n := range together {
		switch {
		case f.tracked(n) && f.holder(n) != nil && n.recoveredBy != nil && !n.watched:
			failures = append(failures, n)
		case f.tracked(n) && f.holder(n) != nil && n.recovers && (n.message.Severity == event.Info || n.message.Severity == event.Success):
			recovering = append(recovering, n)
		case n.watched && ChannelOf(f.spec) == hold.Call:
			f.passOver(ctx, r, n, "no calls about recoveries")
		case n.watched && f.holder(n) == nil:
			f.passOver(ctx, r, n, n.onlyWatched()+"; nothing here remembers who was told of a failure, or the ledger does not answer")
		case n.watched:
			f.passOver(ctx, r, n, n.onlyWatched()+", and does not say of what and when, or that all is well")
		}
	}
	if len(failures)+len(recovering) == 0 {
		return
	}
	all, err := f.noteFailed(ctx, r, together[0], now, func(all failed) failed {
		for _, n := range failures {
			all = all.note(n)
		}
		for _, n := range recovering {
			from, again := all.recoveredFrom(n)
			if len(from) == 0 && !again {
				all = all.noteEarly(n, now)
			}
			for _, e := range from {
				if e.At == 0 {
					e.At, e.As = n.message.Time.UnixMilli(), n.outcome.EventType
				}
				if e.Teller == "" && n.policy.Recovered {
					e.Teller = n.id()
				}
			}
		}
		return all
	})
	for _, n := range failures {
		e := all.find(n)
		switch {
		case err != nil || e == nil:
			n.note = joined(n.note, "its recovery will not be told: the ledger did not take it down")
		case e.At > n.message.Time.UnixMilli() && e.Done:
			f.passOver(ctx, r, n, fmt.Sprintf("recovered at %s, told by %s", said(e.At), e.Teller))
		case e.At > n.message.Time.UnixMilli():
			n.meanwhile = &meanwhile{time.UnixMilli(e.At).In(n.message.Time.Location()), e.As}
		}
	}
	for _, n := range recovering {
		from, _ := all.recoveredFrom(n)
		// With rivals all was read, and only that it came early may not be noted.
		if err != nil && (len(from) > 0 || !errors.Is(err, ledger.ErrRivals)) {
			f.lookAgain(ctx, r, n, now, "the ledger does not say whether this receiver was told of a failure")
			continue
		}
		f.recover(ctx, r, n, all, together, now)
	}
}

// onlyWatched says why an event comes that the rule does not ask for.
func (n *notification) onlyWatched() string {
	return "the rule does not ask for " + n.outcome.EventType + ": it comes only to notice a recovery"
}

// said is a time as reasons have it.
func said(milliseconds int64) string { return time.UnixMilli(milliseconds).UTC().Format(time.RFC3339) }

// recover decides about a notification that tells of a recovery. One that its rule
// asks for is sent in any case, and worded as a recovery for those who were told of the
// failure.
func (f *Function) recover(ctx context.Context, r *run, n *notification, all failed, together []*notification, now time.Time) {
	from, again := all.recoveredFrom(n)
	switch {
	case again:
		f.passOver(ctx, r, n, "nothing has recovered: it failed at the same time or later")
		return
	case len(from) == 0 && all.forgot():
		f.passOver(ctx, r, n, fmt.Sprintf("no failure is remembered that this receiver was told of: it was told of more than %d, and the oldest are forgotten", maxFailing))
		return
	case len(from) == 0:
		f.passOver(ctx, r, n, "nothing to recover from: this receiver was not told of a failure")
		return
	}
	if !f.tells(ctx, r, n, from, now) {
		return
	}
	told, sending := false, false
	for _, e := range from {
		told = told || e.Told
		for _, id := range e.IDs {
			if slices.ContainsFunc(together, func(o *notification) bool { return o.id() == id }) {
				continue // it is told now, and that it has recovered
			}
			state, _, err := f.stateOf(ctx, r, id)
			told = told || err == nil && state == ledger.Sent
			sending = sending || err != nil || state == ledger.Claimed
		}
	}
	switch {
	case told && !n.tell(from):
		f.passOver(ctx, r, n, "the rule does not ask to be told of recoveries")
	case told:
	case sending:
		f.lookAgain(ctx, r, n, now, "a failure is being sent of which it may tell the recovery")
	default:
		f.passOver(ctx, r, n, "this receiver was not told of a failure: what waits about one says that it has recovered")
	}
}

// tells reports whether a notification is the one that tells of a recovery, if one is
// to. Another must have been sent before this one is passed over for it.
func (f *Function) tells(ctx context.Context, r *run, n *notification, from failed, now time.Time) bool {
	for _, e := range from {
		before := e.Teller
		if before == n.id() || before == "" {
			continue
		}
		state, due, err := f.stateOf(ctx, r, before)
		switch {
		case e.Done || err == nil && (state == ledger.Sent || state == ledger.Unknown):
			f.passOver(ctx, r, n, "told by "+before)
			return false
		case err != nil || state != "" && !state.Ended():
			if state != ledger.Waiting {
				due = now
			}
			f.lookAgain(ctx, r, n, due, before+" may tell of the recovery, which has not been sent yet")
			return false
		case !n.policy.Recovered:
			continue
		}
		// It never will be sent.
		_, err = f.noteFailed(ctx, r, n, now, func(all failed) failed {
			from, _ := all.recoveredFrom(n)
			for _, o := range from {
				if o.Teller == before {
					o.Teller = n.id()
				}
				e.Teller = o.Teller
			}
			return all
		})
		if err != nil || e.Teller != n.id() {
			f.lookAgain(ctx, r, n, now, "another may tell of the recovery")
			return false
		}
	}
	return true
}

// tell words a notification as a recovery, where its rule wants recoveries told.
func (n *notification) tell(from failed) bool {
	if !n.policy.Recovered {
		return false
	}
	since, times := from.since()
	n.message, n.telling = n.message.Recovered(since, times), true
	return true
}

// passOver ends a notification that its rule does not ask for, or that says no more
// than another which was sent. One that the rule asks for stays as it is.
func (f *Function) passOver(ctx context.Context, r *run, n *notification, why string) {
	if n.watched || n.recoveredBy != nil {
		f.leave(ctx, r, n, hold.Decision{Action: hold.Skip, Because: why})
	}
}

// lookAgain has a notification wait that its rule does not ask for, until it is known
// whether the receiver was told of a failure.
func (f *Function) lookAgain(ctx context.Context, r *run, n *notification, due time.Time, why string) {
	now := time.Now()
	next := due.Add(ledger.Margin)
	if soonest := now.Add(betweenLooks); next.Before(soonest) {
		next = soonest
	}
	switch {
	case !n.watched:
	case next.After(n.holdable(f.spec, now).Began.Add(hold.Longest)):
		f.passOver(ctx, r, n, why)
	default:
		f.leave(ctx, r, n, hold.Decision{Action: hold.Wait, Until: next, Because: why})
	}
}

// leave has a notification not be sent now, whether the ledger takes that down or not:
// nobody asked for it. The platform repeats what should wait and does not.
func (f *Function) leave(ctx context.Context, r *run, n *notification, d hold.Decision) {
	switch f.keep(ctx, r, n, d); {
	case !n.free():
	case d.Action == hold.Wait:
		n.outcome = fail(n.outcome, errors.New("deliver: "+d.Because))
	default:
		n.outcome = skip(n.outcome, d.Because)
	}
}

// noteFailed changes what is remembered of the failures that a notification's receiver
// was told of, and returns it.
func (f *Function) noteFailed(ctx context.Context, r *run, n *notification, now time.Time, change func(failed) failed) (all failed, err error) {
	_, err = f.control(ctx, r, failedKey(f.addressee(n)), func(row []byte) ([]byte, bool) {
		all = change(failedIn(row, now))
		next := all.row()
		return next, !bytes.Equal(next, row) && len(row)+len(all) > 0
	})
	if errors.Is(err, ledger.ErrRivals) {
		return all, fmt.Errorf("deliver: many note failures of this receiver at the same moment: %w", err)
	}
	return all, err
}

// toldRecovered notes after a message was accepted which recoveries it told of, and
// what has been told as a failure.
func (f *Function) toldRecovered(ctx context.Context, r *run, together []*notification, by string) {
	var told []*notification
	for _, n := range together {
		if n.telling || n.meanwhile != nil || n.recoveredBy != nil && f.controls != nil && f.tracked(n) {
			told = append(told, n)
		}
	}
	if len(told) == 0 {
		return
	}
	_, _ = f.noteFailed(context.WithoutCancel(ctx), r, told[0], time.Now(), func(all failed) failed {
		for _, n := range told {
			if n.telling {
				from, _ := all.recoveredFrom(n)
				for _, e := range from {
					e.Done, e.Teller = true, n.id()
				}
				continue
			}
			switch e := all.find(n); {
			case e == nil:
			case n.meanwhile == nil:
				e.Told = true
			case e.At == n.meanwhile.at.UnixMilli():
				e.Done, e.Teller = true, by
			}
		}
		return all
	}) // the ledger says whether they were sent, should it not be noted here
}
