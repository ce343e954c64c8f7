package provision

import (
	"cmp"
	"slices"

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
	want := State{
		Owner: cmp.Or(o.Owner, w.Owner, w.Name), TakeOver: o.TakeOver,
		Exists: true, limits: limits,
	}
	want.Bus = bus.EventBus{Name: w.Bus(), Description: marked("Events of the PAI workspace "+w.Name+".", want.Owner, limits.Description)}
	want.again = func(have State) (State, error) { return Wanted(w, have, o, limits) }
	if have.Exists {
		want.Bus.Description, want.Bus.ARN = have.Bus.Description, have.Bus.ARN
	}
	taken := map[string]bool{}
	siblings := map[string][]sibling{}
	queues := deadLetters{}
	for _, r := range have.Rules {
		taken[r.Name] = true
		if !want.ours(r.Owner) {
			continue
		}
		name, number := documentRule(r.Name)
		s := sibling{name: r.Name, number: number, pattern: r.Pattern}
		for _, t := range r.Targets {
			s.ids = append(s.ids, t.ID)
			queues.note(name, t)
		}
		siblings[name] = append(siblings[name], s)
	}
	for _, r := range w.Rules {
		want.Rules = append(want.Rules, rulesFor(r, w.Changes, want, o.Prefix, siblings[r.Name], taken, queues)...)
	}
	slices.SortFunc(want.Rules, func(a, b Rule) int { return byRule(a.Name, b.Name) })
	return want, want.check(w, have)
}

// rulesFor returns the siblings of a document's rule.
func rulesFor(r workspace.Rule, changes event.Catalogue, want State, prefix string, have []sibling, taken map[string]bool, queues deadLetters) []Rule {
	var patterns []string
	for _, p := range r.Patterns() {
		if !slices.ContainsFunc(patterns, func(other string) bool { return sameJSON(p.String(), other) }) {
			patterns = append(patterns, p.String())
		}
	}
	receivers := r.Receivers()
	ids := targetIDs(receivers)
	targets := map[string]bus.Target{}
	for i, receiver := range receivers {
		targets[ids[i]] = bus.Target{
			ID: ids[i], Function: prefixed(prefix, receiver.Type),
			Rule: event.Rule{Name: r.Name, Catalogue: changes}, Receiver: receiver,
			DeadLetter: queues.of(r.Name, ids[i]),
		}
	}
	var rules []Rule
	for _, s := range spread(r.Name, patterns, ids, have, taken, want.limits.TargetsPerRule) {
		one := Rule{
			Rule: bus.Rule{
				Name: s.name, Description: marked(r.Description, want.Owner, want.limits.Description),
				Pattern: s.pattern, Enabled: r.Enabled,
			},
			Owner: want.Owner,
		}
		for _, id := range s.ids {
			one.Targets = append(one.Targets, targets[id])
		}
		rules = append(rules, one)
	}
	return rules
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
