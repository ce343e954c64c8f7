package provision

import (
	"context"
	"fmt"

	"github.com/pai-notify/pai-notify/shared/message"
)

// Fate is what happens to pending notifications when their rule or receiver
// changes.
type Fate string

// The fates.
const (
	// BecomesDead: the receiver or the rule is removed, so they become dead
	// letters.
	BecomesDead Fate = "dead"
	// BecomesCancelled: their rule is disabled, so they are cancelled.
	BecomesCancelled Fate = "cancelled"
	// isRedirected: the receiver gets other parameters, with which they are sent.
	isRedirected Fate = "redirected"
)

// Waiting is the number of pending notifications for one receiver of a rule.
type Waiting struct {
	// Owner is the owner of the rule, when a bus reports it; "" where nobody said.
	Owner string `json:"-"`
	// Rule is the rule's key when a bus reports it, and its name in a plan.
	Rule string `json:"rule"`
	// Receiver is the receiver as type/name: "dingtalk/oncall".
	Receiver string `json:"receiver"`
	Count    int    `json:"count"`
	// Fate is what a planned change does to them.
	Fate Fate `json:"fate,omitempty"`
}

// Sent reports whether the notifications are still sent.
func (w Waiting) Sent() bool { return w.Fate == isRedirected }

// fates say what happens to one notification, and to several.
var fates = map[Fate][2]string{
	BecomesDead:      {"it will be a dead letter unless it is being sent", "they will be dead letters unless they are being sent"},
	BecomesCancelled: {"it will be cancelled unless it is being sent; pai-notify dead redrive --cancelled revives it", "they will be cancelled unless they are being sent; pai-notify dead redrive --cancelled revives them"},
	isRedirected:     {"it will be sent with the new parameters unless it is being sent", "they will be sent with the new parameters unless they are being sent"},
}

// String describes it to people.
func (w Waiting) String() string {
	if w.Count == 1 {
		return fmt.Sprintf("1 notification waits for %s/%s: %s", w.Rule, w.Receiver, fates[w.Fate][0])
	}
	return fmt.Sprintf("%d notifications wait for %s/%s: %s", w.Count, w.Rule, w.Receiver, fates[w.Fate][1])
}

// InFlight is the warning before something is removed or disabled on a bus that
// cannot say what is pending; empty where the bus can.
func (c Cloud) InFlight() message.Statement {
	if c.remote() && c.Waiting == nil {
		return inProgress.With()
	}
	return message.Statement{}
}

func (c Cloud) remote() bool { return c.Name == Aliyun || c.Name == AWS }

// receiverKey is a receiver of a rule, by their keys.
type receiverKey struct{ rule, receiver string }

// held is where a receiver is on the bus.
type held struct {
	placedReceiver
	enabled bool
}

// owns reports whether what waits is for this receiver, and not for one of the
// same key in another document.
func (h held) owns(w Waiting) bool { return w.Owner == "" || w.Owner == h.carried.Rule.Owner }

// holds returns the receivers of our rules. A receiver in several siblings is
// enabled if one of them is.
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

// fate returns what happens to notifications pending for a receiver; "" when
// nothing does.
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

// follows reports whether a target only gets another key, in the same place on the
// bus and for the same address: its pending notifications then follow.
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

// count adds to a plan the pending notifications that it affects. If the bus
// cannot say, the plan warns of what it cannot take back.
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
		if f := p.fate(k, have, want); f != "" && w.Count > 0 && have[k].owns(w) {
			p.Waiting = append(p.Waiting, Waiting{Rule: have[k].carried.Rule.Name, Receiver: w.Receiver, Count: w.Count, Fate: f})
		}
	}
	return p
}

// Cancelled returns the notifications that disabling a rule, named as in a
// document, would cancel; if the rule leaves a list for that, they become dead
// letters. If the bus cannot say, it returns a warning instead.
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
		if ok && to.owns(w) && mine.options.named(to.carried.Rule, rule) && to.enabled && w.Count > 0 {
			fate := BecomesCancelled
			if to.rule.Shared {
				fate = BecomesDead
			}
			list = append(list, Waiting{Rule: rule, Receiver: w.Receiver, Count: w.Count, Fate: fate})
		}
	}
	return list, warning, nil
}
