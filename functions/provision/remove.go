package provision

import (
	"slices"

	"github.com/pai-notify/pai-notify/shared/bus"
)

// Nothing returns the state in which nothing of an owner is left on a bus. The
// bus itself stays when this project did not make it, when it was made for
// somebody else, or when rules or targets of others stand on it.
func Nothing(have State, o Options, limits bus.Limits) State {
	want := remaining(have, o, limits, func(Rule) bool { return false })
	want.again = func(have State) (State, error) { return Nothing(have, o, limits), nil }
	all := !slices.ContainsFunc(have.Rules, func(r Rule) bool { return !want.ours(r) })
	want.Exists = have.Exists && !(all && len(want.Rules) == 0 && want.made(have.Bus))
	return want
}

// without returns the state in which one rule of a document, with its siblings,
// is gone.
func without(have State, o Options, rule string, limits bus.Limits) State {
	want := remaining(have, o, limits, func(r Rule) bool { return !o.named(r, rule) })
	want.again = func(have State) (State, error) { return without(have, o, rule, limits), nil }
	return want
}

func remaining(have State, o Options, limits bus.Limits, stays func(Rule) bool) State {
	want := State{Bus: have.Bus, Owner: o.Owner, Exists: have.Exists, options: o, limits: limits}
	for _, r := range have.Rules {
		if want.ours(r) && stays(r) {
			r.Targets = slices.DeleteFunc(slices.Clone(r.Targets), foreign)
			want.Rules = append(want.Rules, r)
		}
	}
	want.keep(have)
	return want
}
