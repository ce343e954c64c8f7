// Package archive is the history of a bus in a cloud, read from its ledger as the
// bus of this machine tells its own.
package archive

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/pai-notify/pai-notify/shared/bus/local"
	"github.com/pai-notify/pai-notify/shared/ledger"
	"github.com/pai-notify/pai-notify/shared/provision"
)

// Archive is what a ledger has of the notifications of one bus. It is safe for
// concurrent use.
type Archive struct {
	ledger *ledger.Ledger
	cloud  provision.Cloud
	bus    string
	now    func() time.Time

	mu   sync.Mutex // held while the rules are read
	have provision.State
	read time.Time
}

// New returns what a ledger has of the notifications of a bus of a cloud.
func New(l *ledger.Ledger, c provision.Cloud, bus string, now func() time.Time) *Archive {
	return &Archive{ledger: l, cloud: c, bus: bus, now: now}
}

// rulesFor is how long the rules of the bus are taken for those of the moment, as
// somebody has many notifications sent again.
const rulesFor = 10 * time.Second

// rules returns what is on the bus.
func (a *Archive) rules(ctx context.Context) (provision.State, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if now := a.now(); a.read.IsZero() || now.Sub(a.read) > rulesFor {
		have, err := provision.Read(ctx, a.cloud.Bus, a.bus)
		if err != nil {
			return have, a.cloud.Explain(err)
		}
		a.have, a.read = have, now
	}
	return a.have, nil
}

// states are the names that the local bus has for the states of a ledger.
var states = map[ledger.State]local.State{
	ledger.Claimed: local.Started, ledger.Waiting: local.Waiting, ledger.Sent: local.Sent, ledger.Skipped: local.Skipped,
	ledger.Dead: local.Dead, ledger.Unknown: local.Unknown, ledger.Cancelled: local.Cancelled, ledger.Moved: local.Moved,
}

// History returns notifications, the newest first: as many as the query's limit,
// unless there are no more.
func (a *Archive) History(ctx context.Context, q local.Query) ([]local.Notification, error) {
	asked, ok := a.query(q)
	if !ok {
		return nil, nil
	}
	last, err := a.after(ctx, q, &asked)
	if err != nil {
		return nil, err
	}
	list := []local.Notification{}
	for {
		page, err := a.ledger.List(ctx, asked)
		if err != nil {
			return nil, a.cloud.Explain(err)
		}
		for _, e := range page.Entries {
			if (last.ID == "" || ledger.Newer(last, e) < 0) && wants(q, e) {
				if list = append(list, notificationOf(e)); len(list) == asked.Limit {
					return list, nil
				}
			}
		}
		if asked.After = page.Next; asked.After == "" {
			return list, nil
		}
	}
}

// after returns the row after which a page begins, and has only those asked for that
// are not newer; the zero row for the first page.
func (a *Archive) after(ctx context.Context, q local.Query, asked *ledger.Query) (last ledger.Entry, err error) {
	if q.After == "" {
		return last, nil
	}
	last, err = a.entry(ctx, q.After)
	// Stores may keep times less exactly than rows do.
	if until := last.Created.Add(time.Second); asked.To.IsZero() || until.Before(asked.To) {
		asked.To = until
	}
	return last, err
}

// defaultPage is how many notifications a page has that has no limit, as one of
// the local bus.
const defaultPage = 100

// query is a query in the terms of a ledger; false when nothing can be found.
func (a *Archive) query(q local.Query) (ledger.Query, bool) {
	asked := ledger.Query{
		Bus: a.bus, From: q.Since, To: q.Until, Job: cmp.Or(q.Job, q.About), Rule: q.Rule, EventID: q.EventID, EventType: q.EventType, Limit: q.Limit,
	}
	if asked.Limit <= 0 {
		asked.Limit = defaultPage
	}
	for state, as := range states {
		if slices.Contains(q.States, as) {
			asked.States = append(asked.States, state)
		}
	}
	slices.Sort(asked.States)
	return asked, (q.Bus == "" || q.Bus == a.bus) && (len(q.States) == 0 || asked.States != nil)
}

// entry returns the row of a notification of the bus.
func (a *Archive) entry(ctx context.Context, id string) (ledger.Entry, error) {
	e, err := a.ledger.Get(ctx, id)
	if err == nil && (e.Step == 0 || e.Bus != a.bus) {
		err = &local.Error{Code: "NotificationNotExist", Status: http.StatusNotFound, Text: fmt.Sprintf("there is no notification %s of the bus %s: it may have left the history", id, a.bus)}
	}
	return e, a.cloud.Explain(err)
}

// Life returns a notification with its last attempt, and its event as far as the
// ledger keeps it: not of those that were sent.
func (a *Archive) Life(ctx context.Context, id string) (local.Notification, []local.Attempt, []byte, error) {
	e, err := a.entry(ctx, id)
	if err != nil {
		return local.Notification{}, nil, nil, err
	}
	n := notificationOf(e)
	var attempts []local.Attempt
	if n.Answer != nil {
		attempts = []local.Attempt{{Number: n.Attempts, Started: n.Started, Ended: n.Ended, Outcome: e.Outcome, Answer: n.Answer}}
	}
	return n, attempts, e.Event, nil
}

// WaitingFor counts what waits for each receiver of a rule; not what is being sent.
func (a *Archive) WaitingFor(ctx context.Context, bus string) ([]local.WaitingCount, error) {
	list, err := local.Query{Bus: bus, States: []local.State{local.Waiting}}.Find(ctx, a.History, 0, nil)
	counts := []local.WaitingCount{}
	at := map[[3]string]int{}
	for _, n := range list {
		whose := [3]string{n.Owner, n.RuleKey, n.Target}
		i, ok := at[whose]
		if !ok {
			i = len(counts)
			at[whose] = i
			counts = append(counts, local.WaitingCount{Owner: n.Owner, Rule: n.RuleKey, RuleName: n.Rule, Receiver: n.Target})
		}
		counts[i].Count++
	}
	return counts, err
}
