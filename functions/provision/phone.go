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

// phone is a target that sends to a phone.
type phone struct {
	rule    Rule
	target  bus.Target
	address string
}

// first finds what has to go before anything comes. What a rule keeps with other
// events, another number or in another state is put back when the rule is as
// wanted.
func (p *Plan) first() {
	was, will := phones(p.have.Rules, p.want.ours), phones(p.want.Rules, func(Rule) bool { return true })
	for _, old := range was {
		if slices.ContainsFunc(will, old.stays) {
			continue
		}
		i := slices.IndexFunc(will, func(new phone) bool {
			return !slices.ContainsFunc(was, new.stays) && new.doubles(old) &&
				// What both told of before, or will, is no doubling of this plan's.
				!slices.ContainsFunc(was, func(o phone) bool { return o.same(new) && o.doubles(old) }) &&
				!slices.ContainsFunc(will, func(n phone) bool { return n.same(old) && n.doubles(new) })
		})
		switch {
		case i >= 0:
			p.warnOnce(fmt.Sprintf("%s of the rule %s goes before %s of the rule %s comes, so that nobody is told twice: an event in between is not told to that phone",
				shownReceiver(old.target), old.rule.Document.Name, shownReceiver(will[i].target), will[i].rule.Document.Name))
		case slices.ContainsFunc(will, old.there), !slices.ContainsFunc(p.want.Rules, old.told):
			continue
		}
		if p.before == nil {
			p.before = map[string][]string{}
		}
		p.before[old.rule.Name] = append(p.before[old.rule.Name], old.target.ID)
	}
}

// phones returns the targets that send to phones, of the rules that are enabled.
func phones(rules []Rule, of func(Rule) bool) (list []phone) {
	for _, r := range rules {
		for _, t := range r.Targets {
			if r.Enabled && costsMoney(t.Receiver.Type) && of(r) {
				list = append(list, phone{r, t, addressOf(t.Receiver)})
			}
		}
	}
	return list
}

// same tells that both are one target on the bus, or one receiver of one rule of a
// document: what both tell of an event is one notification.
func (p phone) same(other phone) bool {
	return p.rule.Name == other.rule.Name && p.target.ID == other.target.ID ||
		p.target.Rule.Key() == other.target.Rule.Key() && p.target.Receiver.Name == other.target.Receiver.Name
}

// stays tells that the other is told of the same events in the same place.
func (p phone) stays(other phone) bool {
	return p.there(other) && sameJSON(p.rule.Pattern, other.rule.Pattern)
}

// there tells that the other is in the same place and sends to the same phone.
func (p phone) there(other phone) bool {
	return p.rule.Name == other.rule.Name && p.target.ID == other.target.ID && p.address == other.address
}

// told tells that a rule is this one with events that its phone is not told of.
func (p phone) told(want Rule) bool {
	return want.Name == p.rule.Name && want.Enabled && !sameJSON(want.Pattern, p.rule.Pattern)
}

// doubles tells that both send some event to one phone, as two notifications.
func (p phone) doubles(other phone) bool {
	return !p.same(other) && p.address == other.address && overlap(p.rule.Pattern, other.rule.Pattern)
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

// renames warns where what is told to a phone gets another key in place, and with
// it other ids: an event that a cloud delivers once more is another notification
// then. What a version wrote that knew no owners has keys of another form, which
// nobody can keep.
func (p *Plan) renames(is, want Rule) {
	for _, old := range is.Targets {
		i := slices.IndexFunc(want.Targets, func(t bus.Target) bool { return t.ID == old.ID })
		if i < 0 || foreign(old) || old.Rule.Owner == "" || !costsMoney(old.Receiver.Type) {
			continue
		}
		new := want.Targets[i]
		if addressOf(old.Receiver) != addressOf(new.Receiver) {
			continue
		}
		if old.Rule.Key() != new.Rule.Key() {
			p.warnOnce(fmt.Sprintf("the notifications of the rule %s get other ids: an event that a cloud delivers again may be told to its phones twice; write \"id: %s\" into the rule to keep them", new.Rule.Name, old.Rule.Key()))
		} else if old.Receiver.Name != new.Receiver.Name {
			p.warnOnce(fmt.Sprintf("%s of the rule %s becomes %s, so its notifications get other ids: an event that a cloud delivers again may be told to this phone twice; give the contact its old name for an id, or the target its old name, to keep them", shownReceiver(old), new.Rule.Name, shownReceiver(new)))
		}
	}
}

func (p *Plan) warnOnce(text string) {
	if !slices.Contains(p.Warnings, text) {
		p.Warnings = append(p.Warnings, text)
	}
}

func shownReceiver(t bus.Target) string { return t.Receiver.Type + "/" + t.Receiver.Name }
