package provision

import (
	"github.com/pai-notify/pai-notify/shared/bus"
)

// Nothing returns the state in which nothing of an owner is left on a bus. The
// bus itself stays when this project did not make it, when it was made for
// somebody else, or when rules of others stand on it.
func Nothing(have State, o Options, limits bus.Limits) State {
	want := State{Bus: have.Bus, Owner: o.Owner, TakeOver: o.TakeOver, Exists: have.Exists, limits: limits}
	want.again = func(have State) (State, error) { return Nothing(have, o, limits), nil }
	if _, owner := unmarked(have.Bus.Description); !have.Exists || !want.ours(owner) {
		return want
	}
	for _, r := range have.Rules {
		if !want.ours(r.Owner) {
			return want
		}
	}
	want.Exists = false
	return want
}

// without returns the state in which one rule of a document, with its siblings,
// is gone.
func without(have State, o Options, rule string, limits bus.Limits) State {
	want := State{Bus: have.Bus, Owner: o.Owner, TakeOver: o.TakeOver, Exists: have.Exists, limits: limits}
	want.again = func(have State) (State, error) { return without(have, o, rule, limits), nil }
	for _, r := range have.Rules {
		if name, _ := documentRule(r.Name); want.ours(r.Owner) && name != rule {
			want.Rules = append(want.Rules, r)
		}
	}
	return want
}
