package local

import (
	"context"
	"log/slog"

	"github.com/pai-notify/pai-notify/shared/event"
)

// Batch is the events of one call. Each is read separately, so that an invalid one
// does not keep out the others.
type Batch struct {
	// Puts has an entry for each event of the call, in its order: why it was
	// refused, or what became of it.
	Puts []Put
	// Events are the accepted ones, still to be published.
	Events []event.Event

	places []int // places maps Events to Puts
}

// Add adds an event as it was read, or the reason why it could not be read. An
// event without data is refused: EventBridge of Alibaba Cloud refuses it too.
func (b *Batch) Add(e event.Event, err error) {
	put := Put{EventID: e.ID()}
	switch {
	case err != nil:
		put.Code, put.Text = codeParameter, err.Error()
	case len(e.Data()) == 0:
		put.Code, put.Text = codeEventData, "the event has no data"
	default:
		b.Events, b.places = append(b.Events, e), append(b.places, len(b.Puts))
	}
	b.Puts = append(b.Puts, put)
}

// Keep refuses the events for which refused returns a reason.
func (b *Batch) Keep(refused func(event.Event) string) {
	events, places := b.Events, b.places
	b.Events, b.places = nil, nil
	for i, e := range events {
		if why := refused(e); why != "" {
			b.Puts[places[i]].Code, b.Puts[places[i]].Text = codeParameter, why
			continue
		}
		b.Events, b.places = append(b.Events, e), append(b.places, places[i])
	}
}

// Publish publishes the remaining events to on, such as a [Bus], and logs the
// refused ones: not every publisher reads the answer.
func (b *Batch) Publish(ctx context.Context, on interface {
	Publish(ctx context.Context, bus string, events ...event.Event) ([]Put, error)
}, bus string) error {
	puts, err := on.Publish(ctx, bus, b.Events...)
	if err != nil {
		return err
	}
	for i, put := range puts {
		b.Puts[b.places[i]] = put
	}
	for _, put := range b.Puts {
		if put.Code != "" {
			slog.WarnContext(ctx, "event refused", "bus", bus, "event", put.EventID, "code", put.Code, "reason", put.Text)
		}
	}
	return nil
}

// Refused returns how many of the events were refused.
func (b *Batch) Refused() int {
	n := 0
	for _, put := range b.Puts {
		if put.Code != "" {
			n++
		}
	}
	return n
}
