package deliver

import (
	"errors"
	"fmt"
	"slices"

	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/ledger"
	"github.com/pai-notify/pai-notify/shared/outcome"
	"github.com/pai-notify/pai-notify/shared/target"
)

// ErrUnaddressed is the error for an event without whom it is for.
var ErrUnaddressed = errors.New("deliver: no rule and target stand beside the event, so only a function with a document of its own knows whom it is for")

// Rows returns the rows of the notifications that an item of a payload leads to,
// as the function of its targets would claim them on a bus, without those that an
// answer in the item reports as handled. A row whose outcome says that it failed
// cannot be sent. atMostOnce tells of a target type whether its messages must not
// be doubled. It fails for an item that leads to none: because it cannot be read,
// or with [ErrUnaddressed].
func Rows(item event.Item, bus string, atMostOnce func(typ string) bool) ([]ledger.Entry, error) {
	carried := item.Carried()
	switch {
	case item.Err != nil:
		return nil, item.Err
	case carried == nil:
		return nil, ErrUnaddressed
	case item.Test:
		return nil, nil
	}
	for _, c := range carried {
		if slices.ContainsFunc(c.Targets, func(t event.Target) bool { return t.Name == "" }) {
			return nil, fmt.Errorf("deliver: a receiver of the rule %s has no name, because an earlier version wrote its target: apply the document again", c.Rule.Name)
		}
	}
	spec := target.Spec{Type: carried[0].Targets[0].Type}
	if atMostOnce(spec.Type) {
		spec = spec.To(target.ContactPhone)
	}
	f := New(spec, nil)
	f.bus = bus
	var rows []ledger.Entry
	for _, n := range f.plan(item) {
		if n.due || n.outcome.Status == outcome.Failed && n.outcome.Notification != "" {
			e := f.entryOf(n)
			if !n.due {
				e.Outcome = n.outcome
			}
			rows = append(rows, e)
		} else if n.outcome.Status == outcome.Failed {
			return nil, errors.New(n.outcome.Reason)
		}
	}
	return rows, nil
}
