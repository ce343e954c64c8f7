package provision

import (
	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/target"
)

// placedReceiver is a receiver of a document's rule, with its position on a bus.
type placedReceiver struct {
	rule   Rule
	target bus.Target
	// carried is what the target carries of the rule.
	carried bus.Carried
	// at is its index in carried.Receivers.
	at int
}

func (t placedReceiver) receiver() target.Receiver { return t.carried.Receivers[t.at] }

func (t placedReceiver) key() receiverKey {
	return receiverKey{t.carried.Rule.Key(), shown(t.receiver())}
}

// patterns returns the patterns of the receiver: an event must match one of them.
func (t placedReceiver) patterns() []string { return effective(t.rule, t.carried.Patterns) }

func shown(r target.Receiver) string { return r.Type + "/" + r.Name }

// each iterates over the receivers of a rule on the bus.
func (r Rule) each(yield func(placedReceiver) bool) {
	for _, t := range r.Targets {
		for _, c := range t.Carries() {
			for i := range c.Receivers {
				if !yield(placedReceiver{r, t, c, i}) {
					return
				}
			}
		}
	}
}

// effective returns the patterns of a target that carries exact: exact itself, or
// else the rule's own pattern. An event must match one of them.
func effective(r Rule, exact []string) []string {
	if len(exact) > 0 {
		return exact
	}
	return []string{r.Pattern}
}
