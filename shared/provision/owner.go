package provision

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/provision/policy"
)

const (
	markStart = "[pai-notify:"
	markEnd   = "]"
)

// marked returns a description with the owner's mark at the end, within limit
// characters. The text is cut before the mark: in a cloud's console the mark shows
// people whose rule it is, and for a rule without targets nothing else does.
func marked(text, owner string, limit int) string {
	mark := markStart + owner + markEnd
	text = strings.TrimSpace(text)
	if text == "" {
		return mark
	}
	if room := limit - utf8.RuneCountInString(mark) - 1; limit > 0 && utf8.RuneCountInString(text) > room {
		if room < 2 {
			return mark
		}
		text = strings.TrimSpace(string([]rune(text)[:room-1])) + "…"
	}
	return text + " " + mark
}

// unmarked removes the mark from a description, wherever it is; the owner is ""
// when there is none.
func unmarked(description string) (text, owner string) {
	for end := len(description); ; {
		start := strings.LastIndex(description[:end], markStart)
		if start < 0 {
			return description, ""
		}
		owner, rest, found := strings.Cut(description[start+len(markStart):], markEnd)
		if found && owner != "" && strings.IndexFunc(owner, illegal) < 0 {
			return strings.TrimSpace(strings.TrimSpace(description[:start]) + " " + strings.TrimSpace(rest)), owner
		}
		end = start
	}
}

// foreign reports whether a target is not this project's: it carries no rule and
// no receiver.
func foreign(t bus.Target) bool { return t.Type() == "" }

// readRule returns a rule of a bus with its owner. It trusts what the targets
// carry, because nobody edits that for style, and only without it the mark in the
// description.
func readRule(r bus.Rule, targets []bus.Target) Rule {
	is := Rule{Rule: r, Targets: targets}
	_, is.Owner = unmarked(r.Description)
	base, _ := documentRule(r.Name)
	var owners []string
	found := false
	for _, t := range targets {
		if foreign(t) {
			continue
		}
		for _, c := range t.Carries() {
			if c.Rule.Owner != "" && !slices.Contains(owners, c.Rule.Owner) {
				owners = append(owners, c.Rule.Owner)
			}
		}
		if len(t.List) > 0 {
			is.Shared, found = true, true
			name := cmp.Or(t.List[0].Rule.OnBus, r.Name)
			is.Document = event.Rule{Name: name, OnBus: name}
		}
		if is.Shared {
			continue
		}
		if !found || onBus(is.Document) != base && onBus(t.Rule) == base {
			is.Document, found = t.Rule, true
		}
	}
	if len(owners) > 0 && !slices.Contains(owners, is.Owner) {
		is.Owner = slices.Min(owners)
	}
	if !found {
		is.Document = event.Rule{Name: base}
	}
	return is
}

// onBus is the name of a document's rule on the bus, without the number of a
// sibling.
func onBus(r event.Rule) string { return cmp.Or(r.OnBus, r.Key()) }

// copied reports whether somebody copied the rule in a cloud's console: it carries
// what another rule of the bus carries.
func (r Rule) copied() bool {
	base, _ := documentRule(r.Name)
	return base != onBus(r.Document)
}

// stays lists the targets of others, because of which a rule is never deleted.
func (r Rule) stays() (ids []string) {
	for _, t := range r.Targets {
		if foreign(t) {
			ids = append(ids, t.ID)
		}
	}
	return ids
}

// ours reports whether a rule of the bus may be changed and deleted. A copy may
// not, unless its deletion is asked for.
func (s State) ours(r Rule) bool {
	if r.copied() && !s.options.DeleteCopies {
		return false
	}
	return s.owns(r)
}

// Holds reports whether a bus that was read has rules of an owner.
func (s State) Holds(owner string) bool {
	return slices.ContainsFunc(s.Rules, State{Owner: owner}.owns)
}

func (s State) owns(r Rule) bool {
	owner, rule, one := strings.Cut(s.options.TakeOver, "/")
	switch r.Owner {
	case "":
		return s.options.claims(r)
	case s.Owner:
		return true
	case owner:
		return !one || !r.Shared && (rule == r.Document.Name || rule == r.Document.Key())
	}
	return false
}

// made reports whether a bus was made for this owner.
func (s State) made(b bus.EventBus) bool {
	_, owner := unmarked(b.Description)
	return owner != "" && (owner == s.Owner || owner == s.options.TakeOver)
}

// partly refuses to take over a single rule of another owner when it shares a bus
// rule with others: both owners would send its events.
func (s State) partly(have State) string {
	owner, rule, one := strings.Cut(s.options.TakeOver, "/")
	for _, r := range have.Rules {
		if one && r.Shared && r.Owner == owner && r.carries(s.options, rule) {
			return fmt.Sprintf("the rule %s of the owner %q shares the rule %s on the bus with others: all of that owner's rules can be taken over together (--take-over %s), not this one alone", rule, owner, r.Name, owner)
		}
	}
	return ""
}

// named reports whether a target carries the rule that a document names, by its
// name or its id.
func (o Options) named(carried event.Rule, rule string) bool {
	key := carried.Key()
	return rule != "" && (carried.Name == rule || key == rule || key == o.names[rule])
}

// carries reports whether a bus rule stands for the rule that a document names,
// alone or with others.
func (r Rule) carries(o Options, rule string) bool {
	if !r.Shared {
		return o.named(r.Document, rule)
	}
	return slices.ContainsFunc(r.Targets, func(t bus.Target) bool {
		return slices.ContainsFunc(t.List, func(c bus.Carried) bool { return o.named(c.Rule, rule) })
	})
}

// claims reports whether a rule without an owner belongs to this document: an
// older version made it without an owner in its targets, and it lost its mark.
func (o Options) claims(r Rule) bool {
	return !r.Shared && o.names[r.Document.Name] != "" && !r.copied() && slices.ContainsFunc(r.Targets, func(t bus.Target) bool {
		return !foreign(t) && t.Function == policy.FunctionName(o.Prefix, t.Receiver.Type)
	})
}
