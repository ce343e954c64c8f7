package provision

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/pai-notify/pai-notify/shared/bus"
)

// A text or a call that comes twice costs money, or wakes somebody twice. So
// where one target of a phone takes the place of another in a plan, the old one
// goes before the new one comes: an event in between is missed rather than told
// twice. All other targets are told of it twice rather than not at all.

// phone is a target of a plan that sends to a phone.
type phone struct {
	rule   Rule
	target bus.Target
}

// first finds what has to go before anything comes, and warns of it.
func (p *Plan) first() {
	var coming, going []phone
	for _, t := range p.tasks {
		switch t.action {
		case Create:
			coming = append(coming, phones(t.rule, t.put)...)
		case Change:
			coming = append(coming, phones(t.rule, t.put[len(t.put)-t.added:])...)
			is := find(p.have.Rules, t.rule.Name)
			going = append(going, phones(is, slices.DeleteFunc(slices.Clone(is.Targets), func(is bus.Target) bool { return !slices.Contains(t.remove, is.ID) }))...)
		default:
			going = append(going, phones(t.rule, t.rule.Targets)...)
		}
	}
	for _, old := range going {
		i := slices.IndexFunc(coming, func(new phone) bool { return succeeds(new, old) })
		if i < 0 {
			continue
		}
		if p.before == nil {
			p.before = map[string][]string{}
		}
		p.before[old.rule.Name] = append(p.before[old.rule.Name], old.target.ID)
		p.Warnings = append(p.Warnings, fmt.Sprintf("%s of the rule %s goes before %s of the rule %s comes, so that nobody is told twice: an event in between is not told to that phone",
			shownReceiver(old.target), old.rule.Document.Name, shownReceiver(coming[i].target), coming[i].rule.Document.Name))
	}
}

// phones returns the targets that send to phones, of a rule that is enabled.
func phones(r Rule, targets []bus.Target) (list []phone) {
	for _, t := range targets {
		if r.Enabled && costsMoney(t.Receiver.Type) {
			list = append(list, phone{r, t})
		}
	}
	return list
}

// succeeds tells that both send some event to one phone, as two notifications.
func succeeds(new, old phone) bool {
	same := new.target.Rule.Key() == old.target.Rule.Key() && new.target.Receiver.Name == old.target.Receiver.Name
	return !same && addressOf(new.target.Receiver) == addressOf(old.target.Receiver) && overlap(new.rule.Pattern, old.rule.Pattern)
}

// overlap tells whether one event may match both patterns: unless a field has
// lists of texts in both that have none in common.
func overlap(a, b string) bool {
	var x, y any
	if json.Unmarshal([]byte(a), &x) != nil || json.Unmarshal([]byte(b), &y) != nil {
		return true
	}
	return meet(x, y)
}

func meet(a, b any) bool {
	switch x := a.(type) {
	case map[string]any:
		y, ok := b.(map[string]any)
		if !ok {
			return true
		}
		for key := range maps.Keys(x) {
			if other, both := y[key]; both && !meet(x[key], other) {
				return false
			}
		}
	case []any:
		y, ok := b.([]any)
		if !ok {
			return true
		}
		for _, value := range x {
			if _, text := value.(string); !text || slices.ContainsFunc(y, func(other any) bool { _, text := other.(string); return !text || other == value }) {
				return true
			}
		}
		return false
	}
	return true
}

// renames warns where a phone gets another key in place: what waits for the old
// one follows to the same number only. What a version wrote that knew no owners
// has keys of another form, which nobody can keep.
func (p *Plan) renames(is, want Rule) {
	for _, old := range is.Targets {
		i := slices.IndexFunc(want.Targets, func(t bus.Target) bool { return t.ID == old.ID })
		if i < 0 || foreign(old) || old.Rule.Owner == "" || !costsMoney(old.Receiver.Type) {
			continue
		}
		new := want.Targets[i]
		if old.Rule.Key() != new.Rule.Key() {
			p.warnOnce(fmt.Sprintf("the rule %s counts as another one from now on: what waits for a phone is given up if its number changes too; write \"id: %s\" into the rule to keep it", new.Rule.Name, old.Rule.Key()))
		} else if old.Receiver.Name != new.Receiver.Name {
			p.warnOnce(fmt.Sprintf("%s of the rule %s becomes %s, which counts as another one: what waits for it is given up if the number changes too; a contact or a target that is only called otherwise keeps it by an id, or by its old name", shownReceiver(old), new.Rule.Name, shownReceiver(new)))
		}
	}
}

func (p *Plan) warnOnce(text string) {
	if !slices.Contains(p.Warnings, text) {
		p.Warnings = append(p.Warnings, text)
	}
}

func shownReceiver(t bus.Target) string { return t.Receiver.Type + "/" + t.Receiver.Name }
