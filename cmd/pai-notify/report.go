package main

import (
	"context"
	"slices"
	"strings"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/receivers"
	"github.com/pai-notify/pai-notify/shared/bus/local"
	"github.com/pai-notify/pai-notify/shared/deliver"
	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/exactjson"
	"github.com/pai-notify/pai-notify/shared/workspace"
)

// reporter publishes events and tells what became of them, in the words of a
// workspace's document.
type reporter struct {
	workspace  *workspace.Workspace
	classifier *deliver.Classifier
	on         *local.Bus
}

func newReporter(w *workspace.Workspace, on *local.Bus) (*reporter, error) {
	classifier, err := deliver.NewClassifier(w.Catalogue)
	if err != nil {
		return nil, err
	}
	return &reporter{w, classifier, on}, nil
}

// publish puts e on the bus, waits until it was tried to tell everyone, and
// returns a row for each notification and for each rule of the event's source
// that did not match.
func (r *reporter) publish(ctx context.Context, e event.Event) ([]row, error) {
	source, typ := r.classifier.Classify(e)
	name := typ.Name
	if name == "" {
		name = e.Type()
	}
	var batch local.Batch
	batch.Add(e, nil)
	if err := batch.Publish(ctx, r.on, r.workspace.Bus()); err != nil {
		return nil, err
	}
	put := batch.Puts[0]
	if put.Code != "" {
		return []row{{deliver.Outcome{Status: deliver.Failed, Class: deliver.Permanent, Event: e.ID(), EventType: name, Reason: "the bus does not take the event: " + put.Text}}}, nil
	}
	if put.Duplicate {
		return []row{{deliver.Outcome{Status: deliver.Skipped, Event: e.ID(), EventType: name, Reason: "an event with its source and id was published within the last day"}}}, nil
	}
	notifications, err := r.on.Wait(ctx, r.workspace.Bus(), e)
	if err != nil {
		return nil, err
	}
	var rows []row
	for _, rule := range r.workspace.Rules {
		of := rowsOf(rule, name, notifications)
		rows = append(rows, of...)
		if len(of) > 0 || rule.Source != source.Name {
			continue
		}
		why := "the rule is disabled"
		if rule.Enabled {
			if why, err = rule.Refusal(e.JSON()); err != nil {
				return nil, err
			}
		}
		rows = append(rows, row{deliver.Outcome{Status: deliver.Skipped, Event: e.ID(), EventType: name, Rule: rule.Name, Reason: whyNot(rule, typ, why)}})
	}
	for _, n := range notifications {
		// The bus may have rules that the document does not.
		if !slices.ContainsFunc(r.workspace.Rules, func(rule workspace.Rule) bool { return rule.Name == receivers.RuleName(n.Rule) }) {
			rows = append(rows, rowOf(name, n))
		}
	}
	if rows == nil {
		rows = []row{{deliver.Outcome{Status: deliver.Skipped, Event: e.ID(), EventType: name, Reason: "no rule asks for events of its source, " + e.Source()}}}
	}
	return rows, nil
}

// rowsOf returns the rows of one rule, in the order of its targets.
func rowsOf(rule workspace.Rule, event string, notifications []local.Notification) []row {
	var rows []row
	for _, n := range notifications {
		if receivers.RuleName(n.Rule) == rule.Name {
			rows = append(rows, rowOf(event, n))
		}
	}
	place := map[string]int{}
	for i, to := range rule.Receivers() {
		place[to.Type+"/"+to.Name] = i
	}
	slices.SortStableFunc(rows, func(a, b row) int { return place[a.Target] - place[b.Target] })
	return rows
}

// whyNot says in the words of the document why a rule did not match, where the
// event's type decided it.
func whyNot(r workspace.Rule, t event.Type, refusal string) string {
	if t.Name == "" || !r.Enabled || slices.Contains(r.Events, "*") || slices.Contains(r.Events, t.What()) {
		return refusal
	}
	return "the rule asks for " + strings.Join(r.Events, ", ")
}

// rowOf reads a function's answer back into its outcome.
func rowOf(name string, n local.Notification) row {
	var o deliver.Outcome
	if err := exactjson.Unmarshal(n.Answer, &o); err != nil || o.Rule == "" {
		o = deliver.Outcome{Status: deliver.Failed, EventType: name, Rule: receivers.RuleName(n.Rule), Target: n.Target, Reason: n.Outcome.Reason}
	}
	return row{o}
}
