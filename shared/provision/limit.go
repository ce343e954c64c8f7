package provision

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/target"
)

// Refusal is the error of a document that cannot be applied to its bus. It lists
// everything that is in the way; nothing was changed.
type Refusal []string

// Error returns one line for each problem.
func (r Refusal) Error() string { return "provision: " + strings.Join(r, "\nprovision: ") }

// check compares the wanted state with the limits of the service.
func (s State) check(have State, of *layout) error {
	var refused Refusal
	add := func(format string, args ...any) { refused = append(refused, fmt.Sprintf(format, args...)) }
	l := s.limits
	if n := characters(s.Bus.Name); over(n, l.BusName) {
		add("the name of the bus, %s, has %d characters, and %d are allowed: the workspace's name is too long for this cloud", s.Bus.Name, n, l.BusName)
	}
	patterns := map[string]bool{}
	for _, r := range s.Rules {
		if n := characters(r.Name); over(n, l.RuleName) {
			add("rule %s: its name has %d characters, and %d are allowed: give it a shorter one", r.Name, n, l.RuleName)
		}
		if r.Shared && r.Pattern == "{}" {
			add("rules of the document would have to share one of the bus, and the event types they name have no field in common: name a source in the catalogue's patterns")
		}
		if !patterns[r.Pattern] {
			patterns[r.Pattern] = true
			s.checkPattern(r, add)
		}
		for _, t := range r.Targets {
			s.checkWrapper(t, add)
		}
	}
	for _, r := range of.rules {
		if r.Watches() && r.at.foreign() {
			add("rule %s: somebody has added a target to its rule on the bus, which would get the events by which the rule notices a recovery: give that target a rule of its own, or take recovered and quiet out of this one", r.Name)
		}
	}
	if n := len(s.Rules); l.RulesPerBus > 0 {
		others := 0
		for _, r := range have.Rules {
			if !s.ours(r) {
				others++
			}
		}
		if n+others > l.RulesPerBus {
			add("%s", of.tooMany(others))
		}
	}
	slices.Sort(refused)
	if refused = slices.Compact(refused); len(refused) > 0 {
		return refused
	}
	return nil
}

func (s State) checkPattern(r Rule, add func(string, ...any)) {
	text := r.Pattern
	if s.limits.PatternOf != nil {
		var err error
		if text, err = s.limits.PatternOf(r.Pattern); err != nil {
			add("rule %s: this cloud has no form for its event pattern: %v", r.Name, err)
			return
		}
	}
	if n := characters(text); over(n, s.limits.Pattern) {
		add("rule %s: its event pattern has %d characters, and %d are allowed: split the rule, or name fewer events or ids in it", r.Name, n, s.limits.Pattern)
	}
}

func (s State) checkWrapper(t bus.Target, add func(string, ...any)) {
	if s.limits.WrapperOf == nil {
		return
	}
	text, err := s.limits.WrapperOf(t)
	if len(t.List) > 0 {
		if err != nil || over(characters(text), s.limits.Wrapper) {
			names := []string{}
			for _, c := range t.List {
				names = append(names, c.Rule.Name)
			}
			add("rules %s, targets of type %s: what the bus carries for them together has %d characters, and %d are allowed: shorten what the targets say, or name fewer fields in the rules and fewer ids in their scopes", strings.Join(names, ", "), t.Type(), characters(text), s.limits.Wrapper)
		}
		return
	}
	if err != nil {
		add("rule %s, target %s/%s: this cloud has no form for what it carries: %v", t.Rule.Name, t.Receiver.Type, t.Receiver.Name, err)
		return
	}
	if n := characters(text); over(n, s.limits.Wrapper) {
		parameters, catalogue, shown, own := size(t.Receiver.Parameters), size(t.Rule.Catalogue), 0, ""
		if len(t.Rule.Title)+len(t.Rule.Fields) > 0 {
			shown = size(t.Rule.Title) + size(t.Rule.Fields)
			own = fmt.Sprintf("%d the rule's title and fields, ", shown)
		}
		add("rule %s, target %s/%s: what the bus carries with each event has %d characters, and %d are allowed: %d are the target's parameters, %d the document's catalogue, %s%d the rest; shorten the largest",
			t.Rule.Name, t.Receiver.Type, t.Receiver.Name, n, s.limits.Wrapper, parameters, catalogue, own, max(0, n-parameters-catalogue-shown))
	}
}

// tooMany lists how many bus rules each document rule needs, the most expensive
// first.
func (l *layout) tooMany(others int) string {
	s := l.want
	rules := slices.Clone(l.rules)
	slices.SortStableFunc(rules, func(a, b *ruleLayout) int { return l.costs(b) - l.costs(a) })
	const shown = 10
	var sums []string
	for i, r := range rules {
		n := l.costs(r)
		if i == shown || n == 0 {
			if n > 0 {
				sums = append(sums, fmt.Sprintf("and %d more rules of the document", len(rules)-shown-len(s.packing.Shared)-len(s.packing.Absent)))
			}
			break
		}
		sum := fmt.Sprintf("%s = %d", r.Name, n)
		if n > 1 {
			patterns := len(r.rules) / max(1, (len(r.Receivers())+s.limits.TargetsPerRule-1)/max(1, s.limits.TargetsPerRule))
			sum += fmt.Sprintf(" (%d %s × %d targets in groups of %d: %s)", patterns, plural(patterns, "pattern"), len(r.Receivers()), s.limits.TargetsPerRule, costs(r.Receivers()))
		}
		sums = append(sums, sum)
	}
	if n := len(s.packing.Shared); n > 0 {
		sums = append(sums, fmt.Sprintf("%d rules that share %d lists of up to %d characters = %d", n, s.packing.Lists, s.limits.Wrapper, l.sharedRules.count()))
	}
	return fmt.Sprintf("the bus %s may have %d rules, and %d are needed: %s; %d are not this document's. Each contact in each channel is a target: name fewer, merge rules, or have the cloud raise the quota and say so (--rules-per-bus N, %s)",
		s.Bus.Name, s.limits.RulesPerBus, len(s.Rules)+others, strings.Join(sums, "; "), others, rulesVariable)
}

// costs is how many bus rules stand for this document rule alone.
func (l *layout) costs(r *ruleLayout) int {
	if r.shared {
		return 0
	}
	return len(r.rules)
}

// costs counts the targets of a rule by type.
func costs(receivers []target.Receiver) string {
	var types []string
	names := map[string][]string{}
	count := map[string]int{}
	for _, r := range receivers {
		if count[r.Type]++; count[r.Type] == 1 {
			types = append(types, r.Type)
		}
		var parameters struct {
			Contact target.Contact `json:"contact"`
		}
		if json.Unmarshal(r.Parameters, &parameters) == nil && parameters.Contact.Name != "" {
			names[r.Type] = append(names[r.Type], parameters.Contact.Name)
		}
	}
	for i, t := range types {
		const few = 10
		who := names[t]
		if len(who) > few {
			who = append(who[:few:few], fmt.Sprintf("%d more", len(names[t])-few))
		}
		types[i] = fmt.Sprintf("%s = %d", t, count[t])
		if len(who) > 0 {
			types[i] = fmt.Sprintf("%s: %s = %d", t, strings.Join(who, ", "), count[t])
		}
	}
	return strings.Join(types, "; ")
}

func over(n, limit int) bool { return limit > 0 && n > limit }

func characters(s string) int { return utf8.RuneCountInString(s) }

func plural(n int, word string) string {
	if n == 1 {
		return word
	}
	return word + "s"
}
