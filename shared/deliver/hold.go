package deliver

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
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
//
// Where texts or calls are held it also has a method
//
//	State(ctx context.Context, notification string) (ledger.State, time.Time, error)
//
// that says what became of a notification, and when one that waits is due. Without
// it none is skipped because another was sent.
type Controls interface {
	Update(ctx context.Context, key string, change func(value []byte) ([]byte, bool)) ([]byte, error)
}

// HoldIn has the function hold notifications as their rules and the mutes of the bus
// say, where nothing else remembers for it: the caller takes up what waits when it is
// due. Call it before the first invocation. A function with a ledger holds in that.
func (f *Function) HoldIn(c Controls) { f.controls = c }

// MutesFor is for how long a function believes what it has read of the mutes in a
// ledger, and MutesHere where asking costs little, on the bus of its own machine.
const (
	MutesFor  = 30 * time.Second
	MutesHere = time.Second
)

// mutes are those of each bus that a function has read.
type mutes struct {
	mu    sync.Mutex
	known map[string]*readMutes
}

type readMutes struct {
	row []byte
	// from and until bound for how long they are believed.
	from, until time.Time
	// reading is closed once they have been read.
	reading chan struct{}
}

// readMutes begins to read the mutes of a notification's bus, unless they are known,
// beside what else is asked of the ledger: a message does not wait for one more
// answer. Where they cannot be read, those count that were known before.
func (f *Function) readMutes(ctx context.Context, r *run, n *notification) (reading <-chan struct{}) {
	if n.test || n.own || f.controls == nil && f.ledger == nil {
		return nil
	}
	if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) < minAttempt {
		return nil // nothing will be sent
	}
	name, now := n.bus, time.Now()
	f.muted.mu.Lock()
	defer f.muted.mu.Unlock()
	if m := f.muted.known[name]; m != nil && (m.until.IsZero() || !now.Before(m.from) && now.Before(m.until)) {
		return nil // or another has begun to read them
	}
	before, m := f.muted.known[name], &readMutes{from: now, reading: make(chan struct{})}
	if f.muted.known == nil || len(f.muted.known) > maxBuses {
		f.muted.known = map[string]*readMutes{}
	}
	f.muted.known[name] = m
	go func() {
		row, err := f.control(ctx, r, hold.MutesKey(name), func(row []byte) ([]byte, bool) { return row, false })
		f.muted.mu.Lock()
		defer f.muted.mu.Unlock()
		believed := MutesFor
		if f.controls != nil {
			believed = MutesHere
		}
		m.row, m.until = row, now.Add(believed)
		if err != nil {
			if m.row, m.until = nil, now.Add(ledgerPause); before != nil {
				m.row = before.row
			}
			slog.WarnContext(ctx, "mutes: they cannot be read, so those count that were known before", "bus", name, "known", len(hold.ReadMutes(m.row, now)), "error", err.Error())
		}
		close(m.reading)
	}()
	return m.reading
}

// maxBuses bounds of how many buses a function remembers the mutes: it serves one.
const maxBuses = 100

// mutesOf returns the mutes of a notification's bus, once they have been read.
func (f *Function) mutesOf(n *notification, now time.Time) []hold.Mute {
	f.muted.mu.Lock()
	m := f.muted.known[n.bus]
	f.muted.mu.Unlock()
	if m == nil {
		return nil
	}
	<-m.reading
	if m.row == nil {
		return nil
	}
	return hold.ReadMutes(m.row, now)
}

// hold leaves of together what is to be sent now. The others have their outcomes:
// they wait until a time, or are not sent at all. What cannot be held, because
// nobody would take it up or the ledger does not answer, is sent now.
func (f *Function) hold(ctx context.Context, r *run, together []*notification) (now []*notification) {
	if together[0].test {
		return together
	}
	at, unheld := time.Now(), callerOf(ctx).Unheld
	f.recoveries(ctx, r, together, at)
	if unheld == "" {
		f.toldAlready(ctx, r, together, at)
	}
	for _, n := range together {
		if !n.free() {
			continue
		}
		d := f.decideHold(n, at)
		if d.Action != hold.Send && unheld != "" {
			n.note = unheld
			continue
		}
		if unheld == "" && f.shares(n) {
			d = f.newest(ctx, r, n, d, at)
		}
		if d.Action != hold.Send {
			f.keep(ctx, r, n, d)
		}
	}
	if unheld == "" {
		f.fold(ctx, r, together, at)
	}
	for _, n := range together {
		if n.free() && n.note == "" {
			n.note = n.heldFor()
		}
	}
	return slices.DeleteFunc(together, func(n *notification) bool { return !n.free() })
}

// heldFor is what is told of a notification that was held until it was sent.
func (n *notification) heldFor() string {
	if n.claim == nil || n.claim.Held.IsZero() {
		return ""
	}
	minutes := int(n.claim.Held.Sub(n.claim.Created).Round(time.Minute).Minutes())
	if minutes < 60 {
		return fmt.Sprintf("held for %d min", minutes)
	}
	return fmt.Sprintf("held for %d h %d min", minutes/60, minutes%60)
}

// free reports whether nothing has been decided about a notification.
func (n *notification) free() bool { return n.outcome.Status == "" }

// holder is what remembers what a function holds; nil where nothing does.
func (f *Function) holder(n *notification) Controls {
	switch {
	case f.controls != nil && !n.own:
		return f.controls
	case n.claim != nil && n.claim.Bus != "": // of another bus nobody would take it up
		return f.ledger
	}
	return nil
}

// decideHold decides by quiet hours and mutes.
func (f *Function) decideHold(n *notification, now time.Time) hold.Decision {
	if f.holder(n) == nil {
		if not := f.unheld(n, now); not != nil {
			switch n.note = notHeld + "nothing here remembers it, without a ledger"; {
			case n.claim != nil:
				n.note = notHeld + "nobody says which bus it is, so nobody would take it up"
			case f.lasting(n):
				n.note = notHeld + "the ledger does not answer"
			}
			n.note += " (" + strings.Join(not, ", ") + ")"
		}
		return hold.Decision{}
	}
	mutes := f.mutesOf(n, now)
	if mutes == nil && n.policy.IsZero() {
		return hold.Decision{}
	}
	return hold.Decide(n.holdable(f.spec, now), n.policy, mutes, now)
}

// unheld is what does not count for a notification where nothing is remembered; nil
// where its rule does not say that it may wait.
func (f *Function) unheld(n *notification, now time.Time) (not []string) {
	switch {
	case n.policy.IsZero():
		return nil
	case hold.Decide(n.holdable(f.spec, now), n.policy, nil, now).Action != hold.Send:
		not = append(not, "quiet hours")
	}
	if n.policy.Group != nil && ChannelOf(f.spec) != hold.Program {
		not = append(not, "group "+n.policy.Group.String())
	}
	if not != nil {
		not = append(not, "mutes")
	}
	return not
}

// notHeld begins the remark about what is sent now though it was to wait.
const notHeld = "not held: "

// holdable is what package hold knows of a notification.
func (n *notification) holdable(spec target.Spec, now time.Time) hold.Notification {
	began := now
	switch {
	case n.claim != nil:
		began = n.claim.Created
		if n.claim.Redriven.After(began) {
			began = n.claim.Redriven
		}
	case !n.given.Accepted.IsZero():
		began = earlier(n.given.Accepted, now)
	case !n.message.Time.IsZero():
		began = earlier(n.message.Time, now)
	}
	return hold.Notification{
		Owner: n.owner, Rule: n.ruleKey, Receiver: n.outcome.Target, Job: n.message.Subject,
		Channel: ChannelOf(spec), Critical: n.message.Severity == event.Critical && n.meanwhile == nil, Began: began,
	}
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// ChannelOf returns how a target type reaches people.
func ChannelOf(s target.Spec) hold.Channel {
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

// control reads or changes a control row.
func (f *Function) control(ctx context.Context, r *run, key string, change func([]byte) ([]byte, bool)) (row []byte, err error) {
	if f.controls != nil {
		return f.controls.Update(ctx, key, change)
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
	channel := ChannelOf(f.spec)
	groups := map[string][]*notification{}
	var order []string
	for _, n := range together {
		if n.policy == nil || n.policy.Group == nil || channel == hold.Program || !n.free() || f.holder(n) == nil {
			continue
		}
		key := n.groupKey(channel)
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
		wait := time.Duration(first.policy.Group.Wait) * time.Second
		d, err := f.spoken(ctx, r, first, now, func(row []byte, gone string) (hold.Decision, []byte) {
			if channel == hold.Text || channel == hold.Call {
				return hold.FoldShort(row, key, first.id(), gone, severity, began, wait, now)
			}
			return hold.Fold(row, key, first.id(), severity, began, wait, now)
		})
		if err != nil {
			if errors.Is(err, ledger.ErrRivals) {
				slog.InfoContext(ctx, "group: many write it at the same moment, so this one is sent now", "notification", first.id())
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
// A text has no room for what follows, so what is skipped for one is of its type.
func (n *notification) groupKey(channel hold.Channel) string {
	by, of, typ := n.policy.Group.By, n.message.Subject, ""
	if by == hold.ByRule {
		of = n.ruleKey
	}
	if channel == hold.Text || channel == hold.Call {
		typ = n.outcome.EventType + "\n" + n.message.Subject
	}
	return digestOf(string(by), cmp.Or(of, n.outcome.Notification), typ)[:16]
}

// addressee is a digest of whom a notification goes to, whatever rule asked for it.
func (f *Function) addressee(n *notification) string {
	address := n.outcome.Target
	if t, err := f.open(n.receiver); err == nil {
		address = t.sender.key
	}
	return digestOf(n.bus, f.spec.Type, address, string(n.receiver.Language))
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
		n.outcome, n.note = before, notHeld+"the ledger did not take it down"
	}
}
