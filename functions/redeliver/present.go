package redeliver

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/ledger"
	"github.com/pai-notify/pai-notify/shared/rule"
	"github.com/pai-notify/pai-notify/shared/target"
)

// place is where a bus has a receiver of a rule.
type place struct {
	function string
	rule     event.Rule
	patterns []string
	// asked are patterns of which one matches what the rule asks for or watches for.
	asked    []string
	receiver target.Receiver
	enabled  bool
}

// present is what a bus has at present.
type present struct {
	bus    string
	places []place
}

// reader returns a function that reads a bus once in a run, when something is due.
func (f *Function) reader(name string) func(context.Context) (present, error) {
	var mu sync.Mutex
	var known *present
	var failed error
	return func(ctx context.Context) (present, error) {
		mu.Lock()
		defer mu.Unlock()
		if known == nil {
			known = &present{bus: name}
			known.places, failed = readPlaces(ctx, f.Cloud.Bus, name)
		}
		return *known, failed
	}
}

func readPlaces(ctx context.Context, b Bus, name string) ([]place, error) {
	rules, err := b.ListRules(ctx, name)
	if err != nil || len(rules) == 0 {
		return nil, err
	}
	names, enabled, onBus := make([]string, len(rules)), map[string]bool{}, map[string]string{}
	for i, r := range rules {
		names[i], enabled[r.Name], onBus[r.Name] = r.Name, r.Enabled, r.Pattern
	}
	targets, err := b.ListTargets(ctx, name, names)
	if err != nil {
		return nil, err
	}
	var places []place
	for _, on := range names {
		for _, t := range targets[on] {
			for _, c := range t.Carries() {
				for _, r := range c.Receivers {
					asked := c.Patterns
					if asked == nil {
						asked = []string{onBus[on]}
					}
					places = append(places, place{t.Function, c.Rule, c.Patterns, asked, r, enabled[on]})
				}
			}
		}
	}
	return places, nil
}

// have returns what the run's bus has, and what the bus has that the function
// serves now, when that is another: rules may have moved there with their workspace.
func (r *run) have(ctx context.Context) ([]present, error) {
	now, err := r.present(ctx)
	if err != nil || r.bus == r.Bus {
		return []present{now}, err
	}
	before, err := r.before(ctx)
	switch bus.KindOf(err) {
	case bus.NotFound, bus.Denied: // it was deleted, or the role is for the new one
		return []present{{bus: r.bus}, now}, nil
	}
	return []present{before, now}, err
}

// verdict is what the buses say of an entry at present: where to send it, or how it
// ends instead.
type verdict struct {
	place
	state ledger.State // "" to send it
	why   string
}

// verdictOn returns the verdict on an entry.
func verdictOn(e ledger.Entry, have []present) verdict {
	if len(e.Event) == 0 {
		return verdict{state: ledger.Dead, why: "the ledger does not have its event"}
	}
	var of []place
	for _, p := range have {
		if of = p.of(e); of != nil {
			break
		}
	}
	if of == nil {
		return verdict{state: ledger.Dead, why: whyGone(e, have)}
	}
	if slices.ContainsFunc(of, func(p place) bool { return p.rule.Owner != of[0].rule.Owner }) {
		return verdict{state: ledger.Dead, why: fmt.Sprintf("two documents have a rule %s with the receiver %s, and nobody knows whose this was", e.RuleName, e.Receiver)}
	}
	if e.MovedFrom != "" { // a person chose the receiver, whatever the rule wants
		for i := range of {
			of[i].patterns, of[i].asked, of[i].rule.Policy = nil, nil, nil
		}
	}
	// A rule may stand on the bus several times, with the same receivers.
	of = slices.DeleteFunc(of, func(p place) bool { return !p.enabled })
	if len(of) == 0 {
		return verdict{state: ledger.Cancelled, why: fmt.Sprintf("the rule %s was disabled while the notification waited", e.RuleName)}
	}
	why := ""
	for _, p := range of {
		if why = refusal(e, p); why == "" {
			return verdict{place: p}
		}
	}
	return verdict{state: ledger.Skipped, why: "the rule does not want the event any more: " + why}
}

// of returns the places that an entry is for. Before rules carried their owner, an
// entry had none; and a document without an owner has the workspace's name as its.
func (p present) of(e ledger.Entry) (of []place) {
	for _, at := range p.places {
		owned := e.Owner == "" || at.rule.Owner == e.Owner ||
			p.bus != e.Bus && e.Owner == workspaceOf(e.Bus) && at.rule.Owner == workspaceOf(p.bus)
		if owned && at.rule.Key() == e.Rule && at.receiver.Type == e.Type && at.receiver.Name == e.Receiver {
			of = append(of, at)
		}
	}
	return of
}

func whyGone(e ledger.Entry, have []present) string {
	for _, p := range have {
		for _, at := range p.places {
			switch {
			case at.rule.Key() != e.Rule:
			case at.receiver.Type == e.Type && at.receiver.Name == "":
				return fmt.Sprintf("the receivers of the rule %s have no names on the bus, because an earlier version wrote them: apply the document again", e.RuleName)
			default:
				return fmt.Sprintf("the receiver %s was removed from the rule %s while the notification waited", e.Receiver, e.RuleName)
			}
		}
	}
	return fmt.Sprintf("the rule %s is not on the bus any more: it was removed, or disabled where it shared a target with others, while the notification waited", e.RuleName)
}

// refusal says why the patterns of a place do not match the event of an entry; ""
// when one does. What cannot be decided here is the function's to refuse.
func refusal(e ledger.Entry, p place) string {
	if p.rule.Policy.Watches(e.EventType) {
		return ""
	}
	var patterns []*rule.Pattern
	for _, text := range p.asked {
		pattern, err := rule.Compile(rule.Alibaba, []byte(text))
		if err != nil {
			return ""
		}
		if ok, err := pattern.Match(e.Event); ok || err != nil {
			return ""
		}
		patterns = append(patterns, pattern)
	}
	if patterns == nil {
		return ""
	}
	why, err := rule.Refusal(e.Event, patterns...)
	if err != nil {
		return ""
	}
	return why
}

// wrapped returns the event of an entry in what the bus would have put around it. The
// owner is part of the notification's identity, so it stays that of the entry.
func (p place) wrapped(e ledger.Entry) ([]byte, error) {
	p.rule.Retry, p.rule.Owner = true, e.Owner
	text, err := bus.Target{Rule: p.rule, Receiver: p.receiver, Patterns: p.patterns}.Wrapper()
	if err != nil {
		return nil, err
	}
	text = append(text[:len(text)-1], `,"event":`...)
	return append(append(text, e.Event...), '}'), nil
}
