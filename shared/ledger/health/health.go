// Package health tells from a ledger how the notifications of a bus ended lately,
// and whether what waits there is sent.
package health

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/pai-notify/pai-notify/shared/ledger"
	"github.com/pai-notify/pai-notify/shared/outcome"
)

// Days is how far back a report looks.
const Days = 7

// OpenMost is how many rows a report reads of what waits, and of dead letters.
const OpenMost = 1000

// latelyMost is how many rows it reads of those days.
const latelyMost = 2000

// Rows lists notifications as a [ledger.Ledger] does.
type Rows interface {
	List(ctx context.Context, q ledger.Query) (ledger.Page, error)
}

// Report is how the notifications of a bus ended in the last days, as a ledger
// tells.
type Report struct {
	// Receivers are those that had notifications, by rule and receiver.
	Receivers []Receiver
	// Waiting and Dead count what waits and the dead letters, whatever their age, and
	// Held what waits on purpose, which is none of Waiting.
	Waiting, Dead, Held int
	// Oldest is when the oldest of Waiting was accepted, and LastDead when the last
	// of Dead was given up; zero without.
	Oldest, LastDead time.Time
	// More is true when there are more than were read.
	More bool
}

// Receiver is how the notifications for one receiver of a rule ended.
type Receiver struct {
	// Rule and Receiver are keys, the latter as in the ledger, and RuleName is what
	// the rule was called.
	Rule, RuleName, Type, Receiver string
	Waiting, Dead, Held            int
	// Sent is when a platform last accepted a message, and Failed when one was last
	// not sent, which Failure tells; zero when that did not happen.
	Sent, Failed time.Time
	Failure      outcome.Outcome
}

// Name is the receiver as <type>/<name>.
func (r Receiver) Name() string {
	if r.Type == "" || strings.Contains(r.Receiver, "/") {
		return r.Receiver
	}
	return r.Type + "/" + r.Receiver
}

// Failing reports whether the last message was not sent.
func (r Receiver) Failing() bool { return r.Failed.After(r.Sent) }

// Read reads how the notifications of a bus ended in the last days. It reads
// at most a few thousand rows, the newest.
func Read(ctx context.Context, l Rows, busName string, now time.Time) (Report, error) {
	var h Report
	receivers := map[[2]string]*Receiver{}
	of := func(e ledger.Entry) *Receiver {
		key := [2]string{e.Rule, e.Receiver}
		if receivers[key] == nil {
			receivers[key] = &Receiver{Rule: e.Rule, RuleName: cmp.Or(e.RuleName, e.Rule), Type: e.Type, Receiver: e.Receiver}
		}
		return receivers[key]
	}
	for _, part := range []struct {
		query ledger.Query
		most  int
		add   func(e ledger.Entry)
	}{
		{ledger.Query{Bus: busName, From: now.Add(-Days * 24 * time.Hour)}, latelyMost, func(e ledger.Entry) { of(e).add(e) }},
		{ledger.Query{Bus: busName, States: []ledger.State{ledger.Waiting}}, OpenMost, func(e ledger.Entry) {
			if e.OnHold() {
				h.Held++
				of(e).Held++
				return
			}
			h.Waiting++
			if h.Oldest.IsZero() || e.Created.Before(h.Oldest) {
				h.Oldest = e.Created
			}
			of(e).Waiting++
		}},
		{ledger.Query{Bus: busName, States: []ledger.State{ledger.Dead}}, OpenMost, func(e ledger.Entry) {
			h.Dead++
			if e.Changed.After(h.LastDead) {
				h.LastDead = e.Changed
			}
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
	slices.SortFunc(h.Receivers, func(a, b Receiver) int {
		return cmp.Or(cmp.Compare(a.RuleName, b.RuleName), cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Receiver, b.Receiver))
	})
	return h, nil
}

// add takes a row into account. One that a person cancelled, or that was not to be
// sent, says nothing of its receiver.
func (r *Receiver) add(e ledger.Entry) {
	failed := e.State == ledger.Dead || e.State == ledger.Unknown || e.State == ledger.Waiting && !e.OnHold() && e.Outcome.Class != ""
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
func eachEntry(ctx context.Context, l Rows, q ledger.Query, most int, each func(ledger.Entry)) (more bool, err error) {
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

// Heartbeat returns when that function last ran; zero when it did not.
func Heartbeat(ctx context.Context, l *ledger.Ledger, busName string) (time.Time, error) {
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
