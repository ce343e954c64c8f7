package provision

import (
	"context"
	"time"

	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/deliver"
	"github.com/pai-notify/pai-notify/shared/ledger"
	"github.com/pai-notify/pai-notify/shared/provision/policy"
)

// patience is how long one call of a ledger may take where a person waits.
const patience = 10 * time.Second

// Recorded returns the ledger and the bus of the deployed function that sends what
// waits: what [ledger.Variable] and [deliver.BusVariable] name there; "" for what is not
// set. It fails with [bus.NotFound] without that function.
func (c Cloud) Recorded(ctx context.Context, prefix string) (reference, served string, err error) {
	if c.Function == nil {
		return "", "", &bus.Error{Kind: bus.NotFound, Action: "GetFunction", Resource: policy.FunctionName(prefix, policy.Redeliver)}
	}
	set, err := c.Function(ctx, policy.FunctionName(prefix, policy.Redeliver), ledger.Variable, deliver.BusVariable)
	return set[ledger.Variable], set[deliver.BusVariable], err
}

// OpenLedger opens the ledger that a reference names, for people, who can wait.
func (c Cloud) OpenLedger(ctx context.Context, reference string) (*ledger.Ledger, error) {
	if c.Ledger == nil {
		return nil, &bus.Error{Kind: bus.NotServed, Action: "open the ledger", Resource: reference, Text: "it cannot be read from here"}
	}
	store, err := c.Ledger(ctx, reference)
	if err != nil {
		return nil, err
	}
	return ledger.New(store).With(time.Now, patience), nil
}
