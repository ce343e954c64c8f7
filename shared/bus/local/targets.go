package local

import (
	"context"
	"fmt"

	"github.com/pai-notify/pai-notify/shared/bus/local/store"
)

// PutTargets adds targets to a rule, or replaces those with the same id. Targets
// that are not right are returned with what is wrong; the others are put all the
// same. It fails as a whole when the rule would have too many.
func (b *Bus) PutTargets(ctx context.Context, bus, rule string, targets []Target) ([]EntryError, error) {
	var faults []EntryError
	var good []Target
	seen := map[string]bool{}
	for _, t := range targets {
		fault, ok := b.checkTarget(t)
		switch {
		case !ok:
			faults = append(faults, fault)
		case seen[t.ID]:
			faults = append(faults, EntryError{t.ID, codeTargetDuplicate, fmt.Sprintf("the target id %s is there twice", t.ID)})
		default:
			seen[t.ID] = true
			good = append(good, t)
		}
	}
	err := b.change(ctx, bus, rule, func(tx *store.Tx) error {
		if err := hasRule(tx, bus, rule); err != nil {
			return err
		}
		have := tx.TargetIDs(bus, rule)
		for _, t := range good {
			have[t.ID] = true
		}
		if len(have) > b.options.TargetsPerRule {
			return b.tooManyTargets(rule)
		}
		for _, t := range good {
			tx.PutTarget(bus, rule, t)
		}
		return nil
	})
	return faults, err
}

// DeleteTargets removes targets of a rule. Those that are not there are returned
// as such. What still waits for a removed target becomes a dead letter.
func (b *Bus) DeleteTargets(ctx context.Context, bus, rule string, ids []string) ([]EntryError, error) {
	var faults []EntryError
	err := b.change(ctx, bus, rule, func(tx *store.Tx) error {
		faults = nil // a transaction may be run twice
		if err := hasRule(tx, bus, rule); err != nil {
			return err
		}
		for _, id := range ids {
			if !tx.RemoveTarget(bus, rule, id) {
				faults = append(faults, EntryError{id, codeTargetUnknown, fmt.Sprintf("the rule [%s] has no target %s", rule, id)})
			}
		}
		return nil
	})
	return faults, err
}
