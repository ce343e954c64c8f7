package provision

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/workspace"
)

// Wanted returns what a document wants to stand on its bus. What stands there
// already decides which sibling of a rule carries which target, so that a
// target that is added moves no other.
//
// It checks all of it against the limits before anything is called, and fails
// with a [Refusal] that lists what does not fit.
func Wanted(w *workspace.Workspace, have State, o Options, limits bus.Limits) (State, error) {
	o = o.of(w)
	if _, rule, one := strings.Cut(o.TakeOver, "/"); one && o.names[rule] == "" {
		return State{}, Refusal{fmt.Sprintf("the document has no rule %s to take over %s as: its rule has to be of that name", rule, o.TakeOver)}
	}
	want := State{Owner: o.Owner, Exists: true, options: o, limits: limits}
	want.Bus = bus.EventBus{Name: w.Bus(), Description: marked("Events of the PAI workspace "+w.Name+".", want.Owner, limits.Description)}
	want.again = func(have State) (State, error) { return Wanted(w, have, o, limits) }
	if have.Exists {
		want.Bus.Description, want.Bus.ARN = have.Bus.Description, have.Bus.ARN
	}
	taken := map[string]bool{}
	for _, r := range have.Rules {
		taken[r.Name] = true
	}
	places := want.places(have)
	of := assign(w.Rules, places)
	for _, r := range w.Rules {
		want.Rules = append(want.Rules, want.rulesFor(r, w.Changes, of[r.Key()], places, taken)...)
	}
	want.keep(have)
	slices.SortFunc(want.Rules, func(a, b Rule) int { return byRule(a.Name, b.Name) })
	return want, want.check(w, have)
}

// keep adds the rules of ours that the document has no use for and that somebody
// has added targets to: these stay, and so do the rules for them.
func (s *State) keep(have State) {
	for _, r := range have.Rules {
		if !s.ours(r) || len(r.stays()) == 0 || slices.ContainsFunc(s.Rules, func(w Rule) bool { return w.Name == r.Name }) {
			continue
		}
		r.Targets = nil
		r.left = true
		s.Rules = append(s.Rules, r)
	}
}

// rulesFor returns the siblings of a document's rule.
func (s State) rulesFor(r workspace.Rule, changes event.Catalogue, at *place, places []*place, taken map[string]bool) []Rule {
	var patterns []string
	for _, p := range r.Patterns() {
		if !slices.ContainsFunc(patterns, func(other string) bool { return sameJSON(p.String(), other) }) {
			patterns = append(patterns, p.String())
		}
	}
	carried := event.Rule{Name: r.Name, ID: r.ID, Owner: s.Owner, Catalogue: changes}
	base := newBase(r.Key(), places)
	var have []sibling
	queues := deadLetters{}
	for _, p := range places {
		for _, one := range p.rules {
			for _, t := range one.Targets {
				queues.note(p.base, t)
			}
		}
	}
	if at != nil {
		base = at.base
		for _, one := range at.rules {
			_, number := documentRule(one.Name)
			is := sibling{name: one.Name, number: number, pattern: one.Pattern, foreign: len(one.stays())}
			for _, t := range one.Targets {
				is.ids = append(is.ids, t.ID)
			}
			have = append(have, is)
		}
	}
	if base != r.Key() {
		carried.OnBus = base
	}
	receivers := r.Receivers()
	ids := targetIDs(receivers, at, s.options.Prefix)
	targets := map[string]bus.Target{}
	for i, receiver := range receivers {
		targets[ids[i]] = bus.Target{
			ID: ids[i], Function: prefixed(s.options.Prefix, receiver.Type),
			Rule: carried, Receiver: receiver, DeadLetter: queues.of(base, ids[i]),
		}
	}
	var rules []Rule
	for _, one := range spread(base, patterns, ids, have, taken, s.limits.TargetsPerRule) {
		made := Rule{
			Rule: bus.Rule{
				Name: one.name, Description: marked(r.Description, s.Owner, s.limits.Description),
				Pattern: one.pattern, Enabled: r.Enabled,
			},
			Owner: s.Owner, Document: carried,
		}
		for _, id := range one.ids {
			made.Targets = append(made.Targets, targets[id])
		}
		rules = append(rules, made)
	}
	return rules
}

// newBase returns what a rule is called that is not on the bus yet. A rule that
// kept the name it had there may stand in its way.
func newBase(key string, places []*place) string {
	base := baseOf(key)
	if slices.ContainsFunc(places, func(p *place) bool { return p.base == base }) {
		base += "-" + digest(key)
	}
	return base
}

// deadLetters are the queues that targets have on the bus, by rule of the
// document and id; "" stands for the first that was seen. They are kept where
// the caller names none: who applies a document from a desk is not to take away
// what a deployment gave.
type deadLetters map[string]string

func (d deadLetters) note(rule string, t bus.Target) {
	if t.DeadLetter == "" {
		return
	}
	d[rule+"/"+t.ID] = t.DeadLetter
	if d[""] == "" {
		d[""] = t.DeadLetter
	}
}

func (d deadLetters) of(rule, id string) string { return cmp.Or(d[rule+"/"+id], d[""]) }
