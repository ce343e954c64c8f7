package backend

import (
	"context"
	"encoding/json"
	"time"

	"github.com/pai-notify/pai-notify/shared/deliver"
	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/outcome"
	"github.com/pai-notify/pai-notify/shared/target"
)

// probeTimeout bounds the test of one receiver.
const probeTimeout = 30 * time.Second

// sender sends what an event bus would hand to the function of a target type.
type sender func(context.Context, []byte) (json.RawMessage, error)

// senders are those of test messages, by target type.
func senders(o Options) map[string]sender {
	all := map[string]sender{}
	for _, spec := range o.Specs {
		if o.Instead != nil {
			spec = o.Instead(spec)
		}
		all[spec.Type] = deliver.New(spec, nil).Handle
	}
	return all
}

// Probe sends a test message to one receiver as every notification goes, from this
// machine.
func (b *Backend) Probe(ctx context.Context, rule event.Rule, receiver target.Receiver) outcome.Outcome {
	payload, err := json.Marshal(struct {
		Test   bool            `json:"test"`
		Rule   event.Rule      `json:"rule"`
		Target target.Receiver `json:"target"`
	}{true, rule, receiver})
	if err != nil {
		return outcome.Outcome{Status: outcome.Failed, Reason: err.Error()}
	}
	ctx, cancel := context.WithTimeout(b.Options.Declared(receiver).In(ctx), probeTimeout)
	defer cancel()
	return deliver.OutcomeOf(b.senders[receiver.Type](ctx, payload))
}
