package deliver

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/pai-notify/pai-notify/shared/ledger"
	"github.com/pai-notify/pai-notify/shared/outcome"
)

const (
	// What may pass is tried again after the first wait, which doubles up to the
	// longest, and until the ledger's horizon is over.
	firstWait, longestBackoff = 30 * time.Second, 15 * time.Minute
	// longestUnclear is the longest wait after an attempt that the platform may have
	// taken. Such waits grow faster, because each attempt may be one more copy.
	longestUnclear = time.Hour
	// afterLimit is added to the wait that a platform names.
	afterLimit = 2 * time.Second
)

// settle ends the claim of a notification by its outcome. With a lasting ledger a
// failure that may pass becomes one that waits.
func (f *Function) settle(ctx context.Context, r *run, n *notification) {
	switch {
	case n.test: // each has an event of its own
		return
	case n.claim == nil:
		f.remember(ctx, n)
		return
	}
	var result ledger.Result
	n.outcome, result = resultOf(n.outcome, n.unclear, *n.claim, time.Now())
	f.end(ctx, r, n, *n.claim, result)
}

// stateOf is the state after an attempt that is not repeated.
func stateOf(o outcome.Outcome) ledger.State {
	switch {
	case o.Status == outcome.Sent:
		return ledger.Sent
	case o.Status == outcome.Skipped: // another message was accepted that speaks for it
		return ledger.Skipped
	case o.Class == outcome.Unknown:
		return ledger.Unknown
	}
	return ledger.Dead
}

// resultOf returns what an outcome makes of a claimed row, and the outcome that
// says so.
func resultOf(o outcome.Outcome, unclear bool, claim ledger.Entry, now time.Time) (outcome.Outcome, ledger.Result) {
	result := ledger.Result{State: stateOf(o)}
	if result.State == ledger.Dead && !permanent(o) {
		o, result = later(o, unclear, claim, now)
	}
	result.Because, result.Outcome = o.Reason, o
	return o, result
}

// later has a failure that may pass tried again, or given up when its time is
// over.
func later(o outcome.Outcome, unclear bool, claim ledger.Entry, now time.Time) (outcome.Outcome, ledger.Result) {
	asked := time.Duration(o.RetryAfter)*time.Second + afterLimit
	doublings := min(max(claim.Claims-1, 0), 10)
	wait, until := min(firstWait<<doublings, longestBackoff), ledger.Horizon
	if unclear {
		wait = min(firstWait<<(2*doublings), longestUnclear)
	}
	if wait = max(wait, asked); o.Class == outcome.RateLimited {
		wait, until = asked, ledger.LimitedHorizon
	}
	end := claim.Began().Add(until)
	if !now.Before(end) {
		o.Class, o.RetryAfter = outcome.Permanent, 0
		o.Reason += fmt.Sprintf("; given up, because it has been tried for %d hours", int(until.Hours()))
		return o, ledger.Result{State: ledger.Dead}
	}
	due := now.Add(wait)
	if due.After(end) { // a last attempt
		due = end
	}
	due = due.Add(time.Second - 1).UTC().Truncate(time.Second)
	o.Status, o.Due = outcome.Waiting, due
	return o, ledger.Result{State: ledger.Waiting, Due: due}
}

// end settles a row and notes whether the ledger has what becomes of it.
func (f *Function) end(ctx context.Context, r *run, n *notification, row ledger.Entry, result ledger.Result) {
	ctx = context.WithoutCancel(ctx) // what was done is recorded, whatever time is left
	err := f.ask(ctx, r, nil, func(l *ledger.Ledger) error {
		_, err := l.Settle(ctx, row, result)
		return err
	})
	switch {
	case err == nil && unwoken(row, result.State):
		n.outcome = toRepeat(n.outcome, n.outcome.Reason)
	case err == nil:
		n.held = true
		if result.State == ledger.Dead {
			n.log(ctx)
			logOutcome(ctx, givenUp, n.outcome)
		}
	case taken(n.outcome):
		f.notRecorded(ctx, n, err)
	case errors.Is(err, ledger.ErrLost):
		n.held = true
		n.outcome = skip(n.outcome, "another invocation has taken it over: the time of this one had ended, and its attempt failed: "+n.outcome.Reason)
	default:
		// It may not be called waiting, because nothing says so: the platform
		// repeats it.
		n.outcome.Due = time.Time{}
		if n.outcome.Status == outcome.Waiting {
			n.outcome.Status = outcome.Failed
		}
	}
}

// unwoken reports whether a row would wait for nobody: what is due is asked for by
// the name of its bus. So the platform repeats it, and the row keeps what was sent.
func unwoken(row ledger.Entry, state ledger.State) bool {
	return state == ledger.Waiting && row.Bus == ""
}

// toRepeat is the outcome of what the platform is to repeat though it waits.
func toRepeat(o outcome.Outcome, why string) outcome.Outcome {
	o.Status, o.Due = outcome.Failed, time.Time{}
	o.Class = cmp.Or(o.Class, outcome.Transient)
	o.Reason = why + "; it waits in no ledger, because nobody says which bus it is: set " + BusVariable + " of the function"
	return o
}

// notRecorded is the log message for what the platform has taken, or may have,
// while no ledger says so. Alarms look for it.
const notRecorded = "notification sent but not recorded"

// notRecorded tells what the ledger does not know, and has this instance remember
// it.
func (f *Function) notRecorded(ctx context.Context, n *notification, err error) {
	slog.LogAttrs(ctx, slog.LevelError, notRecorded, append(facts(n.outcome), slog.String("error", err.Error()))...)
	// A claim that stands keeps a text from being sent again; a chat message is
	// repeated when its lease has ended.
	n.held = n.claim != nil && f.spec.AtMostOnce()
	f.remember(ctx, n)
}

// record tells the ledger what became of notifications while it did not answer,
// and of those that nobody could try to send, as long as the invocation has time: one
// that is cut off is repeated as a whole.
func (f *Function) record(ctx context.Context, r *run, planned []*notification) {
	r.claims = calls{} // it is asked once more
	for _, n := range planned {
		if !n.unrecorded || !f.lasting(n) {
			continue
		}
		var verdict ledger.Verdict
		var row ledger.Entry
		err := errNoTimeToTell
		if deadline, ok := ctx.Deadline(); !ok || time.Until(deadline) >= tellReserve {
			verdict, row, err = f.claimIn(ctx, r, n)
		}
		switch {
		case err == nil && verdict == ledger.Mine:
			o := n.outcome
			if n.before != "" {
				o = toldLate(o, n.before)
			}
			o, result := resultOf(o, n.unclear, row, time.Now())
			if n.before == "" {
				n.outcome = o
			}
			f.end(ctx, r, n, row, result)
		case err == nil && verdict == ledger.Done && again(n.outcome):
			n.held = true
			n.outcome = ofRow(n.outcome, row)
		case err == nil && verdict == ledger.Done:
			n.held = true
		case taken(n.outcome):
			f.notRecorded(ctx, n, cmp.Or(err, errTaken))
		}
	}
}

// tellReserve is the time that it takes to tell a ledger of one more, and to answer.
const tellReserve = time.Second

var errNoTimeToTell = errors.New("deliver: no time was left in this invocation to tell the ledger")

// toldLate is the outcome of what an earlier invocation sent, of which no more is
// known.
func toldLate(o outcome.Outcome, state ledger.State) outcome.Outcome {
	o.Status, o.Reason = outcome.Sent, "the ledger did not answer when it was sent, and learned of it later"
	if state == ledger.Unknown {
		o.Status, o.Class = outcome.Failed, outcome.Unknown
	}
	return o
}
