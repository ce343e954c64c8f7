package deliver

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/hold"
	"github.com/pai-notify/pai-notify/shared/ledger"
	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/outcome"
	"github.com/pai-notify/pai-notify/shared/target"
)

// Controls keeps small rows that all instances share, as a [ledger.Ledger] does:
// the mutes of a bus, and what the groups of a receiver have sent. Update replaces
// a row by what change returns, as often as it takes to be the one that did, and
// returns the row as it stands; change returns false to leave it.
type Controls interface {
	Update(ctx context.Context, key string, change func(value []byte) ([]byte, bool)) ([]byte, error)
}

// HoldIn has the function hold notifications as their rules and the mutes of the bus
// say, where nothing else remembers for it: the caller takes up what waits when it is
// due. Call it before the first invocation. A function with a ledger holds in that.
func (f *Function) HoldIn(c Controls) { f.controls = c }

// mutesFor is for how long a function believes what it has read of the mutes.
const mutesFor = 30 * time.Second

// mutes are those of a bus that a function has read.
type mutes struct {
	mu   sync.Mutex
	read map[string]readMutes // by bus
}

type readMutes struct {
	at  time.Time
	row []byte
}

// hold leaves of together what is to be sent now. The others have their outcomes:
// they wait until a time, or are not sent at all. What cannot be held, because
// nobody would take it up or the ledger does not answer, is sent now.
func (f *Function) hold(ctx context.Context, r *run, together []*notification) (now []*notification) {
	if together[0].test {
		return together
	}
	at, unheld := time.Now(), callerOf(ctx).Unheld
	for _, n := range together {
		switch d := f.decideHold(ctx, r, n, at); {
		case d.Action == hold.Send:
		case unheld != "":
			n.note = unheld
		default:
			f.keep(ctx, r, n, d)
		}
	}
	if unheld != "" {
		return together
	}
	free := func(n *notification) bool { return n.outcome.Status == "" }
	f.fold(ctx, r, slices.DeleteFunc(slices.Clone(together), func(n *notification) bool { return !free(n) }), at)
	return slices.DeleteFunc(together, func(n *notification) bool { return !free(n) })
}

// holder is what remembers what a function holds; nil where nothing does.
func (f *Function) holder(n *notification) Controls {
	switch {
	case f.controls != nil && !n.own:
		return f.controls
	case n.claim != nil:
		return f.ledger
	}
	return nil
}

// decideHold decides by quiet hours and mutes.
func (f *Function) decideHold(ctx context.Context, r *run, n *notification, now time.Time) hold.Decision {
	if f.holder(n) == nil {
		if !n.policy.IsZero() && hold.Decide(n.holdable(f.spec, now), n.policy, nil, now).Action != hold.Send {
			n.note = "not held: nothing here remembers it (no ledger)"
		}
		return hold.Decision{}
	}
	return hold.Decide(n.holdable(f.spec, now), n.policy, f.mutesOf(ctx, r, n, now), now)
}

// holdable is what package hold knows of a notification.
func (n *notification) holdable(spec target.Spec, now time.Time) hold.Notification {
	began := now
	switch {
	case n.claim != nil:
		began = n.claim.Created
		if n.claim.Redriven.After(began) {
			began = n.claim.Redriven
		}
	case !n.message.Time.IsZero() && n.message.Time.Before(now):
		began = n.message.Time
	}
	return hold.Notification{
		Rule: n.ruleKey, Receiver: n.outcome.Target, Job: n.message.Subject,
		Channel: channelOf(spec), Critical: n.message.Severity == event.Critical, Began: began,
	}
}

func channelOf(s target.Spec) hold.Channel {
	switch {
	case s.Spoken:
		return hold.Call
	case s.Contact == target.ContactPhone:
		return hold.Text
	case s.Contact == target.ContactEmail:
		return hold.Mail
	case s.Apart:
		return hold.Program
	}
	return hold.Chat
}

// mutesOf returns the mutes of a notification's bus, which are read again when they
// have been believed for long enough. Where they cannot be read, nothing is muted.
func (f *Function) mutesOf(ctx context.Context, r *run, n *notification, now time.Time) []hold.Mute {
	name := f.busFor(ctx, n)
	f.muted.mu.Lock()
	defer f.muted.mu.Unlock()
	known, ok := f.muted.read[name]
	if !ok || now.Sub(known.at) > mutesFor || now.Before(known.at) {
		row, err := f.control(ctx, r, n, hold.MutesKey(name), func(row []byte) ([]byte, bool) { return nil, false })
		if err != nil {
			return nil
		}
		if known = (readMutes{now, row}); f.muted.read == nil {
			f.muted.read = map[string]readMutes{}
		}
		f.muted.read[name] = known
	}
	return hold.ReadMutes(known.row, now)
}

// control reads or changes a control row.
func (f *Function) control(ctx context.Context, r *run, n *notification, key string, change func([]byte) ([]byte, bool)) (row []byte, err error) {
	if holder := f.holder(n); holder == f.controls {
		return holder.Update(ctx, key, change)
	}
	err = f.ask(ctx, r, &r.senders, func(l *ledger.Ledger) (err error) {
		row, err = l.Update(ctx, key, change)
		return err
	})
	return row, err
}

// fold holds what belongs to a group that has just been told. What came together is
// decided together.
func (f *Function) fold(ctx context.Context, r *run, together []*notification, now time.Time) {
	channel := channelOf(f.spec)
	groups := map[string][]*notification{}
	var order []string
	for _, n := range together {
		if n.policy == nil || n.policy.Group == nil || channel == hold.Program || f.holder(n) == nil {
			continue
		}
		key := n.groupKey()
		if groups[key] == nil {
			order = append(order, key)
		}
		groups[key] = append(groups[key], n)
	}
	for _, key := range order {
		list := groups[key]
		first := list[0]
		severity, began := 0, now
		for _, n := range list {
			severity = max(severity, message.Urgency(n.message.Severity))
			if at := n.holdable(f.spec, now).Began; at.Before(began) {
				began = at
			}
		}
		var d hold.Decision
		wait := time.Duration(first.policy.Group.Wait) * time.Second
		_, err := f.control(ctx, r, first, hold.GroupsKey(f.addressee(ctx, first)), func(row []byte) ([]byte, bool) {
			var next []byte
			d, next = hold.Fold(row, key, first.outcome.Notification, severity, began, wait, now)
			return next, next != nil
		})
		if err != nil {
			if errors.Is(err, ledger.ErrRivals) {
				slog.InfoContext(ctx, "group: many write it at the same moment, so this one is sent now", "notification", first.outcome.Notification)
			}
			continue
		}
		for _, n := range list {
			if d.Action != hold.Send {
				f.keep(ctx, r, n, d)
			}
		}
	}
}

// groupKey names the group of a notification among those of its receiver. What the
// event does not say, nothing is folded by: it is a group of its own.
func (n *notification) groupKey() string {
	by, of := n.policy.Group.By, n.message.Subject
	if by == hold.ByRule {
		of = n.ruleKey
	}
	return digestOf(string(by), cmp.Or(of, n.outcome.Notification))[:16]
}

// addressee is a digest of whom a notification goes to, whatever rule asked for it.
func (f *Function) addressee(ctx context.Context, n *notification) string {
	address := n.outcome.Target
	if t, err := f.open(n.receiver); err == nil {
		address = t.sender.key
	}
	return digestOf(f.busFor(ctx, n), f.spec.Type, address, string(n.receiver.Language))
}

// busFor is the bus that a notification's event came by, as the caller says it, or
// else the function's variable or the event.
func (f *Function) busFor(ctx context.Context, n *notification) string {
	return cmp.Or(callerOf(ctx).Bus, f.busOf(n.event))
}

// keep has a notification wait until a time, or end without being sent. Where the
// ledger does not take that down, it is sent now, because nothing would send it later.
func (f *Function) keep(ctx context.Context, r *run, n *notification, d hold.Decision) {
	before := n.outcome
	n.outcome = skip(n.outcome, d.Because)
	result := ledger.Result{State: ledger.Skipped, Because: d.Because}
	if d.Action == hold.Wait {
		due := d.Until.Add(time.Second - 1).UTC().Truncate(time.Second)
		n.outcome.Status, n.outcome.Due = outcome.Waiting, due
		result = ledger.Result{State: ledger.Waiting, Due: due, Because: d.Because, Held: true}
	}
	if n.claim == nil {
		return // the caller has it wait
	}
	result.Outcome = n.outcome
	if f.end(ctx, r, n, *n.claim, result); !n.held {
		n.outcome = before
	}
}
