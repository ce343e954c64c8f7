package provision

import (
	"cmp"
	"context"
	"encoding/json"
	"strings"

	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/deliver"
	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/outcome"
	"github.com/pai-notify/pai-notify/shared/target"
)

// TestResult is the result of a test message to one target.
type TestResult struct {
	Rule   string `json:"rule"`
	Target string `json:"target"`
	// Failed is true unless the outcome says that the message was sent, or the
	// target was skipped.
	Failed bool `json:"failed"`
	// Skipped says why the function was not invoked.
	Skipped string `json:"skipped,omitempty"`
	// Outcome is what the function answered or, if it gave no outcome, the reason
	// in the same form.
	Outcome json.RawMessage `json:"outcome,omitempty"`
	// Error is why the function did not answer with an outcome.
	Error string `json:"error,omitempty"`
}

// Test sends a test message to the targets on the bus, by invoking their functions
// there. rule selects a rule by its name in the document, and only a target by its
// type or as <type>/<name>; "" selects all. Targets that cost money are left out
// unless paid is true.
func (pr Provisioner) Test(ctx context.Context, rule, only string, paid bool) ([]TestResult, error) {
	have, mine, err := pr.standing(ctx)
	if err != nil {
		return nil, err
	}
	tested := []TestResult{}
	seen := map[[2]string]bool{}
	found := false
	for _, r := range have.Rules {
		if !mine.ours(r) {
			continue
		}
		found = found || len(r.Targets) > 0 && r.carries(mine.options, rule)
		for t := range r.each {
			name := shown(t.receiver())
			key := [2]string{t.carried.Rule.Name, name}
			switch asked := mine.options.named(t.carried.Rule, rule); {
			case seen[key], rule != "" && !asked, only != "" && only != name && only != t.receiver().Type:
				continue
			}
			seen[key] = true
			one := TestResult{Rule: t.carried.Rule.Name, Target: name}
			if targetTypes(pr.Workspace.Types).costMoney(t.receiver().Type) && !paid {
				one.Skipped = "it costs money: say yes to test it"
				one.Outcome = answerOf(outcome.Skipped, one.Skipped)
			} else {
				one = pr.probe(ctx, t, one)
			}
			tested = append(tested, one)
		}
	}
	if rule != "" && !found {
		return nil, noRule(have.Bus.Name, rule, mine.Owner)
	}
	return tested, nil
}

func (pr Provisioner) probe(ctx context.Context, t placedReceiver, one TestResult) TestResult {
	payload, err := json.Marshal(struct {
		Test   bool            `json:"test"`
		Rule   event.Rule      `json:"rule"`
		Target target.Receiver `json:"target"`
	}{true, t.carried.Rule, t.receiver()})
	if err != nil {
		return one.fails(err.Error())
	}
	answer, failed, err := pr.Cloud.Invoke(ctx, t.target.Function, payload)
	if err != nil {
		text := err.Error()
		if remedy := cmp.Or(pr.Cloud.Remedy(err), missingFunction(err)); remedy != "" {
			text += ": " + remedy
		}
		return one.fails(text)
	}
	o, err := deliver.ReadOutcome(answer)
	switch {
	case failed && (err != nil || o.Status != outcome.Failed):
		return one.fails("the function " + t.target.Function + " failed: " + said(answer))
	case err != nil:
		return one.fails(t.target.Function + ": " + err.Error())
	}
	one.Outcome, one.Failed = answer, o.Status != outcome.Sent
	return one
}

func (t TestResult) fails(why string) TestResult {
	t.Failed, t.Error, t.Outcome = true, why, answerOf(outcome.Failed, why)
	return t
}

func answerOf(status outcome.Status, reason string) json.RawMessage {
	text, _ := json.Marshal(outcome.Outcome{Status: status, Reason: reason}) // texts can always be written
	return text
}

// saidMost is how many characters of a platform's error are repeated; its own
// sentences are shorter, a stack is longer.
const saidMost = 300

// said is the error text of a function that failed without an outcome.
func said(answer []byte) string {
	return cmp.Or(message.Clip(strings.TrimSpace(string(answer)), saidMost), "nothing was said about it")
}

// missingFunction says what to do when err is about a function that does not
// exist.
func missingFunction(err error) string {
	if bus.KindOf(err) != bus.NotFound {
		return ""
	}
	return deployIt.With().String()
}
