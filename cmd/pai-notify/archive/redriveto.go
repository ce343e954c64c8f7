package archive

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/pai-notify/pai-notify/functions"
	"github.com/pai-notify/pai-notify/shared/bus/local"
	"github.com/pai-notify/pai-notify/shared/deliver"
	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/ledger"
	"github.com/pai-notify/pai-notify/shared/target"
)

// reasonElsewhere is why a notification waits that nobody has tried.
const reasonElsewhere = "somebody had it sent to this receiver instead of another one"

// place is a receiver of a rule as it stands on the bus.
type place struct {
	rule     event.Rule
	receiver target.Receiver
	enabled  bool
}

func (p place) name() string { return p.receiver.Type + "/" + p.receiver.Name }

// redriveTo has the event of a row sent to another receiver, as a new notification
// that the function which sends what waits will find.
//
// The ledger has no transaction over two rows, so the new one is there before the
// old one says that it has been moved: whoever is interrupted in between leaves a
// dead letter that was sent, and not one that never will be. Asking again finds
// the new row and goes on.
func (a *Archive) redriveTo(ctx context.Context, e ledger.Entry, r local.Redrive, done local.Redriven) (local.Redriven, error) {
	to, err := a.placeOf(ctx, e, r.To)
	if err != nil {
		return done, err
	}
	done.ToRule, done.ToTarget = to.rule.Name, to.name()
	if !to.enabled {
		return done, refuse("the rule %s is disabled: enable it first", to.rule.Name)
	}
	if to.rule.Key() == e.Rule && to.rule.Owner == e.Owner && to.name() == receiverOf(e) {
		return a.redrive(ctx, e, r, done)
	}
	as, err := a.rowFor(e, to)
	if err != nil {
		return done, err
	}
	there, err := a.ledger.Get(ctx, as.ID)
	switch {
	case err != nil:
		return done, a.cloud.Explain(err)
	case there.Step != 0 && there.MovedFrom != e.ID:
		return done, refuse("%s has been told of this event already: see %s, which is %s", to.name(), there.ID, states[there.State])
	case r.Try:
		return done, nil
	case there.Step == 0:
		if there, err = a.ledger.Move(ctx, as, ledger.Result{State: ledger.Waiting, Due: a.now(), Because: reasonElsewhere}); errors.Is(err, ledger.ErrLost) && there.MovedFrom == e.ID {
			err = nil // somebody else does the same
		}
		if err != nil {
			return done, a.moved(as, err)
		}
	}
	done.As = there.ID
	_, err = a.ledger.Move(ctx, e, ledger.Result{State: ledger.Moved, Because: "somebody had it sent to " + to.name() + " of the rule " + to.rule.Name, MovedTo: there.ID})
	if errors.Is(err, ledger.ErrLost) {
		now, failed := a.ledger.Get(ctx, e.ID)
		if failed == nil && now.State == ledger.Moved && now.MovedTo == there.ID {
			return done, nil
		}
		if failed == nil && there.State == ledger.Waiting {
			// It is sent as the old one, or was cancelled: not as this one too.
			_, failed = a.ledger.Move(ctx, there, ledger.Result{State: ledger.Cancelled, Because: "the notification " + e.ID + " has changed meanwhile"})
		}
		err = errors.Join(err, failed)
	}
	return done, a.moved(e, err)
}

// rowFor is the row of a notification of the event of e for a receiver, as the
// function of that one would make it.
func (a *Archive) rowFor(e ledger.Entry, to place) (ledger.Entry, error) {
	happened, err := event.Parse(e.Event)
	if err != nil {
		return ledger.Entry{}, refuse("the event of %s cannot be read: %v", e.ID, err)
	}
	rows, err := deliver.Rows(event.Item{
		Event: happened, Rule: to.rule,
		Target: &event.Target{Type: to.receiver.Type, Name: to.receiver.Name, Parameters: to.receiver.Parameters},
	}, a.bus, atMostOnce)
	if err != nil {
		return ledger.Entry{}, refuse("%s of the rule %s cannot be sent to: %v", to.name(), to.rule.Name, err)
	}
	if len(rows) != 1 || rows[0].Outcome.Status != "" {
		return ledger.Entry{}, refuse("%s of the rule %s does not take this event", to.name(), to.rule.Name)
	}
	as := rows[0]
	as.MovedFrom = e.ID
	// As a claim of the platform would: the next one, which no platform repeats, is
	// looked after if its sender dies.
	as.Created, as.Claims = a.now().UTC().Truncate(time.Millisecond), 1
	return as, nil
}

// atMostOnce reports whether messages of a type must not be doubled; those of one
// that nobody knows must not.
func atMostOnce(typ string) bool {
	spec, ok := functions.Lookup(typ)
	return !ok || spec.AtMostOnce()
}

// placeOf finds the receiver that somebody names, as RULE/RECEIVER or as RULE for
// the one of the same name there. It is never one of another owner.
func (a *Archive) placeOf(ctx context.Context, e ledger.Entry, to string) (place, error) {
	all, err := a.places(ctx)
	if err != nil {
		return place{}, err
	}
	name, receiver, named := strings.Cut(to, "/")
	if !named {
		receiver = receiverOf(e)
	}
	of := slices.DeleteFunc(slices.Clone(all), func(p place) bool { return p.rule.Name != name })
	if len(of) == 0 {
		of = slices.DeleteFunc(all, func(p place) bool { return p.rule.Key() != name })
	}
	if len(of) == 0 {
		return place{}, refuse("no rule %s is on the bus %s", name, a.bus)
	}
	other := of[0].rule.Owner
	// What nobody owns may go to anybody, as the person says who names the receiver.
	of = slices.DeleteFunc(of, func(p place) bool { return e.Owner != "" && p.rule.Owner != e.Owner })
	if len(of) == 0 {
		return place{}, refuse("the rule %s belongs to %s, and the notification to %s: name a rule of %[3]s", name, cmp.Or(other, "nobody"), e.Owner)
	}
	var there []string
	var fits, exact []place
	for _, p := range of {
		there = append(there, p.name())
		if p.name() == receiver {
			exact = append(exact, p)
		}
		if p.receiver.Name == receiver {
			fits = append(fits, p)
		}
	}
	if exact != nil {
		fits = exact
	}
	if len(fits) != 1 {
		what := map[bool]string{true: "no receiver", false: "several receivers"}[len(fits) == 0]
		slices.Sort(there)
		return place{}, refuse("the rule %s has %s %s: name one of %s", name, what, receiver, strings.Join(slices.Compact(there), ", "))
	}
	return fits[0], nil
}

// places are the receivers on the bus, each once: a rule may stand there several
// times, and is enabled if one of them is.
func (a *Archive) places(ctx context.Context) ([]place, error) {
	have, err := a.rules(ctx)
	if err != nil {
		return nil, err
	}
	var all []place
	for _, r := range have.Rules {
		for _, t := range r.Targets {
			for _, c := range t.Carries() {
				for _, to := range c.Receivers {
					p := place{c.Rule, to, r.Enabled}
					i := slices.IndexFunc(all, func(q place) bool {
						return q.rule.Owner == p.rule.Owner && q.rule.Key() == p.rule.Key() && q.name() == p.name()
					})
					switch {
					case i < 0:
						all = append(all, p)
					case p.enabled && !all[i].enabled:
						all[i] = p
					}
				}
			}
		}
	}
	return all, nil
}
