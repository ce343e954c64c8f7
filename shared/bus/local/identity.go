package local

import (
	"context"

	"github.com/pai-notify/pai-notify/shared/bus/local/store"
)

// Identity is whom a target is for, told by what reads the target's parameters.
// It stays the same wherever on the bus the target stands.
type Identity = store.Identity

// WaitingCount is how many notifications wait for a receiver of a rule.
type WaitingCount = store.WaitingCount

// WaitingFor returns for whom on a bus how many notifications wait, by rule and
// receiver.
func (b *Bus) WaitingFor(ctx context.Context, bus string) ([]WaitingCount, error) {
	list, err := b.store.WaitingFor(ctx, bus)
	return list, failed(err)
}
