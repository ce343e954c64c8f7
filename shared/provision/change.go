package provision

import (
	"context"
	"slices"

	"github.com/pai-notify/pai-notify/shared/bus"
)

// change updates an existing rule. While the rule is disabled it sends nothing, so
// its targets change then. When it is enabled before and after, the targets that
// send to phones get new events last.
func (a *applier) change(ctx context.Context, t task) error {
	prompt, late := t.put, a.back(t)
	packing := t.widens || t.narrows
	if t.update && t.enabled && t.rule.Enabled && !packing {
		prompt = slices.DeleteFunc(slices.Clone(t.put), a.p.want.options.types.sendsToPhone)
		late = append(late, slices.DeleteFunc(slices.Clone(t.put), func(o bus.Target) bool { return !a.p.want.options.types.sendsToPhone(o) })...)
	}
	update := func() error {
		if !t.update {
			return nil
		}
		return a.did(a.b.UpdateRule(ctx, a.p.Bus, t.rule.Rule))
	}
	if t.enabled && !t.rule.Enabled {
		if err := update(); err != nil {
			return err
		}
	}
	if t.enabled && t.rule.Enabled && t.narrows {
		// Until the pattern asks for less, targets have to tell events apart.
		if err := update(); err != nil {
			return err
		}
	}
	left, err := a.swap(ctx, t, prompt)
	if err != nil {
		return err
	}
	if t.enabled && t.rule.Enabled && t.widens {
		// None that tells nothing apart may stand there when the pattern asks for more.
		if err := a.remove(ctx, t, left); err != nil {
			return err
		}
		left = nil
	}
	if !t.enabled {
		if err := a.remove(ctx, t, left); err != nil {
			return err
		}
		return update()
	}
	if t.rule.Enabled && !t.narrows {
		if err := update(); err != nil {
			return err
		}
	}
	if err := a.put(ctx, t, late); err != nil {
		return err
	}
	return a.remove(ctx, t, left)
}

// swap adds new targets before it removes old ones, where there is room. Where
// there is none, it replaces one old target by one new one at a time: the two may
// be the same receiver under another name, and a failure then leaves one place
// empty and not all of them. It returns what is left to remove.
func (a *applier) swap(ctx context.Context, t task, put []bus.Target) (left []string, err error) {
	if t.rule.Shared {
		for _, m := range t.moves(a.p.want.limits.TargetsPerRule) {
			if m.put == nil {
				err = a.remove(ctx, t, []string{m.id})
			} else {
				err = a.put(ctx, t, []bus.Target{*m.put})
			}
			if err != nil {
				return nil, err
			}
		}
		return nil, nil
	}
	swapped, now := 0, put
	if per := a.p.want.limits.TargetsPerRule; per > 0 {
		swapped = min(max(t.held+t.added-per, 0), len(t.remove))
		now = put[:max(len(put)-swapped, 0)]
	}
	if err := a.put(ctx, t, now); err != nil {
		return nil, err
	}
	for i, id := range t.remove[:swapped] {
		if err := a.remove(ctx, t, []string{id}); err != nil {
			return nil, err
		}
		if at := len(now) + i; at < len(put) {
			if err := a.put(ctx, t, put[at:at+1]); err != nil {
				return nil, err
			}
		}
	}
	return t.remove[swapped:], nil
}

// back returns the targets that the rule keeps although they were removed first,
// except those that are written anyway.
func (a *applier) back(t task) []bus.Target {
	return slices.DeleteFunc(slices.Clone(t.rule.Targets), func(one bus.Target) bool {
		return !slices.Contains(a.p.before[t.rule.Name], one.ID) || slices.ContainsFunc(t.put, func(p bus.Target) bool { return p.ID == one.ID })
	})
}

func (types targetTypes) sendsToPhone(one bus.Target) bool { return types.costMoney(one.Type()) }

func (a *applier) put(ctx context.Context, t task, targets []bus.Target) error {
	if len(targets) == 0 {
		return nil
	}
	return a.tried(a.b.UpdateTargets(ctx, a.p.Bus, t.rule.Name, targets))
}

func (a *applier) remove(ctx context.Context, t task, ids []string) error {
	if len(ids) == 0 {
		return nil
	}
	return a.tried(a.b.DeleteTargets(ctx, a.p.Bus, t.rule.Name, ids))
}
