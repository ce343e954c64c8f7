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

	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/ledger"
	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/outcome"
	"github.com/pai-notify/pai-notify/shared/target"
)

const (
	// usualLease is that of an invocation without a deadline, and longestLease
	// that of one which has more time than any attempt takes.
	usualLease, longestLease = 5 * time.Minute, 15 * time.Minute
	// firstTry is how long a ledger may take that this instance asks for the first
	// time: its address is looked up and a connection made.
	firstTry = time.Second
	// ledgerPause is how long an invocation goes on without a ledger for which it
	// has waited this long in vain: it may have hundreds of notifications to send.
	ledgerPause, longestInVain = 5 * time.Second, 3 * time.Second
	// maxAsking is how many calls to the ledger an instance makes at the same time:
	// each makes a connection, and what they are given to answer is short.
	maxAsking = 8
	// betweenTries is the time from one try of a ledger to the next while an
	// invocation waits for it.
	betweenTries = time.Second
	// An event that is younger was not handed over before: Lambda waits a minute
	// before it repeats an invocation (AWS Lambda Developer Guide, asynchronous
	// invocation). What is left of the minute is for clocks, and so is how far in
	// the future an event may be.
	young, ahead = 50 * time.Second, 10 * time.Second
)

// run is what one invocation knows of the ledger.
type run struct {
	// first tells that no earlier attempt at the invocation's texts can have been
	// made, and patience until when they ask a ledger that does not answer.
	first    bool
	patience time.Time

	mu              sync.Mutex
	claims, senders calls
	told            bool // the log has said why
}

// calls are those of one kind to the ledger.
type calls struct {
	inVain time.Duration // spent on those that failed
	pause  time.Time     // none is made before
}

// ask calls the ledger, unless calls of the kind have been waited for in vain for
// long enough; nil is a kind that is always waited for.
func (f *Function) ask(ctx context.Context, r *run, kind *calls, call func(*ledger.Ledger) error) error {
	f.asking <- struct{}{}
	defer func() { <-f.asking }()
	began := time.Now()
	if r.pausing(kind, began) {
		return errLedgerDown
	}
	l := f.ledger
	if !f.asked.Load() {
		l = l.With(time.Now, firstTry)
	}
	err := call(l)
	f.asked.Store(true)
	if err == nil || errors.Is(err, ledger.ErrLost) || errors.Is(err, ledger.ErrRivals) {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if kind != nil {
		if kind.inVain += time.Since(began); kind.inVain > longestInVain {
			*kind = calls{pause: time.Now().Add(ledgerPause)}
		}
	}
	if !r.told {
		r.told = true
		slog.ErrorContext(ctx, "ledger", "error", err.Error())
	}
	return err
}

func (r *run) pausing(kind *calls, now time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return kind != nil && now.Before(kind.pause)
}

var errLedgerDown = errors.New("deliver: the ledger did not answer a moment ago")

// lasting reports whether a notification is kept in a ledger that outlives the
// instance. A connectivity test is not, nor what the function's own document asks
// for: nothing would take it up again.
func (f *Function) lasting(n *notification) bool { return f.ledger != nil && !n.own && !n.test }

// claim makes this invocation the only sender of some of together, and returns
// them. The others have their outcomes.
func (f *Function) claim(ctx context.Context, r *run, together []*notification) (mine []*notification) {
	if together[0].test {
		return together // each has an event of its own
	}
	f.each(ctx, r, together, (*Function).claimOne)
	for _, n := range together {
		if !n.mine && !n.unrecorded {
			n.log(ctx)
		}
	}
	return slices.DeleteFunc(together, func(n *notification) bool { return !n.mine })
}

// each does something with all, at the same time where that takes requests.
func (f *Function) each(ctx context.Context, r *run, all []*notification, do func(*Function, context.Context, *run, *notification)) {
	if f.ledger == nil || len(all) == 1 {
		for _, n := range all {
			do(f, ctx, r, n)
		}
		return
	}
	var done sync.WaitGroup
	for _, n := range all {
		done.Go(func() { do(f, ctx, r, n) })
	}
	done.Wait()
}

func (f *Function) claimOne(ctx context.Context, r *run, n *notification) {
	if n.before = f.remembered(ctx, n); n.before != "" {
		n.outcome = skip(n.outcome, "this instance has sent it before, or may have")
		n.unrecorded = true // the ledger would have said so
		return
	}
	if !f.lasting(n) {
		if n.mine = !n.retry || !f.spec.AtMostOnce() || n.own || n.test; !n.mine {
			n.outcome = fail(n.outcome, errNoLedger)
		}
		return
	}
	if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) < minAttempt {
		n.outcome = fail(n.outcome, errNoTime)
		return
	}
	verdict, row, err := f.claimIn(ctx, r, n)
	for err != nil && f.spec.AtMostOnce() && !unusable(err) && time.Until(r.patience) > betweenTries {
		time.Sleep(betweenTries)
		verdict, row, err = f.claimIn(ctx, r, n)
	}
	if err == nil {
		n.decide(verdict, row)
		return
	}
	n.unrecorded = true
	if f.spec.AtMostOnce() && (!r.first || !unusable(err)) {
		n.outcome = fail(n.outcome, fmt.Errorf("deliver: it is not sent before the ledger answers, which knows whether it was: %w", err))
	} else {
		n.mine, n.outcome.Unguarded = true, true
	}
}

// claimIn claims a notification in the lasting ledger. It finds its own claim of
// before whose answer did not come.
func (f *Function) claimIn(ctx context.Context, r *run, n *notification) (verdict ledger.Verdict, row ledger.Entry, err error) {
	err = f.ask(ctx, r, &r.claims, func(l *ledger.Ledger) (err error) {
		if n.tried == "" {
			verdict, row, err = l.Claim(ctx, f.entryOf(n), leaseOf(ctx))
		} else {
			verdict, row, err = l.Reclaim(ctx, f.entryOf(n), n.tried, leaseOf(ctx))
		}
		return err
	})
	if err != nil {
		n.tried = cmp.Or(n.tried, row.Token)
	}
	return verdict, row, err
}

// remembered is the state in which this instance knows a notification that was
// sent, or may have been, without a ledger that knows it; "" for any other. When
// the platform repeats an invocation because one of several notifications failed,
// the others are not sent again. That is a convenience of a warm instance and not
// a promise, because other instances do not know.
func (f *Function) remembered(ctx context.Context, n *notification) ledger.State {
	row, _ := f.memory.Get(ctx, n.outcome.Notification) // it does not fail
	return row.State
}

// remember has this instance know a notification that was sent, or may have been.
func (f *Function) remember(ctx context.Context, n *notification) {
	if taken(n.outcome) { // at the second time there is nothing to replace
		_ = f.memory.Put(ctx, ledger.Entry{ID: n.outcome.Notification, State: stateOf(n.outcome), Step: 1})
	}
}

// decide does what the ledger says: only the claim of a notification that is ours
// to send leads to an attempt.
func (n *notification) decide(verdict ledger.Verdict, row ledger.Entry) {
	switch verdict {
	case ledger.Mine:
		n.mine, n.claim = true, &row
	case ledger.Taken:
		wait := time.Until(row.Due.Add(ledger.Margin))
		n.outcome = fail(n.outcome, target.RetryAfter(max(wait, time.Second), errTaken))
		n.outcome.Class = outcome.Transient
	case ledger.Done:
		if unwoken(row, row.State) {
			n.outcome = toRepeat(n.outcome, row.Because)
			return
		}
		n.held = true
		n.outcome = ofRow(n.outcome, row)
	}
}

// errNoLedger keeps a text from being sent each time that the answer about it is lost.
var errNoLedger = errors.New("deliver: it waits in a ledger that this function does not use, so it could be sent twice: set " + ledger.Variable + " of the function to the ledger of redeliver")

var errTaken = errors.New("deliver: another invocation is sending it, or died before it said how it ended")

// ofRow says what became of a notification that nobody has to send any more.
func ofRow(o outcome.Outcome, row ledger.Entry) outcome.Outcome {
	because := ""
	if row.Because != "" {
		because = ": " + row.Because
	}
	at := row.Changed.UTC().Format(time.RFC3339)
	switch row.State {
	case ledger.Sent:
		return skip(o, "it was sent at "+at)
	case ledger.Waiting:
		return skip(o, "it waits until "+row.Due.UTC().Format(time.RFC3339)+because)
	case ledger.Dead:
		return skip(o, "it was given up at "+at+because)
	case ledger.Unknown:
		if row.Outcome.Status == "" { // no sender has told that
			return fail(o, target.Unknown(errors.New("deliver: nobody knows whether it was sent, and it must not be sent twice"+because)))
		}
		return skip(o, "nobody knows whether it was sent at "+at+", and it must not be sent twice"+because)
	}
	return skip(o, "it was "+string(row.State)+" at "+at+because)
}

// leaseOf is the time that an invocation has left.
func leaseOf(ctx context.Context) time.Duration {
	deadline, ok := ctx.Deadline()
	if !ok {
		return usualLease
	}
	return min(max(time.Until(deadline), time.Second), longestLease)
}

// entryOf is the row of a notification that nobody has claimed yet.
func (f *Function) entryOf(n *notification) ledger.Entry {
	return ledger.Entry{
		ID:  n.outcome.Notification,
		Bus: n.bus, Owner: n.owner, Rule: n.ruleKey, RuleName: n.outcome.Rule,
		Type: f.spec.Type, Receiver: strings.TrimPrefix(n.outcome.Target, f.spec.Type+"/"),
		Event: n.event.JSON(), EventID: n.event.ID(), EventType: n.outcome.EventType,
		Job: n.message.Subject, JobName: n.message.Name,
		Severity: message.Urgency(n.message.Severity), AtMostOnce: f.spec.AtMostOnce(),
	}
}

// BusVariable is the environment variable with the name of the event bus that a
// deployed function serves.
const BusVariable = "PAI_NOTIFY_SERVED_BUS"

// busOf is the bus that an event came by: the one that the function serves, or
// the one that the event names.
func (f *Function) busOf(e event.Event) string {
	if f.bus != "" {
		return f.bus
	}
	return e.Extension("aliyuneventbusname")
}

// isFirst reports whether no earlier attempt can have sent the texts of an invocation
// and have died after the platform's yes: Function Compute counts the attempts, and
// on Lambda an event that is young enough has had none.
func isFirst(ctx context.Context, planned []*notification, now time.Time) bool {
	for _, n := range planned {
		age := now.Sub(n.message.Time)
		if n.due && (n.retry || age > young || age < -ahead) {
			return false
		}
	}
	return !event.IsRepeated(ctx)
}

// halfOf is when half of an invocation's time is over.
func halfOf(ctx context.Context, now time.Time) time.Time {
	if deadline, ok := ctx.Deadline(); ok {
		return now.Add(deadline.Sub(now) / 2)
	}
	return now
}

// unusable reports whether a ledger answers nobody until a person mends its setting:
// it is missing, the function may not use it, has no credentials, or cannot open it.
// Nobody has claimed anything in it then, and nothing would take up what waits for it.
func unusable(err error) bool {
	if _, ok := errors.AsType[unopened](err); ok {
		return true
	}
	e, ok := errors.AsType[*bus.Error](err)
	if !ok {
		return false
	}
	switch e.Kind {
	case bus.NotFound, bus.Denied:
		return e.Code != "" // the service says so, and not a proxy
	case bus.NoCredentials:
		return e.Code == "" // a key that is refused may be that of this instance alone
	}
	return false
}
