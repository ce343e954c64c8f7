package redeliver

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/pai-notify/pai-notify/shared/ledger"
	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/outcome"
)

// ready is an entry that can be sent.
type ready struct {
	ledger.Entry
	at place
}

// pause says why a receiver is not to be sent anything for a while, and until when;
// the zero value when it may be, and the zero time when others, or the next run, see
// to that.
type pause struct {
	until   time.Time
	because string
	// class is that of the failure; "" where nobody says.
	class outcome.Class
}

// soon returns, by receiver, what waits for no other reason than that the receiver
// failed. When the receiver is tried again, the most urgent of these goes first,
// whenever it was due: they became due one by one, as they had failed.
func (r *run) soon(ctx context.Context) (map[to][]ledger.Entry, error) {
	now := r.Now()
	list, err := r.dueBy(ctx, now.Add(longestWait+time.Minute))
	if err != nil {
		return nil, err
	}
	soon := map[to][]ledger.Entry{}
	for _, e := range list {
		if e.State == ledger.Waiting && !e.Due.Before(now) && e.Outcome.Class == outcome.Transient && !deadly(e) {
			soon[toOf(e)] = append(soon[toOf(e)], e)
		}
	}
	return soon, nil
}

// sendGroup sends what goes to one receiver, one batch after the other, until the
// receiver is not to be sent anything for a while.
func (r *run) sendGroup(ctx context.Context, due, soon []ledger.Entry) error {
	have, err := r.have(ctx)
	if err != nil {
		why := fmt.Sprintf("the event bus cannot be read: %v", err)
		r.note(ctx, why)
		for _, e := range due { // the others stay due, and become overdue
			if r.tooOld(e, ledger.LimitedHorizon) {
				if err := r.end(ctx, e, ledger.Dead, why); err != nil && !r.unwritable(ctx, err) {
					return err
				}
			}
		}
		return nil
	}
	var list []ready
	for _, e := range slices.Concat(due, soon) {
		v := verdictOn(e, have)
		if v.state == "" {
			list = append(list, ready{e, v.place})
		} else if err := r.end(ctx, e, v.state, v.why); err != nil && !r.unwritable(ctx, err) {
			return err
		}
	}
	slices.SortStableFunc(list, func(a, b ready) int { return moreUrgent(a.Entry, b.Entry) })
	for len(list) > 0 && r.timeLeft(ctx) {
		batch, rest := batchOf(list)
		p, err := r.sendBatch(ctx, batch)
		switch {
		case err != nil:
			return err
		case !p.until.IsZero():
			return r.behind(ctx, rest, p)
		case p.because != "":
			return nil
		}
		list = rest
	}
	return nil
}

// behind has what stands behind a batch that failed wait with it, at the cost of no
// invocation.
func (r *run) behind(ctx context.Context, rest []ready, p pause) error {
	for _, e := range rest {
		if e.Due.After(r.Now()) {
			continue // it waits already
		}
		if err := r.later(ctx, e.Entry, p, ledger.LimitedHorizon); err != nil && !r.unwritable(ctx, err) {
			return err
		}
	}
	return nil
}

func deadly(e ledger.Entry) bool { return e.State == ledger.Waiting && e.Because == senderSilent }

// batchOf cuts from what goes to a receiver what goes with one invocation: what
// becomes one digest, or one text. What waits because its senders have died goes
// alone: it may be what kills them, and would take others along each time.
func batchOf(list []ready) (batch, rest []ready) {
	n, size := 0, 0
	for n < len(list) && n < message.MaxDigest {
		e := list[n]
		if size += len(e.Event); n > 0 && (size > maxBatch || e.AtMostOnce || deadly(e.Entry) || e.at.function != list[0].at.function) {
			break
		}
		if n++; deadly(e.Entry) {
			break
		}
	}
	return list[:n], list[n:]
}

// sendBatch invokes the function of a receiver with entries that go there, and
// makes sure that each has moved.
func (r *run) sendBatch(ctx context.Context, batch []ready) (shortest pause, err error) {
	if batch, err = r.made(ctx, batch); err != nil || len(batch) == 0 {
		return pause{}, err
	}
	outcomes, silent := r.invoke(ctx, batch[0].at.function, batch)
	for _, e := range batch {
		p, err := r.settle(ctx, e.Entry, outcomes[e.ID], silent)
		if r.unwritable(ctx, err) {
			continue
		}
		if err != nil {
			return p, err
		}
		if p.because != "" && (shortest.because == "" || p.until.Before(shortest.until)) {
			shortest = p
		}
	}
	return shortest, nil
}

// made makes those due that are to be sent before their time. It leaves out what
// somebody else has changed meanwhile. They were due a while ago, so that a function
// whose clock is slow sees it too.
func (r *run) made(ctx context.Context, batch []ready) (due []ready, err error) {
	for _, e := range batch {
		if e.State == ledger.Waiting && !e.Due.Before(r.Now()) {
			e.Entry, err = r.Ledger.Move(ctx, e.Entry, ledger.Result{State: ledger.Waiting, Due: r.Now().Add(-ledger.Margin), Because: e.Because})
			if errors.Is(err, ledger.ErrLost) || r.unwritable(ctx, err) {
				continue
			}
			if err != nil {
				return nil, fmt.Errorf("redeliver: a row cannot be written: %w", err)
			}
		}
		due = append(due, e)
	}
	return due, nil
}
