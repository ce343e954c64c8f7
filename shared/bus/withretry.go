package bus

import (
	"context"
	"maps"
)

// WithRetry returns a bus that repeats calls when there were too many of them, or
// when the service did not answer. Repeating is safe: afterwards the bus is as
// after one call. PutEvents is not repeated.
func WithRetry(b Bus, r Retry) Bus {
	return retrying{b, r}
}

type retrying struct {
	Bus
	r Retry
}

func (b retrying) repeat(ctx context.Context, call func() error) error {
	return b.r.Repeat(ctx, Passing, call)
}

func (b retrying) CreateEventBus(ctx context.Context, e EventBus) error {
	return b.repeat(ctx, func() error { return b.Bus.CreateEventBus(ctx, e) })
}

func (b retrying) GetEventBus(ctx context.Context, name string) (found EventBus, err error) {
	err = b.repeat(ctx, func() error { found, err = b.Bus.GetEventBus(ctx, name); return err })
	return found, err
}

func (b retrying) ListEventBuses(ctx context.Context, prefix string) (list []EventBus, err error) {
	err = b.repeat(ctx, func() error { list, err = b.Bus.ListEventBuses(ctx, prefix); return err })
	return list, err
}

// DeleteEventBus is also repeated while the bus has rules: rules that were just
// deleted may still count.
func (b retrying) DeleteEventBus(ctx context.Context, name string) error {
	again := func(err error) bool { return Passing(err) || KindOf(err) == NotEmpty }
	return b.r.Repeat(ctx, again, func() error { return b.Bus.DeleteEventBus(ctx, name) })
}

func (b retrying) CreateRule(ctx context.Context, name string, r Rule) error {
	return b.repeat(ctx, func() error { return b.Bus.CreateRule(ctx, name, r) })
}

func (b retrying) GetRule(ctx context.Context, name, rule string) (found Rule, err error) {
	err = b.repeat(ctx, func() error { found, err = b.Bus.GetRule(ctx, name, rule); return err })
	return found, err
}

func (b retrying) UpdateRule(ctx context.Context, name string, r Rule) error {
	return b.repeat(ctx, func() error { return b.Bus.UpdateRule(ctx, name, r) })
}

func (b retrying) EnableRule(ctx context.Context, name, rule string) error {
	return b.repeat(ctx, func() error { return b.Bus.EnableRule(ctx, name, rule) })
}

func (b retrying) DisableRule(ctx context.Context, name, rule string) error {
	return b.repeat(ctx, func() error { return b.Bus.DisableRule(ctx, name, rule) })
}

func (b retrying) DeleteRule(ctx context.Context, name, rule string) error {
	return b.repeat(ctx, func() error { return b.Bus.DeleteRule(ctx, name, rule) })
}

func (b retrying) ListRules(ctx context.Context, name string) (list []Rule, err error) {
	err = b.repeat(ctx, func() error { list, err = b.Bus.ListRules(ctx, name); return err })
	return list, err
}

func (b retrying) UpdateTargets(ctx context.Context, name, rule string, targets []Target) error {
	return b.repeat(ctx, func() error { return b.Bus.UpdateTargets(ctx, name, rule, targets) })
}

func (b retrying) DeleteTargets(ctx context.Context, name, rule string, ids []string) error {
	return b.repeat(ctx, func() error { return b.Bus.DeleteTargets(ctx, name, rule, ids) })
}

// ListTargets asks for half of the rules at a time after it failed for all: both
// clouds need a call for each rule, and where some calls get lost, many never
// succeed together.
func (b retrying) ListTargets(ctx context.Context, name string, rules []string) (list map[string][]Target, err error) {
	if len(rules) <= 1 {
		err = b.repeat(ctx, func() error { list, err = b.Bus.ListTargets(ctx, name, rules); return err })
		return list, err
	}
	if list, err = b.Bus.ListTargets(ctx, name, rules); !Passing(err) {
		return list, err
	}
	if b.r.Wait(ctx, FirstWait) != nil {
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
	both := map[string][]Target{}
	maps.Copy(both, list)
	maps.Copy(both, rest)
	return both, nil
}
