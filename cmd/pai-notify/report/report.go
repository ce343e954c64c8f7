// Package report publishes events on the local bus and prints the outcomes.
package report

import (
	"context"
	"slices"
	"strings"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/receivers"
	"github.com/pai-notify/pai-notify/shared/bus/local"
	"github.com/pai-notify/pai-notify/shared/deliver"
	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/exactjson"
	"github.com/pai-notify/pai-notify/shared/outcome"
	"github.com/pai-notify/pai-notify/shared/workspace"
)

// Reporter publishes events and returns their outcomes, with the rule names of a
// workspace document.
type Reporter struct {
	Workspace  *workspace.Workspace
	classifier *deliver.Classifier
	on         *local.Bus
}

// New returns a reporter for the bus on.
func New(w *workspace.Workspace, on *local.Bus) (*Reporter, error) {
	classifier, err := deliver.NewClassifier(w.Catalogue)
	if err != nil {
		return nil, err
	}
	return &Reporter{w, classifier, on}, nil
}

// Publish publishes e, waits until every target was tried, and returns an outcome
// for each notification and for each rule of the event's source that did not
// match.
func (r *Reporter) Publish(ctx context.Context, e event.Event) ([]outcome.Outcome, error) {
	source, typ := r.classifier.Classify(e)
	name := typ.Name
	if name == "" {
		name = e.Type()
	}
	skipped := func(rule, reason string) outcome.Outcome {
		return outcome.Outcome{Status: outcome.Skipped, Event: e.ID(), EventType: name, Rule: rule, Reason: reason}
	}
	var batch local.Batch
	batch.Add(e, nil)
	if err := batch.Publish(ctx, r.on, r.Workspace.Bus()); err != nil {
		return nil, err
	}
	switch put := batch.Puts[0]; {
	case put.Code != "":
		return []outcome.Outcome{{Status: outcome.Failed, Class: outcome.Permanent, Event: e.ID(), EventType: name, Reason: "the bus does not take the event: " + put.Text}}, nil
	case put.Duplicate:
		return []outcome.Outcome{skipped("", "an event with its source and id was published within the last day")}, nil
	}
	notifications, err := r.on.Wait(ctx, r.Workspace.Bus(), e)
	if err != nil {
		return nil, err
	}
	ofRule := map[string][]outcome.Outcome{}
	var rules []string
	for _, n := range notifications {
		rule := receivers.RuleName(n.Rule)
		ofRule[rule] = append(ofRule[rule], outcomeOf(name, rule, n))
		rules = append(rules, rule)
	}
	var outcomes []outcome.Outcome
	for _, rule := range r.Workspace.Rules {
		of := ofRule[rule.Name]
		places := map[string]int{}
		for i, to := range rule.Receivers() {
			places[to.Type+"/"+to.Name] = i
		}
		slices.SortStableFunc(of, func(a, b outcome.Outcome) int { return places[a.Target] - places[b.Target] })
		outcomes = append(outcomes, of...)
		if len(of) == 0 && rule.Source == source.Name {
			why, err := whyNot(rule, typ, e)
			if err != nil {
				return nil, err
			}
			outcomes = append(outcomes, skipped(rule.Name, why))
		}
		delete(ofRule, rule.Name)
	}
	for _, rule := range rules { // the bus may have rules that the document does not
		outcomes = append(outcomes, ofRule[rule]...)
		delete(ofRule, rule)
	}
	if outcomes == nil {
		return []outcome.Outcome{skipped("", "no rule asks for events of its source, "+e.Source())}, nil
	}
	return outcomes, nil
}

// whyNot says why a rule did not match, in the document's words if the event's
// type decided it.
func whyNot(r workspace.Rule, t event.Type, e event.Event) (string, error) {
	if !r.Enabled {
		return "the rule is disabled", nil
	}
	if t.Name == "" || slices.Contains(r.Events, "*") || slices.Contains(r.Events, t.What()) {
		if why, err := r.Refusal(e.JSON()); why != "" || err != nil {
			return why, err
		}
		_, missed, err := r.Reached(e) // not the creator, where it applies
		return missed, err
	}
	return "the rule asks for " + strings.Join(r.Events, ", "), nil
}

// outcomeOf reads the outcome from a function's answer.
func outcomeOf(eventType, rule string, n local.Notification) outcome.Outcome {
	var o outcome.Outcome
	if err := exactjson.Unmarshal(n.Answer, &o); err != nil || o.Rule == "" {
		return outcome.Outcome{Status: outcome.Failed, EventType: eventType, Rule: rule, Target: n.Target, Reason: n.Outcome.Reason}
	}
	return o
}
