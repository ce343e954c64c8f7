package provision

import (
	"context"
	"fmt"
)

// Waiting is how many notifications wait for a receiver of a rule.
type Waiting struct {
	// Rule and Receiver are the keys of both, the latter with its type before it:
	// "dingtalk/oncall".
	Rule, Receiver string
	Count          int
}

// Fate is what a change does to the notifications that wait for what it changes.
type Fate string

// The fates.
const (
	// BecomesDead is that of what waits for a receiver or a rule that goes.
	BecomesDead Fate = "dead"
	// BecomesCancelled is that of what waits for a rule that is disabled.
	BecomesCancelled Fate = "cancelled"
	// IsRedirected is that of what waits for a receiver that gets other
	// parameters: it is sent by these.
	IsRedirected Fate = "redirected"
)

// Affected are the notifications that wait for one receiver, and their fate.
type Affected struct {
	Rule string `json:"rule"`
	// Receiver has its type before its name: "dingtalk/oncall".
	Receiver string `json:"receiver"`
	Count    int    `json:"count"`
	Fate     Fate   `json:"fate"`
}

// fates say of one notification, and of several, what becomes of them.
var fates = map[Fate][2]string{
	BecomesDead:      {"it will be a dead letter unless it is being sent", "they will be dead letters unless they are being sent"},
	BecomesCancelled: {"it will be cancelled unless it is being sent; pai-notify dead redrive --cancelled revives it", "they will be cancelled unless they are being sent; pai-notify dead redrive --cancelled revives them"},
	IsRedirected:     {"it will be sent with the new parameters unless it is being sent", "they will be sent with the new parameters unless they are being sent"},
}

// String says it to people.
func (a Affected) String() string {
	if a.Count == 1 {
		return fmt.Sprintf("1 notification waits for %s/%s: %s", a.Rule, a.Receiver, fates[a.Fate][0])
	}
	return fmt.Sprintf("%d notifications wait for %s/%s: %s", a.Count, a.Rule, a.Receiver, fates[a.Fate][1])
}

// inFlight is what is true of buses that cannot be asked what waits.
const inFlight = "notifications that are under way already are still sent or tried again, also those for what is removed or disabled"

// InFlight is what to know before something is removed or disabled on a bus that
// cannot be asked what waits; "" where it can.
func (c Cloud) InFlight() string {
	if c.remote() && c.Waiting == nil {
		return inFlight
	}
	return ""
}

func (c Cloud) remote() bool { return c.Name == Aliyun || c.Name == AWS }

// whom is a receiver by its keys.
type whom struct{ rule, receiver string }

// held is where a receiver stands on the bus.
type held struct {
	told
	enabled bool
}

// holds returns the receivers of rules that are ours. One that stands in several
// siblings is enabled if one of them is.
func (s State) holds(ours func(Rule) bool) map[whom]held {
	all := map[whom]held{}
	for _, r := range s.Rules {
		if !ours(r) {
			continue
		}
		for t := range r.each {
			k := t.whom()
			all[k] = held{t, r.Enabled || all[k].enabled}
		}
	}
	return all
}

// fate tells what becomes of what waits for a receiver; "" when nothing does.
func (p Plan) fate(k whom, have, want map[whom]held) Fate {
	is, stands := have[k]
	then, stays := want[k]
	switch {
	case !stands:
		return ""
	case !stays && p.follows(is):
		return ""
	case !stays:
		return BecomesDead
	case is.enabled && !then.enabled:
		return BecomesCancelled
	case !sameJSON(string(is.receiver().Parameters), string(then.receiver().Parameters)):
		return IsRedirected
	}
	return ""
}

// follows tells whether a target only gets another key, in its place on the bus
// and for the same address: what waits for it follows then.
func (p Plan) follows(is held) bool {
	types := p.want.options.types
	address := types.address(is.receiver())
	for _, t := range find(p.want.Rules, is.rule.Name).Targets {
		if t.ID == is.target.ID {
			return address != "" && address == types.address(t.Receiver)
		}
	}
	return false
}

// count adds to a plan the notifications that wait for what it changes. Where
// the bus cannot be asked, the plan warns of what it cannot take back.
func (d Desk) count(ctx context.Context, p Plan) Plan {
	if p.Empty() {
		return p
	}
	have, want := p.have.holds(p.want.ours), p.want.holds(p.want.ours)
	if d.Cloud.Waiting == nil {
		for k := range have {
			if f := p.fate(k, have, want); d.Cloud.InFlight() != "" && (f == BecomesDead || f == BecomesCancelled) {
				p.Warnings = append(p.Warnings, inFlight)
				break
			}
		}
		return p
	}
	waiting, err := d.Cloud.Waiting(ctx, p.Bus)
	if err != nil {
		p.Warnings = append(p.Warnings, fmt.Sprintf("how many notifications wait for what changes is not known: %v", err))
	}
	for _, w := range waiting {
		k := whom{w.Rule, w.Receiver}
		if f := p.fate(k, have, want); f != "" && w.Count > 0 {
			p.Waiting = append(p.Waiting, Affected{Rule: have[k].carried.Rule.Name, Receiver: w.Receiver, Count: w.Count, Fate: f})
		}
	}
	return p
}

// Cancelled returns the notifications that disabling a rule, named as in a
// document, would cancel; those of a rule that leaves a list for it become dead
// letters. Where the bus cannot be asked there is a warning in their place.
func (d Desk) Cancelled(ctx context.Context, rule string) (list []Affected, warning string, err error) {
	have, mine, err := d.standing(ctx)
	if err != nil {
		return nil, "", err
	}
	if d.Cloud.Waiting == nil {
		return nil, d.Cloud.InFlight(), nil
	}
	waiting, err := d.Cloud.Waiting(ctx, have.Bus.Name)
	if err != nil {
		return nil, "", err
	}
	receivers := have.holds(mine.ours)
	for _, w := range waiting {
		to, ok := receivers[whom{w.Rule, w.Receiver}]
		if ok && mine.options.named(to.carried.Rule, rule) && to.enabled && w.Count > 0 {
			fate := BecomesCancelled
			if to.rule.Shared {
				fate = BecomesDead
			}
			list = append(list, Affected{Rule: rule, Receiver: w.Receiver, Count: w.Count, Fate: fate})
		}
	}
	return list, "", nil
}
