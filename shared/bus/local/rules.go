package local

import (
	"context"

	"github.com/pai-notify/pai-notify/shared/bus/local/store"
)

// CreateRule makes a rule together with its targets. Created is set by the bus.
func (b *Bus) CreateRule(ctx context.Context, r Rule) error {
	if err := checkRule(r); err != nil {
		return err
	}
	seen := map[string]bool{}
	for _, t := range r.Targets {
		if fault, ok := b.checkTarget(t); !ok {
			return refuse(fault.Code, "target %s: %s", t.ID, fault.Text)
		}
		if seen[t.ID] {
			return refuse(codeTargetDuplicate, "the target id %s is there twice", t.ID)
		}
		seen[t.ID] = true
	}
	r.Created = b.options.Now()
	return b.change(ctx, r.Bus, r.Name, func(tx *store.Tx) error {
		switch {
		case !tx.HasEventBus(r.Bus):
			return noBus(r.Bus)
		case tx.HasRule(r.Bus, r.Name):
			return refuse(codeRuleExists, "The rule [%s] already existed!", r.Name)
		case b.options.RulesPerBus > 0 && tx.CountRules(r.Bus) >= b.options.RulesPerBus:
			return refuse(codeRuleQuota, "The count of rules is more than %d.", b.options.RulesPerBus)
		case len(r.Targets) > b.options.TargetsPerRule:
			return b.tooManyTargets(r.Name)
		}
		tx.AddRule(r)
		for _, t := range r.Targets {
			tx.PutTarget(r.Bus, r.Name, t)
		}
		return nil
	})
}

func (b *Bus) tooManyTargets(rule string) error {
	return refuse(codeTargetQuota, "The count of targets of the rule [%s] is more than %d.", rule, b.options.TargetsPerRule)
}

func noRule(name string) error { return refuse(codeRuleUnknown, "The rule [%s] not existed!", name) }

// GetRule returns a rule with its targets.
func (b *Bus) GetRule(ctx context.Context, bus, name string) (Rule, error) {
	if _, err := b.GetEventBus(ctx, bus); err != nil {
		return Rule{}, err
	}
	list, err := b.store.Rules(ctx, bus, name)
	if err != nil {
		return Rule{}, failed(err)
	}
	if len(list) == 0 {
		return Rule{}, noRule(name)
	}
	return list[0], nil
}

// UpdateRule replaces description, pattern and state of a rule and leaves its
// targets.
func (b *Bus) UpdateRule(ctx context.Context, r Rule) error {
	if err := checkRule(r); err != nil {
		return err
	}
	return b.changeRule(ctx, r.Bus, r.Name, func(tx *store.Tx) { tx.SetRule(r) })
}

// SetRuleEnabled switches a rule on or off.
func (b *Bus) SetRuleEnabled(ctx context.Context, bus, name string, enabled bool) error {
	return b.changeRule(ctx, bus, name, func(tx *store.Tx) { tx.SetRuleEnabled(bus, name, enabled) })
}

// DeleteRule removes a rule together with its targets. What still waits for them
// becomes a dead letter.
func (b *Bus) DeleteRule(ctx context.Context, bus, name string) error {
	return b.changeRule(ctx, bus, name, func(tx *store.Tx) { tx.RemoveRule(bus, name) })
}

// changeRule changes a rule that is there.
func (b *Bus) changeRule(ctx context.Context, bus, name string, with func(*store.Tx)) error {
	return b.change(ctx, bus, name, func(tx *store.Tx) error {
		if err := hasRule(tx, bus, name); err != nil {
			return err
		}
		with(tx)
		return nil
	})
}

func hasRule(tx *store.Tx, bus, name string) error {
	switch {
	case !tx.HasEventBus(bus):
		return noBus(bus)
	case !tx.HasRule(bus, name):
		return noRule(name)
	}
	return nil
}

// ListRules returns the rules of a bus with their targets, by name.
func (b *Bus) ListRules(ctx context.Context, bus string) ([]Rule, error) {
	if _, err := b.GetEventBus(ctx, bus); err != nil {
		return nil, err
	}
	list, err := b.store.Rules(ctx, bus, "")
	return list, failed(err)
}
