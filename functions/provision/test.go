package provision

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"

	"github.com/pai-notify/pai-notify/functions"
	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/target"
)

// Tested is what a test message to one target led to.
type Tested struct {
	Rule   string `json:"rule"`
	Target string `json:"target"`
	// Failed tells that the message was not taken, or that the function could
	// not be asked.
	Failed bool `json:"failed"`
	// Skipped says why no message was sent.
	Skipped string `json:"skipped,omitempty"`
	// Outcome is what the function answered.
	Outcome json.RawMessage `json:"outcome,omitempty"`
	// Error is why the function did not answer.
	Error string `json:"error,omitempty"`
}

// Test sends a test message to the targets that stand on the bus, by invoking
// their functions there. It tests those of one rule, named as in a document, and
// of one target, by its type or as <type>/<name>; of all when these are "". What
// costs money is left out unless paid says otherwise.
func (d Desk) Test(ctx context.Context, rule, only string, paid bool) ([]Tested, error) {
	have, mine, err := d.standing(ctx)
	if err != nil {
		return nil, err
	}
	tested := []Tested{}
	seen := map[[2]string]bool{}
	found := false
	for _, r := range have.Rules {
		for _, t := range r.Targets {
			name := t.Receiver.Type + "/" + t.Receiver.Name
			key := [2]string{t.Rule.Name, name}
			asked := mine.options.named(r, rule)
			found = found || mine.ours(r) && asked
			switch {
			case !mine.ours(r) || t.Receiver.Type == "" || seen[key]:
				continue
			case rule != "" && !asked, only != "" && only != name && only != t.Receiver.Type:
				continue
			}
			seen[key] = true
			one := Tested{Rule: t.Rule.Name, Target: name}
			if costsMoney(t.Receiver.Type) && !paid {
				one.Skipped = "it costs money: say yes to test it"
			} else {
				one = d.probe(ctx, t, one)
			}
			tested = append(tested, one)
		}
	}
	if rule != "" && !found {
		return nil, noRule(have.Bus.Name, rule, mine.Owner)
	}
	return tested, nil
}

func (d Desk) probe(ctx context.Context, t bus.Target, one Tested) Tested {
	payload, err := json.Marshal(struct {
		Test   bool            `json:"test"`
		Rule   event.Rule      `json:"rule"`
		Target target.Receiver `json:"target"`
	}{true, t.Rule, t.Receiver})
	if err != nil {
		one.Failed, one.Error = true, err.Error()
		return one
	}
	answer, failed, err := d.Cloud.Invoke(ctx, t.Function, payload)
	one.Failed = failed || err != nil
	switch {
	case err != nil:
		one.Error = err.Error()
		if remedy := cmp.Or(Remedy(err, d.Cloud), missingFunction(err)); remedy != "" {
			one.Error += ": " + remedy
		}
	case json.Valid(answer):
		one.Outcome = answer
	default:
		one.Failed, one.Error = true, "the function "+t.Function+" answered something that is not JSON: is it one of pai-notify's?"
	}
	return one
}

// missingFunction says what to do when err is about a function that is not there.
func missingFunction(err error) string {
	if bus.KindOf(err) != bus.NotFound {
		return ""
	}
	return "deploy it (README, Deploy); when it has another name, say so with --functions PREFIX"
}

// costsMoney tells whether each message of a target type is paid for.
func costsMoney(typ string) bool {
	register := functions.Register()
	i := slices.IndexFunc(register, func(s target.Spec) bool { return s.Type == typ })
	return i >= 0 && register[i].AtMostOnce()
}
