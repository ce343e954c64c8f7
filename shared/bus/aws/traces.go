package aws

import (
	"context"
	"encoding/json"
	"errors"
	"iter"
	"time"

	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/event"
)

// DefaultLogGroup is where the events of a bus are looked for when nothing else
// is said. EventBridge writes only to groups whose names begin so (Amazon
// EventBridge, targets: CloudWatch Logs).
func DefaultLogGroup(bus string) string { return "/aws/events/" + bus }

// logGroup is where what passed a bus is read.
func (b *Bus) logGroup(on string) string {
	if b.group != "" {
		return b.group
	}
	return DefaultLogGroup(on)
}

// logged is a page of FilterLogEvents.
type logged struct {
	Events []struct {
		Message   string  `json:"message"`
		Timestamp float64 `json:"timestamp"` // milliseconds; stand-ins for the service write fractions
	} `json:"events"`
	NextToken string `json:"nextToken"`
}

// Traced implements [bus.Traces] by the log group that a rule of the bus writes
// every event to. EventBridge itself remembers none: an archive can be replayed
// and not read.
func (b *Bus) Traced(ctx context.Context, on string, since, until time.Time) iter.Seq2[bus.Trace, error] {
	return func(yield func(bus.Trace, error) bool) {
		err := b.eachLogged(ctx, on, since.UnixMilli(), until.UnixMilli()-1, func(t bus.Trace, _ event.Event) bool { return yield(t, nil) })
		if err != nil {
			yield(bus.Trace{}, err)
		}
	}
}

// TracedEvent implements [bus.Traces]: the log is asked for the millisecond in
// which the event was written, and for the next.
func (b *Bus) TracedEvent(ctx context.Context, on string, t bus.Trace) (event.Event, error) {
	var found event.Event
	ok := false
	at := t.Received.UnixMilli()
	err := b.eachLogged(ctx, on, at, at+1, func(has bus.Trace, e event.Event) bool {
		if has.ID == t.ID && has.Source == t.Source && has.Type == t.Type {
			found, ok = e, true
		}
		return !ok
	})
	if err == nil && !ok {
		err = &bus.Error{Kind: bus.NotFound, Action: filterAction, Resource: b.logGroup(on), Text: "the log group has the event no more"}
	}
	return found, err
}

const filterAction = "logs:FilterLogEvents"

// eachLogged reads the events that were logged from since to until, both
// included, in milliseconds. What is no event is left out: others may write to
// the group too.
func (b *Bus) eachLogged(ctx context.Context, on string, since, until int64, yield func(bus.Trace, event.Event) bool) error {
	group, token := b.logGroup(on), ""
	asked := map[string]bool{}
	for {
		request := map[string]any{"logGroupName": group, "startTime": since, "endTime": until}
		if token != "" {
			request["nextToken"] = token
		}
		var page logged
		err := b.retry.Repeat(ctx, bus.Passing, func() error {
			page = logged{}
			return b.logs.Call(ctx, "Logs_20140328", "FilterLogEvents", group, request, &page)
		})
		if e, ok := errors.AsType[*bus.Error](err); ok {
			e.Text = b.keys.redact(e.Text)
		}
		if err != nil {
			return err
		}
		for _, l := range page.Events {
			if t, e, ok := eventIn(l.Message); ok {
				t.Received = time.UnixMilli(int64(l.Timestamp)).UTC()
				if !yield(t, e) {
					return nil
				}
			}
		}
		if token = page.NextToken; token == "" {
			return nil
		}
		if asked[token] {
			return &bus.Error{Kind: bus.Unavailable, Action: filterAction, Resource: group, Text: "the service gives the same page again and again"}
		}
		asked[token] = true
	}
}

// eventIn returns the event in the envelope that EventBridge logged.
func eventIn(message string) (bus.Trace, event.Event, bool) {
	var envelope struct {
		DetailType *string `json:"detail-type"`
	}
	if json.Unmarshal([]byte(message), &envelope) != nil || envelope.DetailType == nil {
		return bus.Trace{}, event.Event{}, false
	}
	p, err := event.Decode([]byte(message))
	if err != nil || len(p.Items) != 1 || p.Items[0].Err != nil {
		return bus.Trace{}, event.Event{}, false
	}
	e := p.Items[0].Event
	return bus.Trace{ID: e.ID(), Source: e.Source(), Type: e.Type()}, e, true
}

var _ bus.Traces = (*Bus)(nil)
