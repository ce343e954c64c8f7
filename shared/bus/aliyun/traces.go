package aliyun

import (
	"bytes"
	"context"
	"encoding/json"
	"iter"
	"time"

	eventbridge "github.com/alibabacloud-go/eventbridge-20200401/v2/client"

	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/event"
)

// Traced implements [bus.Traces] by QueryTracedEvents. How long traces are kept,
// and whether a custom bus has to be traced first, is not documented.
func (b *Bus) Traced(ctx context.Context, on string, since, until time.Time) iter.Seq2[bus.Trace, error] {
	return func(yield func(bus.Trace, error) bool) {
		err := paged("QueryTracedEvents", func(token *string) (*string, error) {
			request := &eventbridge.QueryTracedEventsRequest{
				EventBusName: &on, StartTime: new(since.UnixMilli()), EndTime: new(until.UnixMilli()), Limit: new(int32(page)), NextToken: token,
			}
			var data eventbridge.QueryTracedEventsResponseBodyData
			err := b.config.Retry.Repeat(ctx, bus.Passing, func() (err error) {
				data, err = readData[eventbridge.QueryTracedEventsResponseBodyData](ctx, b, "QueryTracedEvents", on, ask(request, (*eventbridge.Client).QueryTracedEventsWithOptions))
				return err
			})
			if err != nil {
				return nil, err
			}
			for _, e := range data.Events {
				t := bus.Trace{ID: value(e.EventId), Source: value(e.EventSource), Type: value(e.EventType)}
				if e.EventReceivedTime != nil {
					t.Received = time.UnixMilli(*e.EventReceivedTime).UTC()
				}
				if !yield(t, nil) {
					return nil, nil
				}
			}
			return data.NextToken, nil
		})
		if err != nil {
			yield(bus.Trace{}, err)
		}
	}
}

// TracedEvent implements [bus.Traces] by QueryEvent. Whether its Data is the
// whole CloudEvent or the event's data alone is not documented, and either is
// read: it is the whole when it names the source and the type of the trace.
func (b *Bus) TracedEvent(ctx context.Context, on string, t bus.Trace) (event.Event, error) {
	var body struct{ Data json.RawMessage }
	err := b.config.Retry.Repeat(ctx, bus.Passing, func() error {
		_, err := b.call(ctx, "QueryEvent", on+"/"+t.ID, &body, ask(&eventbridge.QueryEventRequest{EventBusName: &on, EventId: &t.ID, EventSource: &t.Source}, (*eventbridge.Client).QueryEventWithOptions))
		return err
	})
	if err != nil {
		return event.Event{}, err
	}
	failed := func(kind bus.Kind, text string) (event.Event, error) {
		return event.Event{}, &bus.Error{Kind: kind, Action: "eventbridge:QueryEvent", Resource: on + "/" + t.ID, Text: text}
	}
	data := bytes.TrimSpace(body.Data)
	if len(data) == 0 || string(data) == "null" {
		return failed(bus.NotFound, "the bus has the event no more")
	}
	if data[0] == '"' { // a text of JSON, as some of the vendor's services answer
		var text string
		if json.Unmarshal(data, &text) == nil && json.Valid([]byte(text)) {
			data = bytes.TrimSpace([]byte(text))
		}
	}
	if e, err := event.Parse(data); err == nil && e.Source() == t.Source && e.Type() == t.Type {
		return e, nil
	}
	text, err := json.Marshal(map[string]any{"specversion": "1.0", "id": t.ID, "source": t.Source, "type": t.Type, "data": json.RawMessage(data)})
	if err != nil {
		return failed(bus.Unavailable, "the answer is not one of the service")
	}
	e, err := event.Parse(text)
	if err != nil {
		return failed(bus.Other, err.Error())
	}
	return e, nil
}

var _ bus.Traces = (*Bus)(nil)
