package archive

import (
	"context"
	"errors"
	"time"

	"github.com/pai-notify/pai-notify/shared/ledger"
)

// reasonReconsidered is why a row is due that was held.
const reasonReconsidered = "what held it has ended"

// Bus is the name of the bus.
func (a *Archive) Bus() string { return a.bus }

// Update replaces a control row of the ledger: see [ledger.Ledger.Update].
func (a *Archive) Update(ctx context.Context, key string, change func(value []byte) ([]byte, bool)) ([]byte, error) {
	value, err := a.ledger.Update(ctx, key, change)
	return value, a.cloud.Explain(err)
}

// Reconsider has those of some notifications that are held decided about afresh at a
// time, and returns how many that are. What has changed meanwhile is left as it is.
func (a *Archive) Reconsider(ctx context.Context, ids []string, at time.Time) (int, error) {
	count := 0
	for _, id := range ids {
		e, err := a.entry(ctx, id)
		if err != nil {
			return count, err
		}
		if e.State != ledger.Waiting || e.Held.IsZero() || !e.Due.After(at) {
			continue
		}
		_, err = a.ledger.Move(ctx, e, ledger.Result{State: ledger.Waiting, Due: at, Because: reasonReconsidered, Held: true})
		if errors.Is(err, ledger.ErrLost) {
			continue
		}
		if err != nil {
			return count, a.cloud.Explain(err)
		}
		count++
	}
	return count, nil
}
