package provision

import (
	"encoding/json"
	"maps"
	"slices"

	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/target"
)

// A text or a call that comes twice costs money, or wakes somebody twice. So
// where one target of a phone takes the place of another in a plan, the old one
// is removed before the new one is added: an event in between is missed rather
// than sent twice. All other targets get it twice rather than not at all.

// phone is a receiver that sends to a phone.
type phone struct {
	placedReceiver
	address string
}

// first finds the phone targets that have to be removed before anything is added.
// Those that the rule keeps with other events, another number or in another state
// are put back when the rule is up to date.
func (p *Plan) first() {
	types := p.want.options.types
	was, will := types.phones(p.have.Rules, p.want.ours), types.phones(p.want.Rules, func(Rule) bool { return true })
	gone := map[string][]phone{}
	for address, standing := range was {
		for _, old := range standing {
			if slices.ContainsFunc(will[address], old.stays) {
				continue
			}
			i := slices.IndexFunc(will[address], func(new phone) bool {
				return !slices.ContainsFunc(standing, new.stays) && new.doubles(old) &&
					// What both sent before, or will send, is not made worse by
					// this plan.
					!slices.ContainsFunc(standing, func(o phone) bool { return o.same(new) && o.doubles(old) }) &&
					!slices.ContainsFunc(will[address], func(n phone) bool { return n.same(old) && n.doubles(new) })
			})
			switch {
			case i >= 0:
				new := will[address][i]
				p.warn(movedPhone, "old", shown(old.receiver()), "from", old.carried.Rule.Name, "new", shown(new.receiver()), "to", new.carried.Rule.Name)
			case slices.ContainsFunc(will[address], old.there), !slices.ContainsFunc(p.want.Rules, old.asksOther):
				continue
			}
			gone[old.rule.Name] = append(gone[old.rule.Name], old)
		}
	}
	for rule, phones := range gone {
		p.clear(rule, phones)
	}
}

// clear plans to remove targets of phones before anything is added, and to write
// lists without them.
func (p *Plan) clear(rule string, phones []phone) {
	for _, t := range find(p.have.Rules, rule).Targets {
		of := slices.DeleteFunc(slices.Clone(phones), func(one phone) bool { return one.target.ID != t.ID })
		if len(of) == 0 {
			continue
		}
		var left []bus.Carried
		for _, c := range t.List {
			c.Receivers = slices.DeleteFunc(slices.Clone(c.Receivers), func(r target.Receiver) bool {
				return slices.ContainsFunc(of, func(one phone) bool { return one.key() == receiverKey{c.Rule.Key(), shown(r)} })
			})
			if len(c.Receivers) > 0 {
				left = append(left, c)
			}
		}
		if len(left) > 0 {
			t.List = left
			p.reduced[rule] = append(p.reduced[rule], t)
			continue
		}
		p.before[rule] = append(p.before[rule], t.ID)
	}
}

// phones returns the receivers that send to phones by their numbers, of enabled
// rules.
func (types targetTypes) phones(rules []Rule, of func(Rule) bool) map[string][]phone {
	list := map[string][]phone{}
	for _, r := range rules {
		if !r.Enabled || !slices.ContainsFunc(r.Targets, types.sendsToPhone) || !of(r) {
			continue
		}
		for t := range r.each {
			if types.costMoney(t.receiver().Type) {
				address := types.address(t.receiver())
				list[address] = append(list[address], phone{t, address})
			}
		}
	}
	return list
}

// same reports whether both are one receiver of one document rule in one place, or
// in siblings, where what both say of an event is one notification. Between a list
// and a rule of its own that is not enough: two invocations send two texts, unless
// one function has both.
func (p phone) same(other phone) bool {
	plain := len(p.target.List)+len(other.target.List) == 0
	if p.placed(other) {
		return plain || p.key() == other.key()
	}
	return plain && len(p.target.Patterns)+len(other.target.Patterns) == 0 &&
		p.carried.Rule.Key() == other.carried.Rule.Key() && p.receiver().Name == other.receiver().Name
}

// placed reports whether both are in one place on the bus, where one replaces the
// other in a single call.
func (p phone) placed(other phone) bool {
	return p.rule.Name == other.rule.Name && p.target.ID == other.target.ID
}

// stays reports whether the other gets the same events in the same place.
func (p phone) stays(other phone) bool {
	return p.there(other) && slices.EqualFunc(p.patterns(), other.patterns(), sameJSON)
}

// there reports whether the other is in the same place and sends to the same
// phone.
func (p phone) there(other phone) bool {
	return p.placed(other) && p.address == other.address
}

// asksOther reports whether want is the same rule with events that its phone does
// not get now.
func (p phone) asksOther(want Rule) bool {
	return want.Name == p.rule.Name && want.Enabled && !sameJSON(want.Pattern, p.rule.Pattern) && !slices.ContainsFunc(want.Targets, packed)
}

// doubles reports whether both would send some event to one phone as two
// notifications.
func (p phone) doubles(other phone) bool {
	return !p.same(other) && !p.placed(other) && p.address == other.address && slices.ContainsFunc(p.patterns(), func(a string) bool {
		return slices.ContainsFunc(other.patterns(), func(b string) bool { return overlap(a, b) })
	})
}

// overlap reports whether one event may match both patterns. It cannot when a
// field has lists of texts in both that have none in common.
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

// renames warns where the notifications of a phone get another key, and with it
// other ids: an event that a cloud delivers once more is then another
// notification. Versions that knew no owners wrote keys in another form, which
// cannot be kept.
func (p *Plan) renames(is, want Rule) {
	types := p.want.options.types
	for _, old := range is.Targets {
		i := slices.IndexFunc(want.Targets, func(t bus.Target) bool { return t.ID == old.ID })
		if i < 0 || foreign(old) || len(old.List)+len(want.Targets[i].List) > 0 || old.Rule.Owner == "" || !types.costMoney(old.Receiver.Type) {
			continue
		}
		new := want.Targets[i]
		if types.address(old.Receiver) != types.address(new.Receiver) {
			continue
		}
		if old.Rule.Key() != new.Rule.Key() {
			p.warn(newRuleIDs, "rule", new.Rule.Name, "id", old.Rule.Key())
		} else if old.Receiver.Name != new.Receiver.Name {
			p.warn(newTargetIDs, "old", shown(old.Receiver), "rule", new.Rule.Name, "new", shown(new.Receiver))
		}
	}
}
