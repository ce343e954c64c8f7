package redeliver

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

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

// group is what can be one message: it is told in one way to one person or group,
// whatever rules asked for it.
type group struct{ function, typ, language, parameters string }

func (p place) group() group {
	return group{p.function, p.receiver.Type, string(p.receiver.Language), string(p.receiver.Parameters)}
}

// address says whose messages a platform counts together, as far as parameters tell
// without the code of their type. Where they do not, each group is on its own.
func (p place) address() string {
	var at struct{ Webhook, URL, Contact json.RawMessage }
	if json.Unmarshal(p.receiver.Parameters, &at) != nil || at.Webhook == nil && at.URL == nil && at.Contact == nil {
		return p.receiver.Type + string(p.receiver.Parameters)
	}
	return p.receiver.Type + string(at.Webhook) + string(at.URL) + string(at.Contact)
}

// limit says until when what is no more urgent than that waits for a place.
type limit struct {
	until  time.Time
	urgent int
}

// lane is what goes to one address, one batch after the other: by group, each the
// most urgent first.
type lane struct {
	address string
	groups  [][]ready
}

// lanesOf returns what is due by address, with what of the same groups is due soon,
// and the address with the most urgent entry first.
func lanesOf(due, soon []ready) []*lane {
	var lanes []*lane
	byAddress, at := map[string]*lane{}, map[group]int{}
	slices.SortStableFunc(due, func(a, b ready) int { return moreUrgent(a.Entry, b.Entry) })
	for i, e := range slices.Concat(due, soon) {
		l := byAddress[e.at.address()]
		n, known := at[e.at.group()]
		switch {
		case i >= len(due) && !known:
			continue
		case l == nil:
			l = &lane{address: e.at.address()}
			byAddress[l.address], lanes = l, append(lanes, l)
		}
		if !known {
			n = len(l.groups)
			at[e.at.group()], l.groups = n, append(l.groups, nil)
		}
		l.groups[n] = append(l.groups[n], e)
	}
	for _, l := range lanes {
		for _, g := range l.groups {
			slices.SortStableFunc(g, func(a, b ready) int { return moreUrgent(a.Entry, b.Entry) })
		}
	}
	return lanes
}

// due returns what is left in the lane.
func (l *lane) due() []ready { return slices.Concat(l.groups...) }

// first is the group with the most urgent entry.
func (l *lane) first() (first int) {
	for i, g := range l.groups {
		if moreUrgent(g[0].Entry, l.groups[first][0].Entry) < 0 {
			first = i
		}
	}
	return first
}

// next cuts the most urgent batch from the lane.
func (l *lane) next() (batch []ready) {
	first := l.first()
	batch, l.groups[first] = batchOf(l.groups[first])
	l.groups = slices.DeleteFunc(l.groups, func(g []ready) bool { return len(g) == 0 })
	return batch
}

// soon returns what waits for no other reason than that its receiver failed. When the
// receiver is tried again, the most urgent of these goes first, whenever it was due:
// they became due one by one, as they had failed.
func (r *run) soon(ctx context.Context) (soon []ready, err error) {
	now := r.Now()
	list, err := r.dueBy(ctx, now.Add(longestWait+time.Minute), atOnce)
	if err != nil {
		return nil, err
	}
	have, err := r.have(ctx)
	if err != nil {
		return nil, err
	}
	for _, e := range list {
		if e.State == ledger.Waiting && !e.Due.Before(now) && e.Outcome.Class == outcome.Transient && !e.OnHold() && !deadly(e) {
			if v := verdictOn(e, have); v.state == "" {
				soon = append(soon, ready{e, v.place})
			}
		}
	}
	return soon, nil
}

// addressed looks up where entries go by the bus as it is now, each by its own rule,
// and ends those that go nowhere any more.
func (r *run) addressed(ctx context.Context, due []ledger.Entry) (list []ready, err error) {
	have, err := r.have(ctx)
	if err != nil {
		why := fmt.Sprintf("the event bus cannot be read: %v", err)
		r.note(ctx, why)
		for _, e := range due { // the others stay due, and become overdue
			if r.tooOld(e, ledger.LimitedHorizon) {
				if err := r.end(ctx, e, ledger.Dead, why); err != nil && !r.unwritable(ctx, err) {
					return nil, err
				}
			}
		}
		return nil, nil
	}
	for _, e := range due {
		v := verdictOn(e, have)
		if v.state == "" {
			list = append(list, ready{e, v.place})
		} else if err := r.end(ctx, e, v.state, v.why); err != nil && !r.unwritable(ctx, err) {
			return nil, err
		}
	}
	return list, nil
}

// send sends what goes to one address, one batch after the other, until it is not to
// be sent anything for a while, or what is due is to be read again.
func (r *run) send(ctx context.Context, l *lane) error {
	for len(l.groups) > 0 && r.timeLeft(ctx) {
		if r.Now().After(r.again) || r.pausing(l) || !r.mine(ctx) {
			r.leave(l.due()...)
			return nil
		}
		batch := l.next()
		urgent := batch[0].Severity
		p, err := r.sendBatch(ctx, batch)
		switch {
		case err != nil:
			return err
		case !p.until.IsZero():
			return r.behind(ctx, l, p, urgent)
		case p.because != "":
			return nil
		}
	}
	return nil
}

// behind has what stands behind a batch that was not sent wait with it, at the cost of
// no invocation. What a platform takes again soon stays as it is for this run or the
// next one, unless it would look forgotten: there may be thousands. What is more urgent
// than what met the limit is tried all the same: there are places for it.
func (r *run) behind(ctx context.Context, l *lane, p pause, urgent int) error {
	limited := p.class == outcome.RateLimited
	brief := limited && p.until.Before(r.ends)
	if brief {
		r.mu.Lock()
		r.paused[l.address] = limit{p.until, urgent}
		r.mu.Unlock()
	}
	return each(l.due(), func(e ready) error {
		switch {
		case e.Due.After(r.Now()): // it waits already
		case limited && p.until.Sub(e.Due) < lateAfter:
			if brief {
				r.leave(e)
			}
		default:
			if err := r.later(ctx, e.Entry, p, ledger.LimitedHorizon); err != nil && !r.unwritable(ctx, err) {
				return err
			}
		}
		return nil
	})
}

// each does something with each entry, with some at the same time.
func each(list []ready, do func(ready) error) error {
	var all errgroup.Group
	all.SetLimit(asking)
	for _, e := range list {
		all.Go(func() error { return do(e) })
	}
	return all.Wait()
}

func deadly(e ledger.Entry) bool { return e.State == ledger.Waiting && e.Because == senderSilent }

// mostTogether is how many notifications go with one invocation.
const mostTogether = 500

// batchOf cuts from a group what goes with one invocation: what becomes one digest, in
// which an event is told once that several rules asked for, or one text. All of an
// event goes with it, or nothing, so that no later digest tells it again. What waits
// because its senders have died goes alone: it may be what kills them, and would take
// others along each time. The rest is in the place of the list, which may be long.
func batchOf(list []ready) (batch, rest []ready) {
	alone := func(e *ready) bool { return e.AtMostOnce || deadly(e.Entry) }
	if alone(&list[0]) {
		return list[:1], list[1:]
	}
	type load struct{ rows, bytes int }
	of := map[string]load{} // each event
	for i := range list {
		if e := &list[i]; !alone(e) {
			l := of[e.EventID]
			of[e.EventID] = load{l.rows + 1, l.bytes + len(e.Event)}
		}
	}
	var all load // of what is taken
	taken, events, size := map[string]bool{}, 0, 0
	rest = list[:0]
	for i := range list {
		e := &list[i]
		if _, known := taken[e.EventID]; !known && !alone(e) {
			with := load{all.rows + of[e.EventID].rows, all.bytes + of[e.EventID].bytes}
			fits := events == 0 || events < message.MaxDigest && with.rows <= mostTogether && with.bytes <= maxBatch
			if taken[e.EventID] = fits; fits {
				all, events = with, events+1
			}
		}
		// The first event may be too large for one batch.
		if alone(e) || !taken[e.EventID] || len(batch) == mostTogether || len(batch) > 0 && size+len(e.Event) > maxBatch {
			rest = append(rest, *e)
			continue
		}
		batch, size = append(batch, *e), size+len(e.Event)
	}
	clear(list[len(rest):])
	return batch, rest
}

// sendBatch invokes the function of a receiver with entries that go there, and
// makes sure that each has moved.
func (r *run) sendBatch(ctx context.Context, batch []ready) (shortest pause, err error) {
	if batch, err = r.made(ctx, batch); err != nil || len(batch) == 0 {
		return pause{}, err
	}
	outcomes, silent := r.invoke(ctx, batch[0].at.function, batch)
	var mu sync.Mutex
	err = each(batch, func(e ready) error {
		p, err := r.settle(ctx, e.Entry, outcomes[e.ID], silent)
		if r.unwritable(ctx, err) {
			return nil
		}
		if err != nil {
			return err
		}
		mu.Lock()
		defer mu.Unlock()
		if p.because != "" && (shortest.because == "" || p.until.Before(shortest.until)) {
			shortest = p
		}
		return nil
	})
	return shortest, err
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
