package local

import (
	"context"
	"net/http"
	"slices"

	"github.com/pai-notify/pai-notify/shared/bus/local/store"
)

// Accepted is an event as the bus accepted it.
type Accepted = store.Event

// EventQuery selects accepted events. A zero field selects all.
type EventQuery = store.EventQuery

// Events returns accepted events without their bodies, the newest first: 100 when
// the query has no limit, and at most 1,000. Events that are accepted between two
// pages are on neither.
func (b *Bus) Events(ctx context.Context, q EventQuery) ([]Accepted, error) {
	if err := b.queried(q); err != nil {
		return nil, err
	}
	if q.Limit <= 0 {
		q.Limit = 100
	}
	q.Limit = min(q.Limit, longestPage)
	list, err := b.store.Events(ctx, q)
	return list, failed(err)
}

// CountEvents returns how many events a query selects, whatever its limit.
func (b *Bus) CountEvents(ctx context.Context, q EventQuery) (int, error) {
	if err := b.queried(q); err != nil {
		return 0, err
	}
	count, err := b.store.CountEvents(ctx, q)
	return count, failed(err)
}

// queried fails when a query names a bus that is not there.
func (b *Bus) queried(q EventQuery) error {
	if q.Bus == "" {
		return nil
	}
	_, err := b.rulesOf(q.Bus)
	return err
}

// Event returns the event of a bus that has an id; the newest of them when source
// is "" and several sources have given it.
func (b *Bus) Event(ctx context.Context, bus, source, id string) (Accepted, error) {
	list, err := b.named(ctx, bus, source, id)
	if err != nil {
		return Accepted{}, err
	}
	return list[0], nil
}

func (b *Bus) named(ctx context.Context, bus, source, id string) ([]Accepted, error) {
	if _, err := b.rulesOf(bus); err != nil {
		return nil, err
	}
	list, err := b.store.EventsNamed(ctx, bus, source, id)
	if err != nil {
		return nil, failed(err)
	}
	if len(list) == 0 {
		return nil, &Error{Code: codeEventUnknown, Status: http.StatusConflict, Text: "The event not existed on the bus, or has left its history."}
	}
	return list, nil
}

// Passage is what became of an event.
type Passage struct {
	Event Accepted
	// Pushes are its notifications with their attempts, by rule and target.
	Pushes []Push
}

// Push is one notification of an event with its attempts.
type Push struct {
	Notification
	// Endpoint is that of the target as it stands on the bus; "" when it does not
	// any more.
	Endpoint string
	Attempts []Attempt
}

// Passages returns what became of the events of a bus that have an id, the newest
// first: several sources may have given it.
func (b *Bus) Passages(ctx context.Context, bus, id string) ([]Passage, error) {
	events, err := b.named(ctx, bus, "", id)
	if err != nil {
		return nil, err
	}
	receivers := b.now.Load().receivers
	list := make([]Passage, len(events))
	for i, e := range events {
		list[i].Event = e
		sent, err := b.notifications(ctx, Query{number: e.Number})
		if err != nil {
			return nil, err
		}
		for _, n := range sent {
			k, err := parseID(n.ID)
			if err != nil {
				return nil, err
			}
			p := Push{Notification: n}
			if to := receivers[k.Destination]; to != nil {
				p.Endpoint = to.Endpoint
			}
			if p.Attempts, err = b.attempts(ctx, k); err != nil {
				return nil, err
			}
			list[i].Pushes = append(list[i].Pushes, p)
		}
	}
	return list, nil
}

// Rules are the names of the rules that matched the event, as far as they have
// targets.
func (p Passage) Rules() []string {
	var names []string
	for _, push := range p.Pushes {
		names = append(names, push.Rule)
	}
	return slices.Compact(names) // they come in order
}
