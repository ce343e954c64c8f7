package provision

import (
	"context"
	"maps"

	"github.com/pai-notify/pai-notify/shared/bus"
)

// Patience says how [Patient] waits.
type Patience = bus.Patience

// Patient returns a bus whose calls are repeated when there were too many of
// them, or when the service did not answer. All of them may be repeated: the
// bus is then as it would be after one. Publishing is left as it is.
func Patient(b bus.Bus, p Patience) bus.Bus {
	return patient{b, p}
}

type patient struct {
	bus.Bus
	p Patience
}

func (b patient) repeat(ctx context.Context, call func() error) error {
	return b.p.Repeat(ctx, bus.Passing, call)
}

func (b patient) CreateEventBus(ctx context.Context, e bus.EventBus) error {
	return b.repeat(ctx, func() error { return b.Bus.CreateEventBus(ctx, e) })
}

func (b patient) GetEventBus(ctx context.Context, name string) (found bus.EventBus, err error) {
	err = b.repeat(ctx, func() error { found, err = b.Bus.GetEventBus(ctx, name); return err })
	return found, err
}

func (b patient) ListEventBuses(ctx context.Context, prefix string) (list []bus.EventBus, err error) {
	err = b.repeat(ctx, func() error { list, err = b.Bus.ListEventBuses(ctx, prefix); return err })
	return list, err
}

// DeleteEventBus is repeated as well while the bus has rules: those that were
// deleted a moment ago may still count.
func (b patient) DeleteEventBus(ctx context.Context, name string) error {
	again := func(err error) bool { return bus.Passing(err) || bus.KindOf(err) == bus.NotEmpty }
	return b.p.Repeat(ctx, again, func() error { return b.Bus.DeleteEventBus(ctx, name) })
}

func (b patient) CreateRule(ctx context.Context, name string, r bus.Rule) error {
	return b.repeat(ctx, func() error { return b.Bus.CreateRule(ctx, name, r) })
}

func (b patient) GetRule(ctx context.Context, name, rule string) (found bus.Rule, err error) {
	err = b.repeat(ctx, func() error { found, err = b.Bus.GetRule(ctx, name, rule); return err })
	return found, err
}

func (b patient) UpdateRule(ctx context.Context, name string, r bus.Rule) error {
	return b.repeat(ctx, func() error { return b.Bus.UpdateRule(ctx, name, r) })
}

func (b patient) EnableRule(ctx context.Context, name, rule string) error {
	return b.repeat(ctx, func() error { return b.Bus.EnableRule(ctx, name, rule) })
}

func (b patient) DisableRule(ctx context.Context, name, rule string) error {
	return b.repeat(ctx, func() error { return b.Bus.DisableRule(ctx, name, rule) })
}

func (b patient) DeleteRule(ctx context.Context, name, rule string) error {
	return b.repeat(ctx, func() error { return b.Bus.DeleteRule(ctx, name, rule) })
}

func (b patient) ListRules(ctx context.Context, name string) (list []bus.Rule, err error) {
	err = b.repeat(ctx, func() error { list, err = b.Bus.ListRules(ctx, name); return err })
	return list, err
}

func (b patient) UpdateTargets(ctx context.Context, name, rule string, targets []bus.Target) error {
	return b.repeat(ctx, func() error { return b.Bus.UpdateTargets(ctx, name, rule, targets) })
}

func (b patient) DeleteTargets(ctx context.Context, name, rule string, ids []string) error {
	return b.repeat(ctx, func() error { return b.Bus.DeleteTargets(ctx, name, rule, ids) })
}

// ListTargets asks about half of the rules at a time when it failed for all:
// both clouds take a call for each rule, and where some of the calls get lost,
// many never pass together.
func (b patient) ListTargets(ctx context.Context, name string, rules []string) (list map[string][]bus.Target, err error) {
	if len(rules) <= 1 {
		err = b.repeat(ctx, func() error { list, err = b.Bus.ListTargets(ctx, name, rules); return err })
		return list, err
	}
	if list, err = b.Bus.ListTargets(ctx, name, rules); !bus.Passing(err) {
		return list, err
	}
	if b.p.Wait(ctx, bus.FirstWait) != nil {
		return nil, err
	}
	half := len(rules) / 2
	if list, err = b.ListTargets(ctx, name, rules[:half]); err != nil {
		return nil, err
	}
	rest, err := b.ListTargets(ctx, name, rules[half:])
	if err != nil {
		return nil, err
	}
	both := map[string][]bus.Target{}
	maps.Copy(both, list)
	maps.Copy(both, rest)
	return both, nil
}
