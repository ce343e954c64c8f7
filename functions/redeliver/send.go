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
	// horizon is how long it is tried, and longestHorizon how long it may stand behind
	// others: what a platform's limits keep back is tried for a day.
	horizon, longestHorizon = 6 * time.Hour, 24 * time.Hour
)

// sendGroup sends what goes to one receiver, one batch after the other, until the
// receiver is not to be sent anything for a while.
func (r *run) sendGroup(ctx context.Context, group []ledger.Entry) error {
	have, err := r.have(ctx)
	if err != nil {
		why := fmt.Sprintf("the event bus cannot be read: %v", err)
		r.note(ctx, why)
		for _, e := range group { // the others stay due, and become overdue
			if r.tooOld(e, longestHorizon) {
				if err := r.end(ctx, e, ledger.Dead, why); err != nil {
					return err
				}
			}
		}
		return nil
	}
	var ready []ledger.Entry
	var at place
	for _, e := range group {
		v := verdictOn(e, have)
		if v.state != "" {
			if err := r.end(ctx, e, v.state, v.why); err != nil {
				return err
			}
			continue
		}
		at = v.place
		ready = append(ready, e)
	}
	for len(ready) > 0 {
		if !r.timeLeft(ctx) {
			return nil
		}
		batch, rest := batchOf(ready)
		p, err := r.sendBatch(ctx, at, batch)
		if err != nil {
			return err
		}
		if !p.until.IsZero() {
			// What stands behind waits with what was tried, and costs no invocation.
			for _, e := range rest {
				if err := r.later(ctx, e, p, longestHorizon); err != nil {
					return err
				}
			}
		}
		if p.because != "" {
			return nil
		}
		ready = rest
	}
	return nil
}

// pause says why a receiver is not to be sent anything for a while, and until when;
// the zero value when it may be, and the zero time when somebody else is at it.
type pause struct {
	until   time.Time
	because string
}

// sendBatch invokes the function of a receiver with entries that go there, and
// makes sure that each has moved.
func (r *run) sendBatch(ctx context.Context, at place, batch []ledger.Entry) (shortest pause, err error) {
	outcomes, silent := r.invoke(ctx, at, batch)
	for _, e := range batch {
		p, err := r.settle(ctx, e, outcomes[e.ID], silent)
		if err != nil {
			return p, err
		}
		if p.because != "" && (shortest.because == "" || p.until.Before(shortest.until)) {
			shortest = p
		}
	}
	return shortest, nil
}

// invoke invokes the function and returns the outcomes that it answered by
// notification, or why it answered none.
func (r *run) invoke(ctx context.Context, at place, batch []ledger.Entry) (map[string]outcome.Outcome, string) {
	r.mu.Lock()
	broken := r.broken[at.function]
	if broken == nil {
		r.report.Invoked++
	}
	r.mu.Unlock()
	if broken != nil {
		return nil, notInvoked(at.function, broken)
	}
	payload := []byte{'['}
	for i, e := range batch {
		if i > 0 {
			payload = append(payload, ',')
		}
		text, err := at.wrapped(e.Event)
		if err != nil {
			return nil, err.Error()
		}
		payload = append(payload, text...)
	}
	answer, _, err := r.Cloud.Invoke(ctx, at.function, append(payload, ']'))
	if err != nil {
		switch bus.KindOf(err) {
		case bus.NotFound, bus.Denied, bus.NoCredentials, bus.Throttled:
			r.mu.Lock()
			r.broken[at.function] = err
			r.mu.Unlock()
		}
		return nil, notInvoked(at.function, err)
	}
	var list []outcome.Outcome
	if !bytes.HasPrefix(bytes.TrimSpace(answer), []byte("[")) || exactjson.Unmarshal(answer, &list) != nil {
		return nil, fmt.Sprintf("the function %s did not say what became of it", at.function)
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
	case !untouched && row.State == ledger.Waiting:
		return pause{row.Due, cmp.Or(row.Because, "it waits")}, nil
	case !untouched:
		return pause{because: "somebody else is sending it"}, nil
	}
	p := pause{r.backoff(row), cmp.Or(silent, o.Reason, "its function did not say what became of it")}
	return p, r.later(ctx, row, p, horizon)
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
	return now.Add(min(max(now.Sub(e.Created), shortestWait), longestWait))
}

// later makes an entry wait, or ends it when it has waited for long enough.
func (r *run) later(ctx context.Context, e ledger.Entry, p pause, horizon time.Duration) error {
	if r.tooOld(e, horizon) {
		return r.end(ctx, e, ledger.Dead, fmt.Sprintf("it was tried for %d hours: %s", int(horizon.Hours()), p.because))
	}
	return r.move(ctx, e, ledger.Result{State: ledger.Waiting, Due: p.until, Because: p.because})
}

// tooOld reports whether an entry has been tried for long enough. One that stands
// behind others is not, when a person had it sent again: nobody has tried it since.
func (r *run) tooOld(e ledger.Entry, horizon time.Duration) bool {
	return r.Now().Sub(e.Created) > horizon && (e.Redrives == 0 || horizon != longestHorizon)
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
