package local

import (
	"context"

	"github.com/pai-notify/pai-notify/shared/bus/local/store"
)

// Identity is whom a target is for, told by what reads the target's parameters.
// It stays the same wherever on the bus the target stands.
type Identity = store.Identity

// Part is what a target that stands for several rules, or that matches more than
// its rule, sends to one receiver of one rule.
type Part struct {
	// Target is the target as it would be for this receiver alone, of a bus rule
	// that matches what the rule wants.
	Target Target
	// Rule is what the document calls the rule.
	Rule string
	// Patterns are what the rule wants of what the bus rule matches, any one of
	// them, in the dialect of Alibaba Cloud.
	Patterns []string
}

// parts are what a target sends to whom: all that it is, where it is not told
// apart.
func (o Options) parts(t Target) []Part {
	if parts := o.Split(t); len(parts) > 0 {
		return parts
	}
	return []Part{{Target: t}}
}

// identities tells whom a target is for; nothing where one is not known.
func (o Options) identities(t Target) []Identity {
	var list []Identity
	for _, p := range o.parts(t) {
		id, ok := o.Identify(p.Target)
		if !ok {
			return nil
		}
		list = append(list, id)
	}
	return list
}

// WaitingCount is how many notifications wait for a receiver of a rule.
type WaitingCount = store.WaitingCount

// WaitingFor returns for whom on a bus how many notifications wait, by rule and
// receiver.
func (b *Bus) WaitingFor(ctx context.Context, bus string) ([]WaitingCount, error) {
	list, err := b.store.WaitingFor(ctx, bus)
	return list, failed(err)
}
