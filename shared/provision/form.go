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

// laid is a rule of the document while it is decided how it stands on the bus.
type laid struct {
	workspace.Rule
	at *place
	// rules are its rules on the bus, and closer those of the form that takes
	// fewer, nil when there is none; both without those that it shares.
	rules, closer []Rule
	// shared tells that it stands in lists, or nowhere while it is disabled.
	shared bool
	// paid tells that it sends to phones.
	paid bool
	// exact are its patterns, size what it takes in a list without receivers, and
	// sizes what each of them takes.
	exact []string
	size  int
	sizes []int
}

// lay returns the rules of the bus for a rule of the document that shares none.
// There are up to three forms. The patterns go onto the bus as they are where it
// takes them. Else one coarse pattern does, and the function has the exact ones,
// where these fit into what each target carries and nobody else's target stands
// on the rule, which would get more than it asked for. Else the patterns are
// split over siblings. What stands there split and fits stays so.
func (l *layout) lay(r workspace.Rule, at *place) *laid {
	exact := exactly(r)
	one := &laid{Rule: r, at: at, exact: exact, paid: slices.ContainsFunc(r.Receivers(), func(r target.Receiver) bool { return l.want.options.types.costMoney(r.Type) })}
	limit := l.want.limits.FieldValues
	whole := (limit <= 0 || r.Widest() <= limit) && !slices.ContainsFunc(exact, func(p string) bool { return !l.want.takes(p) })
	if whole {
		one.closer = l.rulesFor(r, at, exact, nil)
	} else if pattern, ok := workspace.Coarse(r); ok && l.want.takes(pattern) && !at.foreign() && l.want.carries(r, exact) {
		one.closer = l.rulesFor(r, at, []string{pattern}, exact)
	}
	split := r.Split()
	if one.closer != nil && !(len(split) > len(exact) && at.matches(split)) {
		one.rules, one.closer = one.closer, nil
		return one
	}
	if split == nil { // refused with the pattern that the bus does not take
		split = exact
	}
	one.rules = l.rulesFor(r, at, split, nil)
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

// takes tells whether a pattern is within the limits.
func (s State) takes(pattern string) bool {
	if s.limits.PatternOf == nil {
		return true
	}
	text, err := s.limits.PatternOf(pattern)
	return err != nil || !over(characters(text), s.limits.Pattern)
}

// carries tells whether the exact patterns fit into what each target of a rule
// carries.
func (s State) carries(r workspace.Rule, exact []string) bool {
	if s.limits.WrapperOf == nil {
		return true
	}
	for _, receiver := range r.Receivers() {
		text, err := s.limits.WrapperOf(bus.Target{Rule: s.document(r), Receiver: receiver, Patterns: exact})
		if err != nil || over(characters(text), s.limits.Wrapper) {
			return false
		}
	}
	return true
}

// document is what the targets of a rule carry of it.
func (s State) document(r workspace.Rule) event.Rule {
	carried := s.entry(r)
	carried.Owner, carried.Catalogue = s.Owner, s.changes
	return carried
}

// entry is document without what a list says once for all its rules.
func (s State) entry(r workspace.Rule) event.Rule {
	carried := r.Carried()
	if s.terse {
		carried.Description = ""
	}
	return carried
}

// foreign tells that targets of others stand on a rule of the place.
func (p *place) foreign() bool {
	return slices.ContainsFunc(p.all(), func(r Rule) bool { return len(r.stays()) > 0 })
}

// matches tells that the rules of a place have these patterns, and that their
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

// packed tells that a target has to tell its events apart itself.
func packed(t bus.Target) bool { return len(t.Patterns) > 0 || len(t.List) > 0 }

// size is an upper bound of the characters that JSON takes in what a target
// carries: a cloud that takes some characters for its own writes them as escapes
// of six.
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

// size is that of a receiver.
func (l *layout) size(r target.Receiver) int {
	key := r.Type + "\x00" + r.Name + "\x00" + string(r.Language) + "\x00" + string(r.Parameters)
	n, known := l.sizes[key]
	if !known {
		n = size(r)
		l.sizes[key] = n
	}
	return n
}
