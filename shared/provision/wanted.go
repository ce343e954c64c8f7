package provision

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/provision/policy"
	"github.com/pai-notify/pai-notify/shared/workspace"
)

// wanted returns the state of the bus that a document wants. The existing state
// decides which sibling of a rule carries which target, so that adding a target
// moves no other.
//
// It checks everything against the limits before anything is called, and fails
// with a [Refusal] that lists what does not fit.
func wanted(w *workspace.Workspace, have State, o Options, limits bus.Limits) (State, error) {
	o = o.of(w)
	if _, rule, one := strings.Cut(o.TakeOver, "/"); one && o.names[rule] == "" {
		return State{}, Refusal{fmt.Sprintf("the document has no rule %s to take over %s as: its rule has to be of that name", rule, o.TakeOver)}
	}
	want, err := withDescriptions(w, have, o, limits, false)
	if !slices.ContainsFunc(w.Rules, func(r workspace.Rule) bool { return r.Description != "" }) || err == nil && !misses(have, want) {
		return want, err
	}
	// Losing no notification matters more than descriptions.
	terse, terseErr := withDescriptions(w, have, o, limits, true)
	if err != nil || terseErr == nil && !misses(have, terse) {
		return terse, terseErr
	}
	return want, nil
}

// misses reports whether the change from have to want removes phones before it
// adds others.
func misses(have, want State) bool {
	p, err := compare(have, want)
	return err == nil && len(p.before)+len(p.reduced) > 0
}

// withDescriptions is the wanted state with descriptions in what targets carry, or
// without them if terse.
func withDescriptions(w *workspace.Workspace, have State, o Options, limits bus.Limits, terse bool) (State, error) {
	want := State{Owner: o.Owner, Exists: true, options: o, limits: limits, changes: w.Changes, terse: terse}
	want.Bus = bus.EventBus{Name: w.Bus(), Description: marked("Events of the PAI workspace "+w.Name+".", want.Owner, limits.Description)}
	want.again = func(have State) (State, error) { return wanted(w, have, o, limits) }
	if have.Exists {
		want.Bus.Description, want.Bus.ARN = have.Bus.Description, have.Bus.ARN
	}
	if text := want.partly(have); text != "" {
		return State{}, Refusal{text}
	}
	l := newLayout(&want, have, w)
	l.choose()
	want.keep(have)
	slices.SortFunc(want.Rules, func(a, b Rule) int { return byRule(a.Name, b.Name) })
	return want, want.check(have, l)
}

// keep adds our rules that the document does not need any more and to which
// somebody has added targets. They stay, and so do their targets of others.
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

// rulesFor returns the siblings of a document's rule that have these patterns;
// exact are what its targets carry.
func (l *layout) rulesFor(r workspace.Rule, at *place, patterns, exact []string) []Rule {
	s := l.want
	carried := s.document(r)
	base := ""
	var have []sibling
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
	} else {
		base = l.newBase(r.Key())
	}
	if base != r.Key() {
		carried.OnBus = base
	}
	receivers := r.Receivers()
	ids := s.options.targetIDs(receivers, at)
	targets := map[string]bus.Target{}
	for i, receiver := range receivers {
		own := carried
		own.Policy = r.Policy(receiver)
		targets[ids[i]] = bus.Target{
			ID: ids[i], Function: policy.FunctionName(s.options.Prefix, receiver.Type),
			Rule: own, Receiver: receiver, DeadLetter: l.queues.of(base, ids[i]),
		}
	}
	var rules []Rule
	for _, one := range spread(base, patterns, ids, have, l.taken, s.limits.TargetsPerRule) {
		made := Rule{
			Rule: bus.Rule{
				Name: one.name, Description: marked(r.Description, s.Owner, s.limits.Description),
				Pattern: one.pattern, Enabled: r.Enabled,
			},
			Owner: s.Owner, Document: carried,
		}
		for _, id := range one.ids {
			t := targets[id]
			t.Patterns = carriedBy(r, t.Receiver, exact, one.pattern)
			made.Targets = append(made.Targets, t)
		}
		rules = append(rules, made)
	}
	return rules
}

// newBase returns the name of a rule that is not on the bus yet, avoiding the
// names of rules that kept their own and of shared rules.
func (l *layout) newBase(key string) string {
	base := baseOf(key)
	if l.bases[base] {
		base += "-" + digest(key)
	}
	return base
}

// deadLetters are the queues that targets have on the bus, by document rule and
// id; "" stands for the first one found. They are kept where the caller names
// none: applying a document from a laptop must not remove what a deployment set.
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
