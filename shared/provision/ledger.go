package provision

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/deliver"
	"github.com/pai-notify/pai-notify/shared/ledger"
	"github.com/pai-notify/pai-notify/shared/provision/policy"
)

// patience is how long one call of a ledger may take where a person waits.
const patience = 10 * time.Second

// Recorded returns the ledger and the bus of the deployed function that sends what
// waits: what [LedgerVariable] and [deliver.BusVariable] name there; "" for what is not
// set. It fails with [bus.NotFound] without that function.
func (c Cloud) Recorded(ctx context.Context, prefix string) (reference, served string, err error) {
	if c.Function == nil {
		return "", "", &bus.Error{Kind: bus.NotFound, Action: "GetFunction", Resource: policy.FunctionName(prefix, Redeliver)}
	}
	set, err := c.Function(ctx, policy.FunctionName(prefix, Redeliver), LedgerVariable, deliver.BusVariable)
	return set[LedgerVariable], set[deliver.BusVariable], err
}

// OpenLedger opens the ledger that a reference names, for people, who can wait.
func (c Cloud) OpenLedger(ctx context.Context, reference string) (*ledger.Ledger, error) {
	if c.Ledger == nil {
		return nil, &bus.Error{Kind: bus.NotServed, Action: "open the ledger", Resource: reference, Text: "it cannot be read from here"}
	}
	store, err := c.Ledger(ctx, reference)
	if err != nil {
		return nil, err
	}
	return ledger.New(store).With(time.Now, patience), nil
}

// healthDays is how far back health looks, and the others how many rows it reads:
// of those, of what waits and of dead letters.
const (
	healthDays   = 7
	healthRows   = 2000
	healthOpened = 1000
)

// Health is how the notifications of a bus ended in the last days, as a ledger
// tells.
type Health struct {
	// Receivers are those that had notifications, by rule and receiver.
	Receivers []ReceiverHealth
	// Waiting and Dead count what waits and the dead letters, whatever their age.
	Waiting, Dead int
	// More is true when there are more than were read.
	More bool
}

// ReceiverHealth is how the notifications for one receiver of a rule ended.
type ReceiverHealth struct {
	// Rule and Receiver are keys, the latter as in the ledger, and RuleName is what
	// the rule was called.
	Rule, RuleName, Type, Receiver string
	Waiting, Dead                  int
	// Sent is when a platform last accepted a message, and Failed when one was last
	// not sent, which Failure tells; zero when that did not happen.
	Sent, Failed time.Time
	Failure      deliver.Outcome
}

// Failing reports whether the last message was not sent.
func (r ReceiverHealth) Failing() bool { return r.Failed.After(r.Sent) }

// ReadHealth reads how the notifications of a bus ended in the last days. It reads
// at most a few thousand rows, the newest.
func ReadHealth(ctx context.Context, l *ledger.Ledger, busName string, now time.Time) (Health, error) {
	var h Health
	receivers := map[[2]string]*ReceiverHealth{}
	of := func(e ledger.Entry) *ReceiverHealth {
		key := [2]string{e.Rule, e.Receiver}
		if receivers[key] == nil {
			receivers[key] = &ReceiverHealth{Rule: e.Rule, RuleName: cmp.Or(e.RuleName, e.Rule), Type: e.Type, Receiver: e.Receiver}
		}
		return receivers[key]
	}
	for _, part := range []struct {
		query ledger.Query
		most  int
		add   func(e ledger.Entry)
	}{
		{ledger.Query{Bus: busName, From: now.Add(-healthDays * 24 * time.Hour)}, healthRows, func(e ledger.Entry) { of(e).add(e) }},
		{ledger.Query{Bus: busName, States: []ledger.State{ledger.Waiting}}, healthOpened, func(e ledger.Entry) {
			h.Waiting++
			of(e).Waiting++
		}},
		{ledger.Query{Bus: busName, States: []ledger.State{ledger.Dead}}, healthOpened, func(e ledger.Entry) {
			h.Dead++
			of(e).Dead++
		}},
	} {
		more, err := eachEntry(ctx, l, part.query, part.most, part.add)
		if err != nil {
			return h, err
		}
		h.More = h.More || more
	}
	for _, r := range receivers {
		h.Receivers = append(h.Receivers, *r)
	}
	slices.SortFunc(h.Receivers, func(a, b ReceiverHealth) int {
		return cmp.Or(cmp.Compare(a.RuleName, b.RuleName), cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Receiver, b.Receiver))
	})
	return h, nil
}

// add takes a row into account. One that a person cancelled, or that was not to be
// sent, says nothing of its receiver.
func (r *ReceiverHealth) add(e ledger.Entry) {
	failed := e.State == ledger.Dead || e.State == ledger.Unknown || e.State == ledger.Waiting && e.Outcome.Class != ""
	switch {
	case e.State == ledger.Sent && e.Changed.After(r.Sent):
		r.Sent = e.Changed
	case failed && e.Changed.After(r.Failed):
		r.Failed, r.Failure = e.Changed, e.Outcome
		r.Failure.Reason = cmp.Or(r.Failure.Reason, e.Because)
	}
}

// eachEntry calls for each row that a query wants, the newest first and at most so
// many, and reports whether there are more.
func eachEntry(ctx context.Context, l *ledger.Ledger, q ledger.Query, most int, each func(ledger.Entry)) (more bool, err error) {
	for {
		q.Limit = min(most, 200)
		page, err := l.List(ctx, q)
		if err != nil {
			return false, err
		}
		for _, e := range page.Entries {
			if most == 0 {
				return true, nil
			}
			most--
			each(e)
		}
		switch q.After = page.Next; {
		case q.After == "":
			return false, nil
		case most == 0:
			return true, nil
		}
	}
}

// HeartbeatKey is the key of the control row in which the function that sends what
// waits on a bus notes when it last ran.
func HeartbeatKey(busName string) string { return "heartbeat/" + busName }

// heartbeat is when that function last ran; zero when it did not.
func heartbeat(ctx context.Context, l *ledger.Ledger, busName string) (time.Time, error) {
	value, err := l.Update(ctx, HeartbeatKey(busName), func(value []byte) ([]byte, bool) { return value, false })
	var ran struct {
		At time.Time `json:"at"`
	}
	if err != nil || value == nil {
		return time.Time{}, err
	}
	err = json.Unmarshal(value, &ran)
	return ran.At, err
}
