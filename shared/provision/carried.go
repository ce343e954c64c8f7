package provision

import (
	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/target"
)

// placedReceiver is a receiver of a rule of a document, with where it stands on a bus.
type placedReceiver struct {
	rule   Rule
	target bus.Target
	// carried is what the target carries of the rule.
	carried bus.Carried
	// at is its place in carried.Receivers.
	at int
}

func (t placedReceiver) receiver() target.Receiver { return t.carried.Receivers[t.at] }

func (t placedReceiver) key() receiverKey {
	return receiverKey{t.carried.Rule.Key(), shown(t.receiver())}
}

// patterns are those of which an event has to match one to reach the receiver.
func (t placedReceiver) patterns() []string { return effective(t.rule, t.carried.Patterns) }

func shown(r target.Receiver) string { return r.Type + "/" + r.Name }

// each goes through the receivers of a rule of the bus.
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

// effective returns the patterns of which an event has to match one to reach a
// target that carries exact: those, or the rule's own.
func effective(r Rule, exact []string) []string {
	if len(exact) > 0 {
		return exact
	}
	return []string{r.Pattern}
}
