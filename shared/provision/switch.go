package provision

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/workspace"
)

// Switch enables or disables a rule of the document's owner, named as in a
// document. It returns the bus rules that changed; an error names them too. A rule
// that shares a bus rule is added to the lists there or removed from them. The
// next [Cloud.Apply] restores what the document says.
func (pr Provisioner) Switch(ctx context.Context, rule string, enabled bool) ([]string, error) {
	have, mine, err := pr.standing(ctx)
	if err != nil {
		return nil, err
	}
	found, shared := false, false
	changed := []string{}
	for _, r := range have.Rules {
		if !mine.ours(r) || !r.carries(mine.options, rule) {
			continue
		}
		found, shared = true, shared || r.Shared
		if r.Shared || r.Enabled == enabled {
			continue
		}
		call := pr.Cloud.Bus.DisableRule
		if enabled {
			call = pr.Cloud.Bus.EnableRule
		}
		if err := call(ctx, have.Bus.Name, r.Name); err != nil {
			if len(changed) > 0 {
				err = fmt.Errorf("%w; changed already: %s: run it again to go on", err, strings.Join(changed, ", "))
			}
			return changed, err
		}
		changed = append(changed, r.Name)
	}
	i := slices.IndexFunc(pr.Workspace.Rules, func(r workspace.Rule) bool { return r.Name == rule || r.Key() == rule })
	switch {
	case shared && !enabled:
		return pr.switchLists(ctx, changed, func(have State) (State, error) {
			return without(have, mine.options, rule, pr.limits()), nil
		})
	case !found && enabled && i >= 0:
		return pr.switchLists(ctx, changed, func(have State) (State, error) { return pr.with(have, i) })
	case !found && !enabled && i >= 0 && !pr.Workspace.Rules[i].Enabled:
		return changed, nil // it is on no bus while it is disabled
	case !found:
		return nil, noRule(have.Bus.Name, rule, mine.Owner)
	}
	return changed, nil
}

// switchLists applies changes to lists, and appends the names of the changed
// rules.
func (pr Provisioner) switchLists(ctx context.Context, changed []string, want func(have State) (State, error)) ([]string, error) {
	have, err := Read(ctx, pr.Cloud.Bus, pr.Workspace.Bus())
	if err != nil {
		return changed, err
	}
	wanted, err := want(have)
	if err != nil {
		return changed, err
	}
	p, err := compare(have, wanted)
	if err != nil {
		return changed, err
	}
	for _, t := range p.tasks {
		changed = append(changed, t.rule.Name)
	}
	return changed, apply(ctx, pr.Cloud.Bus, p, nil)
}

// with returns the state of the bus with one document rule as if it were enabled,
// placed where the whole document would have it.
func (pr Provisioner) with(have State, i int) (State, error) {
	w := *pr.Workspace
	w.Rules = slices.Clone(w.Rules)
	w.Rules[i].Enabled = true
	key := w.Rules[i].Key()
	full, err := wanted(&w, have, pr.options(), pr.limits())
	if err != nil {
		return State{}, err
	}
	want := remaining(have, full.options, full.limits, func(r event.Rule) bool { return r.Key() != key })
	want.again = func(have State) (State, error) { return pr.with(have, i) }
	crowded := Refusal{fmt.Sprintf("the bus %s has no room for the rule %s as long as the others stay where they are: enable it in the document and apply that, which moves them", have.Bus.Name, w.Rules[i].Name)}
	for _, r := range full.Rules {
		if !r.Shared {
			if r.Document.Key() == key {
				want.Rules = append(want.Rules, r)
			}
			continue
		}
		if slices.ContainsFunc(want.Rules, func(is Rule) bool { return is.Name == r.Name && !is.Shared }) {
			if slices.ContainsFunc(r.Targets, func(t bus.Target) bool {
				return slices.ContainsFunc(t.List, func(c bus.Carried) bool { return c.Rule.Key() == key })
			}) {
				return State{}, crowded // one of the others would become the shared rule
			}
			continue
		}
		for _, t := range r.Targets {
			t.List = slices.DeleteFunc(slices.Clone(t.List), func(c bus.Carried) bool { return c.Rule.Key() != key })
			if len(t.List) == 0 {
				continue
			}
			if want.Rules, err = added(want.Rules, r, t); err != nil {
				return State{}, fmt.Errorf("provision: the rule %s cannot be added to %s: %w", w.Rules[i].Name, r.Name, err)
			}
		}
	}
	others := len(have.Rules) - len(remaining(have, full.options, full.limits, func(event.Rule) bool { return true }).Rules)
	if over(len(want.Rules)+others, full.limits.RulesPerBus) {
		return State{}, crowded
	}
	var refused Refusal
	for _, r := range want.Rules {
		for _, t := range r.Targets {
			want.checkWrapper(t, func(format string, args ...any) { refused = append(refused, fmt.Sprintf(format, args...)) })
		}
	}
	if len(refused) > 0 {
		return State{}, refused
	}
	return want, nil
}

// added adds rules to what a list carries.
func added(rules []Rule, of Rule, t bus.Target) ([]Rule, error) {
	i := slices.IndexFunc(rules, func(r Rule) bool { return r.Name == of.Name })
	if i < 0 {
		of.Targets = []bus.Target{t}
		return append(rules, of), nil
	}
	// The list may have been written for an older document.
	pattern, err := workspace.Joined(rules[i].Pattern, of.Pattern)
	if err != nil {
		return nil, err
	}
	rules[i].Pattern = pattern
	rules[i].Targets = slices.Clone(rules[i].Targets)
	j := slices.IndexFunc(rules[i].Targets, func(is bus.Target) bool { return is.ID == t.ID })
	if j < 0 {
		rules[i].Targets = append(rules[i].Targets, t)
		return rules, nil
	}
	t.List = slices.Concat(rules[i].Targets[j].List, t.List)
	sortList(t.List)
	rules[i].Targets[j] = t
	return rules, nil
}
