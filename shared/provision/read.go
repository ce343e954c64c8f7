package provision

import (
	"context"
	"slices"
	"strings"

	"github.com/pai-notify/pai-notify/shared/bus"
)

// readings bounds how often [Read] starts again because a rule, or the bus, was
// deleted while it read.
const readings = 5

// Read returns the state of a bus. A bus that does not exist is not an error.
func Read(ctx context.Context, b bus.Bus, name string) (State, error) {
	for reading := 1; ; reading++ {
		have, err := readOnce(ctx, b, name)
		if bus.KindOf(err) != bus.NotFound || reading == readings {
			return have, err
		}
	}
}

func readOnce(ctx context.Context, b bus.Bus, name string) (State, error) {
	have := State{Bus: bus.EventBus{Name: name}}
	found, err := b.GetEventBus(ctx, name)
	if bus.KindOf(err) == bus.NotFound {
		return have, nil
	}
	if err != nil {
		return have, err
	}
	have.Bus, have.Exists = found, true
	rules, err := b.ListRules(ctx, name)
	if err != nil {
		return have, err
	}
	if len(rules) == 0 {
		return have, nil
	}
	names := make([]string, len(rules))
	for i, r := range rules {
		names[i] = r.Name
	}
	targets, err := b.ListTargets(ctx, name, names)
	if err != nil {
		return have, err
	}
	for _, r := range rules {
		list := slices.Clone(targets[r.Name])
		slices.SortFunc(list, func(a, b bus.Target) int { return strings.Compare(a.ID, b.ID) })
		have.Rules = append(have.Rules, readRule(r, list))
	}
	slices.SortFunc(have.Rules, func(a, b Rule) int { return byRule(a.Name, b.Name) })
	return have, nil
}
