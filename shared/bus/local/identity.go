package local

import (
	"context"

	"github.com/pai-notify/pai-notify/shared/bus/local/store"
)

// Identity is the rule and receiver of a target, as read from the target's
// parameters. It stays the same wherever on the bus the target is.
type Identity = store.Identity

// Part is what a target that stands for several rules, or that matches more than
// its rule, sends to one receiver of one rule.
type Part struct {
	// Target is the target as it would be for this receiver alone, of a bus rule
	// that matches exactly what the rule matches.
	Target Target
	// Rule is the rule's name in the document.
	Rule string
	// Patterns are the rule's patterns, in the dialect of Alibaba Cloud. Of the
	// events that the bus rule matches, the rule matches those that match one of
	// them.
	Patterns []string
}

// parts splits a target by receiver; the whole target where it needs no splitting.
func (o Options) parts(t Target) []Part {
	if parts := o.Split(t); len(parts) > 0 {
		return parts
	}
	return []Part{{Target: t}}
}

// identities returns the rules and receivers of a target; nothing where one is not
// known.
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

// WaitingCount is how many notifications are pending for a receiver of a rule.
type WaitingCount = store.WaitingCount

// WaitingFor returns for whom on a bus how many notifications wait, by rule and
// receiver.
func (b *Bus) WaitingFor(ctx context.Context, bus string) ([]WaitingCount, error) {
	list, err := b.store.WaitingFor(ctx, bus)
	return list, failed(err)
}
