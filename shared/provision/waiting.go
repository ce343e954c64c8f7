package provision

import (
	"context"
	"fmt"

	"github.com/pai-notify/pai-notify/shared/message"
)

// Fate is what a change does to the notifications that wait for what it changes.
type Fate string

// The fates.
const (
	// BecomesDead is that of what waits for a receiver or a rule that goes.
	BecomesDead Fate = "dead"
	// BecomesCancelled is that of what waits for a rule that is disabled.
	BecomesCancelled Fate = "cancelled"
	// isRedirected is that of what waits for a receiver that gets other
	// parameters: it is sent by these.
	isRedirected Fate = "redirected"
)

// Waiting are the notifications that wait for a receiver of a rule.
type Waiting struct {
	// Rule is the rule's key where a bus is asked, and its name where a change is
	// planned.
	Rule string `json:"rule"`
	// Receiver has its type before its name: "dingtalk/oncall".
	Receiver string `json:"receiver"`
	Count    int    `json:"count"`
	// Fate is what a planned change does to them.
	Fate Fate `json:"fate,omitempty"`
}

// Sent tells that the notifications are still sent.
func (w Waiting) Sent() bool { return w.Fate == isRedirected }

// fates say of one notification, and of several, what becomes of them.
var fates = map[Fate][2]string{
	BecomesDead:      {"it will be a dead letter unless it is being sent", "they will be dead letters unless they are being sent"},
	BecomesCancelled: {"it will be cancelled unless it is being sent; pai-notify dead redrive --cancelled revives it", "they will be cancelled unless they are being sent; pai-notify dead redrive --cancelled revives them"},
	isRedirected:     {"it will be sent with the new parameters unless it is being sent", "they will be sent with the new parameters unless they are being sent"},
}

// String says it to people.
func (w Waiting) String() string {
	if w.Count == 1 {
		return fmt.Sprintf("1 notification waits for %s/%s: %s", w.Rule, w.Receiver, fates[w.Fate][0])
	}
	return fmt.Sprintf("%d notifications wait for %s/%s: %s", w.Count, w.Rule, w.Receiver, fates[w.Fate][1])
}

// InFlight is what to know before something is removed or disabled on a bus that
// cannot be asked what waits; it is empty where the bus can be asked.
func (c Cloud) InFlight() message.Statement {
	if c.remote() && c.Waiting == nil {
		return inProgress.With()
	}
	return message.Statement{}
}

func (c Cloud) remote() bool { return c.Name == Aliyun || c.Name == AWS }

// receiverKey is a receiver of a rule, by their keys.
type receiverKey struct{ rule, receiver string }

// held is where a receiver stands on the bus.
type held struct {
	placedReceiver
	enabled bool
}

// holds returns the receivers of rules that are ours. One that stands in several
// siblings is enabled if one of them is.
func (s State) holds(ours func(Rule) bool) map[receiverKey]held {
	all := map[receiverKey]held{}
	for _, r := range s.Rules {
		if !ours(r) {
			continue
		}
		for t := range r.each {
			k := t.key()
			all[k] = held{t, r.Enabled || all[k].enabled}
		}
	}
	return all
}

// fate tells what becomes of what waits for a receiver; "" when nothing does.
func (p Plan) fate(k receiverKey, have, want map[receiverKey]held) Fate {
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
		return isRedirected
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
func (pr Provisioner) count(ctx context.Context, p Plan) Plan {
	if p.Empty() {
		return p
	}
	have, want := p.have.holds(p.want.ours), p.want.holds(p.want.ours)
	if pr.Cloud.Waiting == nil {
		for k := range have {
			if f := p.fate(k, have, want); pr.Cloud.remote() && (f == BecomesDead || f == BecomesCancelled) {
				p.warn(inProgress)
				break
			}
		}
		return p
	}
	waiting, err := pr.Cloud.Waiting(ctx, p.Bus)
	if err != nil {
		p.warn(waitingUnknown, "error", err.Error())
	}
	for _, w := range waiting {
		k := receiverKey{w.Rule, w.Receiver}
		if f := p.fate(k, have, want); f != "" && w.Count > 0 {
			p.Waiting = append(p.Waiting, Waiting{Rule: have[k].carried.Rule.Name, Receiver: w.Receiver, Count: w.Count, Fate: f})
		}
	}
	return p
}

// Cancelled returns the notifications that disabling a rule, named as in a
// document, would cancel; those of a rule that leaves a list for it become dead
// letters. Where the bus cannot be asked there is a warning in their place.
func (pr Provisioner) Cancelled(ctx context.Context, rule string) (list []Waiting, warning message.Statement, err error) {
	have, mine, err := pr.standing(ctx)
	if err != nil {
		return nil, warning, err
	}
	if pr.Cloud.Waiting == nil {
		return nil, pr.Cloud.InFlight(), nil
	}
	waiting, err := pr.Cloud.Waiting(ctx, have.Bus.Name)
	if err != nil {
		return nil, warning, err
	}
	receivers := have.holds(mine.ours)
	for _, w := range waiting {
		to, ok := receivers[receiverKey{w.Rule, w.Receiver}]
		if ok && mine.options.named(to.carried.Rule, rule) && to.enabled && w.Count > 0 {
			fate := BecomesCancelled
			if to.rule.Shared {
				fate = BecomesDead
			}
			list = append(list, Waiting{Rule: rule, Receiver: w.Receiver, Count: w.Count, Fate: fate})
		}
	}
	return list, warning, nil
}
