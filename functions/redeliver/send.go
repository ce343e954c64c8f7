package redeliver

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/exactjson"
	"github.com/pai-notify/pai-notify/shared/ledger"
	"github.com/pai-notify/pai-notify/shared/outcome"
)

const (
	// What no function took up waits as long again as it has waited, within these.
	shortestWait = 30 * time.Second
	longestWait  = 15 * time.Minute
)

// invoke invokes the function and returns the outcomes that it answered by
// notification, or why it answered none.
func (r *run) invoke(ctx context.Context, function string, batch []ready) (map[string]outcome.Outcome, string) {
	r.mu.Lock()
	broken := r.broken[function]
	if broken == nil {
		r.report.Invoked++
	}
	r.mu.Unlock()
	if broken != nil {
		return nil, notInvoked(function, broken)
	}
	payload := []byte{'['}
	for i, e := range batch {
		if i > 0 {
			payload = append(payload, ',')
		}
		text, err := e.at.wrapped(e.Entry)
		if err != nil {
			return nil, err.Error()
		}
		payload = append(payload, text...)
	}
	if deadline, ok := ctx.Deadline(); ok { // what did not answer is moved in this run
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadline(ctx, deadline.Add(-reserve))
		defer cancel()
	}
	answer, _, err := r.Cloud.Invoke(ctx, function, append(payload, ']'))
	if err != nil {
		switch bus.KindOf(err) {
		case bus.NotFound, bus.Denied, bus.NoCredentials, bus.Throttled:
			r.mu.Lock()
			r.broken[function] = err
			r.mu.Unlock()
		}
		return nil, notInvoked(function, err)
	}
	var list []outcome.Outcome
	if !bytes.HasPrefix(bytes.TrimSpace(answer), []byte("[")) || exactjson.Unmarshal(answer, &list) != nil {
		return nil, fmt.Sprintf("the function %s did not say what became of it", function)
	}
	outcomes := map[string]outcome.Outcome{}
	for _, o := range list {
		outcomes[o.Notification] = o
	}
	return outcomes, ""
}

func notInvoked(function string, err error) string {
	return fmt.Sprintf("the function %s could not be invoked: %v", function, err)
}

// settle makes sure that an entry has moved after an invocation, which mostly the
// function has seen to.
func (r *run) settle(ctx context.Context, seen ledger.Entry, o outcome.Outcome, silent string) (pause, error) {
	row, err := r.Ledger.Get(ctx, seen.ID)
	if err != nil {
		return pause{}, fmt.Errorf("redeliver: a row cannot be read: %w", err)
	}
	result, final := resultOf(o)
	if silent == "" && o.Status == "" {
		// The function knows it by another name. It may have been sent, and would be
		// sent again each time.
		result, final = ledger.Result{State: ledger.Unknown, Because: "its function answered, and not about this notification"}, true
	}
	switch untouched := row.Step == seen.Step; {
	case row.Step == 0, row.State.Ended():
		return pause{}, nil
	case final && (untouched || row.State == ledger.Claimed):
		// It was carried out, and could not be recorded.
		return pause{}, r.move(ctx, row, result)
	case !untouched && row.OnHold():
		return pause{}, nil // which says nothing about others
	case !untouched && row.State == ledger.Waiting:
		return pause{row.Due, cmp.Or(row.Because, "it waits"), row.Outcome.Class}, nil
	case !untouched:
		return pause{because: "somebody else is sending it"}, nil
	case o.Status == outcome.Skipped && !r.tooOld(row, horizonOf(row)):
		// By the function's clock it is not due, or the like: it stays due, and says
		// nothing about others.
		return pause{}, nil
	}
	p := pause{r.backoff(row), cmp.Or(silent, o.Reason, "its function did not say what became of it"), outcome.Transient}
	if row.Outcome.Class == outcome.RateLimited {
		p.class = outcome.RateLimited // it was not tried since
	}
	return p, r.later(ctx, row, p, horizonOf(row))
}

// horizonOf is how long an entry is tried, by what its last attempt met.
func horizonOf(e ledger.Entry) time.Duration {
	if e.Outcome.Class == outcome.RateLimited {
		return ledger.LimitedHorizon
	}
	return ledger.Horizon
}

// resultOf returns how an outcome ends a row, and whether it does.
func resultOf(o outcome.Outcome) (ledger.Result, bool) {
	result := ledger.Result{Because: o.Reason, Outcome: o}
	switch {
	case o.Status == outcome.Sent:
		result.State = ledger.Sent
	case o.Status == outcome.Failed && o.Class == outcome.Unknown:
		result.State = ledger.Unknown
	case o.Status == outcome.Failed && (o.Class == outcome.Permanent || o.Class == outcome.Gone):
		result.State = ledger.Dead
	default:
		return result, false
	}
	return result, true
}

// backoff returns when an entry is tried again that no function took up.
func (r *run) backoff(e ledger.Entry) time.Time {
	now := r.Now()
	return now.Add(min(max(now.Sub(e.Began()), shortestWait), longestWait))
}

// later makes an entry wait, or ends it when it has waited for long enough.
func (r *run) later(ctx context.Context, e ledger.Entry, p pause, horizon time.Duration) error {
	if r.tooOld(e, horizon) {
		return r.end(ctx, e, ledger.Dead, fmt.Sprintf("it was tried for %d hours: %s", int(horizon.Hours()), p.because))
	}
	result := ledger.Result{State: ledger.Waiting, Due: p.until, Because: p.because, Outcome: e.Outcome}
	if result.Outcome.Status != "" && p.class != "" {
		result.Outcome.Class = p.class
	}
	return r.move(ctx, e, result)
}

// tooOld reports whether an entry has been tried for long enough.
func (r *run) tooOld(e ledger.Entry, horizon time.Duration) bool {
	return r.Now().Sub(e.Began()) > horizon
}

// end ends an entry without its having been sent.
func (r *run) end(ctx context.Context, e ledger.Entry, state ledger.State, because string) error {
	return r.move(ctx, e, ledger.Result{State: state, Because: because})
}

// givenUp is the log message about what nobody will send any more by itself. Alarms
// look for it.
const givenUp = "notification given up"

// move changes a row. That somebody else has changed it meanwhile is no failure.
func (r *run) move(ctx context.Context, e ledger.Entry, to ledger.Result) error {
	_, err := r.Ledger.Move(ctx, e, to)
	if errors.Is(err, ledger.ErrLost) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("redeliver: a row cannot be written: %w", err)
	}
	if to.State == ledger.Dead || to.State == ledger.Unknown {
		r.mu.Lock()
		r.report.GivenUp++
		r.mu.Unlock()
		logGivenUp(ctx, e, to)
	}
	return nil
}

// unwritable reports whether an error is about one row that the ledger can read and
// not write: it stays due, where people see it, and keeps no others waiting.
func (r *run) unwritable(ctx context.Context, err error) bool {
	if bus.KindOf(err) != bus.Invalid {
		return false
	}
	r.note(ctx, err.Error())
	return true
}

// logGivenUp tells of a notification that nobody will send.
func logGivenUp(ctx context.Context, e ledger.Entry, as ledger.Result) {
	class := outcome.Permanent
	if as.State == ledger.Unknown {
		class = outcome.Unknown
	}
	slog.ErrorContext(ctx, givenUp, "status", outcome.Failed, "notification", e.ID, "event", e.EventID, "event_type", e.EventType,
		"rule", e.RuleName, "target", e.Type+"/"+e.Receiver, "reason", as.Because, "class", class)
}

// note keeps the first problem of the run.
func (r *run) note(ctx context.Context, problem string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.report.Problem == "" {
		r.report.Problem = problem
		slog.ErrorContext(ctx, "redeliver: what is due was not tried", "reason", problem)
	}
}
