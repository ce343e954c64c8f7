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

// marked returns a description with the mark of its owner at the end, within
// limit characters. The text gives way to the mark: people see in a cloud's
// console whose the rule is, and a rule without targets has nothing else to say
// so.
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

// unmarked takes the mark out of a description, wherever it stands; the owner is
// "" when there is none.
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

// foreign tells that a target is none of this project's: it carries no rule and
// no receiver.
func foreign(t bus.Target) bool { return t.Type() == "" }

// readRule returns a rule of a bus with whose it is. What its targets carry says
// that: nobody edits that for style. Where they say nothing, the mark does.
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

// onBus is what a document's rule is called on the bus, but for the number of a
// sibling.
func onBus(r event.Rule) string { return cmp.Or(r.OnBus, r.Key()) }

// copied tells that somebody made a copy of the rule in a cloud's console: it
// carries what another rule of the bus does.
func (r Rule) copied() bool {
	base, _ := documentRule(r.Name)
	return base != onBus(r.Document)
}

// stays lists the targets for whose sake a rule is never deleted.
func (r Rule) stays() (ids []string) {
	for _, t := range r.Targets {
		if foreign(t) {
			ids = append(ids, t.ID)
		}
	}
	return ids
}

// ours tells whether a rule of the bus may be changed and deleted. A copy may
// not, unless somebody asks for its deletion.
func (s State) ours(r Rule) bool {
	if r.copied() && !s.options.DeleteCopies {
		return false
	}
	return s.owns(r)
}

// Holds tells that rules of an owner stand on a bus that was read.
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

// made tells that a bus was made for this owner.
func (s State) made(b bus.EventBus) bool {
	_, owner := unmarked(b.Description)
	return owner != "" && (owner == s.Owner || owner == s.options.TakeOver)
}

// partly refuses to take one rule of another owner over that shares its place with
// others: both owners would send it.
func (s State) partly(have State) string {
	owner, rule, one := strings.Cut(s.options.TakeOver, "/")
	for _, r := range have.Rules {
		if one && r.Shared && r.Owner == owner && r.carries(s.options, rule) {
			return fmt.Sprintf("the rule %s of the owner %q shares the rule %s on the bus with others: all of that owner's rules can be taken over together (--take-over %s), not this one alone", rule, owner, r.Name, owner)
		}
	}
	return ""
}

// named tells that what a target carries is of the rule that a document calls so,
// by its name or by its id.
func (o Options) named(carried event.Rule, rule string) bool {
	key := carried.Key()
	return rule != "" && (carried.Name == rule || key == rule || key == o.names[rule])
}

// carries tells that a rule of the bus stands for the rule that a document calls
// so, alone or with others.
func (r Rule) carries(o Options, rule string) bool {
	if !r.Shared {
		return o.named(r.Document, rule)
	}
	return slices.ContainsFunc(r.Targets, func(t bus.Target) bool {
		return slices.ContainsFunc(t.List, func(c bus.Carried) bool { return o.named(c.Rule, rule) })
	})
}

// claims tells that a rule without an owner was made of this document by a
// version that put none into its targets, and that it lost its mark.
func (o Options) claims(r Rule) bool {
	return !r.Shared && o.names[r.Document.Name] != "" && !r.copied() && slices.ContainsFunc(r.Targets, func(t bus.Target) bool {
		return !foreign(t) && t.Function == policy.FunctionName(o.Prefix, t.Receiver.Type)
	})
}
