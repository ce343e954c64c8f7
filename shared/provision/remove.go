package provision

import (
	"slices"

	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/event"
)

// emptied returns the state in which nothing of an owner is left on a bus. The bus
// itself stays if this project did not make it, if it was made for somebody else,
// or if it has rules or targets of others.
func emptied(have State, o Options, limits bus.Limits) State {
	want := remaining(have, o, limits, func(event.Rule) bool { return false })
	want.again = func(have State) (State, error) { return emptied(have, o, limits), nil }
	all := !slices.ContainsFunc(have.Rules, func(r Rule) bool { return !want.ours(r) })
	want.Exists = have.Exists && !(all && len(want.Rules) == 0 && want.made(have.Bus))
	return want
}

// without returns the state without one document rule and its siblings.
func without(have State, o Options, rule string, limits bus.Limits) State {
	want := remaining(have, o, limits, func(r event.Rule) bool { return !o.named(r, rule) })
	want.again = func(have State) (State, error) { return without(have, o, rule, limits), nil }
	return want
}

func remaining(have State, o Options, limits bus.Limits, stays func(event.Rule) bool) State {
	want := State{Bus: have.Bus, Owner: o.Owner, Exists: have.Exists, options: o, limits: limits}
	for _, r := range have.Rules {
		if !want.ours(r) || !r.Shared && !stays(r.Document) {
			continue
		}
		if r.Targets = r.only(stays); !r.Shared || len(r.Targets) > 0 {
			want.Rules = append(want.Rules, r)
		}
	}
	want.keep(have)
	return want
}

// only returns the targets of our rule, with lists reduced to the rules that stay.
func (r Rule) only(stays func(event.Rule) bool) (targets []bus.Target) {
	for _, t := range r.Targets {
		switch {
		case foreign(t):
			continue
		case len(t.List) > 0:
			t.List = slices.DeleteFunc(slices.Clone(t.List), func(c bus.Carried) bool { return !stays(c.Rule) })
			if len(t.List) == 0 {
				continue
			}
		case r.Shared:
			continue
		}
		targets = append(targets, t)
	}
	return targets
}
