package archive

import (
	"cmp"
	"context"

	"github.com/pai-notify/pai-notify/shared/bus/local"
	"github.com/pai-notify/pai-notify/shared/ledger"
	"github.com/pai-notify/pai-notify/shared/ledger/health"
	"github.com/pai-notify/pai-notify/shared/outcome"
)

// RowsOf lists the notifications of a bus of this machine as a ledger does, for
// check-ups.
func RowsOf(history func(context.Context, local.Query) ([]local.Notification, error)) health.Rows {
	return rows(history)
}

type rows func(context.Context, local.Query) ([]local.Notification, error)

// List implements [health.Rows], by bus, state and time.
func (history rows) List(ctx context.Context, q ledger.Query) (p ledger.Page, err error) {
	asked := local.Query{Bus: q.Bus, Since: q.From, Until: q.To, Limit: q.Limit, After: q.After}
	for _, state := range q.States {
		asked.States = append(asked.States, states[state])
	}
	list, err := history(ctx, asked)
	for _, n := range list {
		p.Entries = append(p.Entries, entryOf(n))
	}
	if len(list) == q.Limit && len(list) > 0 {
		p.Next = list[len(list)-1].ID
	}
	return p, err
}

func entryOf(n local.Notification) ledger.Entry {
	e := ledger.Entry{
		ID: n.ID, Bus: n.Bus, Owner: n.Owner, Rule: n.RuleKey, RuleName: n.Rule, Receiver: cmp.Or(n.Receiver, n.Target),
		Due: n.Due, Outcome: n.Outcome, Created: n.Accepted, Changed: n.Ended,
	}
	for state, as := range states {
		if as == n.State {
			e.State = state
		}
	}
	if n.State == local.Waiting && n.Outcome.Status == outcome.Waiting && n.Outcome.Class == "" {
		e.Held = n.Due
	}
	return e
}
