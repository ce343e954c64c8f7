package aws

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/event"
)

// One call takes 10 entries (PutEvents) of less than 256 KB together, counted
// in their source, detail-type and detail (Calculating PutEvents event entry
// size). Newer pages of AWS say 1 MB; the functions here take no larger event
// than 256 KB in any case.
const (
	callEntries = 10
	callBytes   = event.MaxEventBytes - 1
)

// PutEvents implements [bus.Bus]. It looks for the bus first, because AWS takes
// events for a bus that is not there, and drops them. Events after a call that
// failed as a whole are not sent.
func (b *Bus) PutEvents(ctx context.Context, name string, events []event.Event) error {
	if len(events) == 0 {
		return nil
	}
	if _, err := b.GetEventBus(ctx, name); err != nil {
		return err
	}
	var refused refusals
	var calls [][]types.PutEventsRequestEntry
	var ids [][]string
	room := 0
	for _, e := range events {
		entry := entryOf(name, e)
		size := sizeOf(entry)
		if size > callBytes {
			refused.add("event "+e.ID(), &bus.Error{Kind: bus.Invalid, Text: tooLarge(size)})
			continue
		}
		last := len(calls) - 1
		if last < 0 || size > room || len(calls[last]) == callEntries {
			calls, ids, room = append(calls, nil), append(ids, nil), callBytes
			last++
		}
		calls[last], ids[last] = append(calls[last], entry), append(ids[last], e.ID())
		room -= size
	}
	for i, call := range calls {
		out, err := b.client.PutEvents(ctx, &eventbridge.PutEventsInput{Entries: call}, once)
		err = b.fail(ctx, name, err)
		if err == nil && len(out.Entries) != len(call) {
			err = &bus.Error{Kind: bus.Unavailable, Text: fmt.Sprintf("%d answers to %d events", len(out.Entries), len(call))}
		}
		if err != nil {
			for _, id := range slices.Concat(ids[i:]...) {
				refused.add("event "+id, err)
			}
			break
		}
		for k, r := range out.Entries {
			if aws.ToString(r.ErrorCode) != "" || aws.ToString(r.EventId) == "" {
				refused.add("event "+ids[i][k], b.entryError(r.ErrorCode, r.ErrorMessage))
			}
		}
	}
	return refused.err("events:PutEvents", name)
}

// sizeOf is what of an entry counts against callBytes.
func sizeOf(entry types.PutEventsRequestEntry) int {
	return len(*entry.Source) + len(*entry.DetailType) + len(*entry.Detail)
}

// entryOf puts an event into an envelope.
func entryOf(name string, e event.Event) types.PutEventsRequestEntry {
	return types.PutEventsRequestEntry{
		EventBusName: aws.String(name), Source: aws.String(e.Source()), DetailType: aws.String(e.Type()),
		Detail: aws.String(detail(e)),
	}
}

// detail returns the event, with a specversion: functions know a CloudEvent in
// an envelope by that.
func detail(e event.Event) string {
	text := strings.TrimSpace(string(e.JSON()))
	var members map[string]json.RawMessage
	if err := json.Unmarshal([]byte(text), &members); err != nil {
		return text // EventBridge says what is wrong with it
	}
	if _, ok := members["specversion"]; ok {
		return text
	}
	return `{"specversion":"1.0",` + strings.TrimPrefix(text, "{")
}
