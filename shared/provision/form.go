package provision

import (
	"encoding/json"
	"maps"
	"slices"

	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/target"
	"github.com/pai-notify/pai-notify/shared/workspace"
)

// ruleLayout is a rule of the document while its rules on the bus are chosen.
type ruleLayout struct {
	workspace.Rule
	at *place
	// rules are its own rules on the bus; closer are those of the form that takes
	// fewer rules, nil when there is none. Neither has the rules that it shares
	// with others.
	rules, closer []Rule
	// shared is true when the rule goes into lists, or nowhere while it is
	// disabled.
	shared bool
	// paid tells that it sends to phones.
	paid bool
	// exact are its patterns, size is what it takes in a list without receivers,
	// and sizes is what each receiver takes.
	exact []string
	size  int
	sizes []int
}

// lay returns the bus rules for a document rule that shares none. There are three
// forms. The patterns go onto the bus as they are if it accepts them. Otherwise
// the bus gets one coarse pattern and the function the exact ones, if these fit
// into what each target carries and the rule has no target of somebody else, which
// would get more events than it asked for. Otherwise the patterns are split over
// siblings. A rule that is already split and fits stays so.
func (l *layout) lay(r workspace.Rule, at *place) *ruleLayout {
	exact, onBus := exactly(r), r.OnBus()
	// What watches for recoveries gets more than it asks for on purpose.
	asked, carried := exactly(onBus), []string(nil)
	if r.Watches() {
		carried = exact
	}
	one := &ruleLayout{Rule: r, at: at, exact: exact, paid: slices.ContainsFunc(r.Receivers(), func(r target.Receiver) bool { return l.want.options.types.costMoney(r.Type) })}
	limit := l.want.limits.FieldValues
	whole := (limit <= 0 || onBus.Widest() <= limit) && !slices.ContainsFunc(asked, func(p string) bool { return !l.want.takes(p) })
	if whole {
		one.closer = l.rulesFor(r, at, asked, carried)
	} else if pattern, ok := workspace.Coarse(onBus); ok && l.want.takes(pattern) && !at.foreign() && l.want.carries(r, exact) {
		one.closer = l.rulesFor(r, at, []string{pattern}, exact)
	}
	split := onBus.Split()
	if one.closer != nil && !(len(split) > len(asked) && at.matches(split)) {
		one.rules, one.closer = one.closer, nil
		return one
	}
	if split == nil { // refused with the pattern that the bus does not take
		split = asked
	}
	one.rules = l.rulesFor(r, at, split, carried)
	if len(one.closer) >= len(one.rules) {
		one.closer = nil
	}
	return one
}

// exactly returns the patterns of a rule, each once.
func exactly(r workspace.Rule) (patterns []string) {
	for _, p := range r.Patterns() {
		if !slices.ContainsFunc(patterns, func(other string) bool { return sameJSON(p.String(), other) }) {
			patterns = append(patterns, p.String())
		}
	}
	return patterns
}

// carriedBy returns the patterns that the target of a receiver carries where those of
// its rule carry exact, none for a bus rule that matches what the rule asks for. One
// that is told only of what it created carries what that is of asked, whatever the
// others do.
func carriedBy(r workspace.Rule, to target.Receiver, exact []string, asked ...string) []string {
	if len(exact) > 0 {
		asked = exact
	}
	if narrowed := r.Narrowed(to, asked); narrowed != nil {
		return narrowed
	}
	return exact
}

// takes reports whether a pattern is within the limits.
func (s State) takes(pattern string) bool {
	if s.limits.PatternOf == nil {
		return true
	}
	text, err := s.limits.PatternOf(pattern)
	return err != nil || !over(characters(text), s.limits.Pattern)
}

// carries reports whether the exact patterns fit into what each target of a rule
// carries.
func (s State) carries(r workspace.Rule, exact []string) bool {
	if s.limits.WrapperOf == nil {
		return true
	}
	for _, receiver := range r.Receivers() {
		text, err := s.limits.WrapperOf(bus.Target{Rule: s.documentFor(r, receiver), Receiver: receiver, Patterns: carriedBy(r, receiver, exact)})
		if err != nil || over(characters(text), s.limits.Wrapper) {
			return false
		}
	}
	return true
}

// document returns what the targets of a rule carry of it.
func (s State) document(r workspace.Rule) event.Rule {
	carried := s.entry(r)
	carried.Owner, carried.Catalogue = s.Owner, s.changes
	return carried
}

// documentFor returns what the target of a receiver carries of its rule.
func (s State) documentFor(r workspace.Rule, to target.Receiver) event.Rule {
	carried := s.document(r)
	carried.Policy = r.Policy(to)
	return carried
}

// entry is document without the members that a list has only once.
func (s State) entry(r workspace.Rule) event.Rule {
	carried := r.Carried()
	if s.terse {
		carried.Description = ""
	}
	return carried
}

// foreign reports whether the place has targets of others.
func (p *place) foreign() bool {
	return slices.ContainsFunc(p.all(), func(r Rule) bool { return len(r.stays()) > 0 })
}

// matches reports whether the rules of a place have these patterns and their
// targets carry none.
func (p *place) matches(patterns []string) bool {
	is, wanted := map[string]bool{}, map[string]bool{}
	for _, r := range p.all() {
		if slices.ContainsFunc(r.Targets, packed) {
			return false
		}
		is[canonical(r.Pattern)] = true
	}
	for _, pattern := range patterns {
		wanted[canonical(pattern)] = true
	}
	return maps.Equal(is, wanted)
}

// packed reports whether a target's function has to tell the events apart itself.
func packed(t bus.Target) bool { return len(t.Patterns) > 0 || len(t.List) > 0 }

// size returns an upper bound of the characters that v takes as JSON in what a
// target carries: a cloud that reserves some characters writes them as escapes of
// six.
func size(v any) int {
	text, err := json.Marshal(v)
	if err != nil {
		return 0 // refused where it is written
	}
	n := characters(string(text))
	for _, c := range text {
		if c == '$' {
			n += 5
		}
	}
	return n
}

// size returns the size of a receiver.
func (l *layout) size(r target.Receiver) int {
	key := r.Type + "\x00" + r.Name + "\x00" + string(r.Language) + "\x00" + string(r.Parameters)
	n, known := l.sizes[key]
	if !known {
		n = size(r)
		l.sizes[key] = n
	}
	return n
}
