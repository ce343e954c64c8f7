package learn

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/pai-notify/pai-notify/shared/deliver"
	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/rule"
	"github.com/pai-notify/pai-notify/shared/workspace"
)

// Again judges the same events by another document, such as the one with the
// proposals in it. It reads nothing.
func (r Report) Again(w *workspace.Workspace) (Report, error) {
	classifier, err := deliver.NewClassifier(w.Catalogue)
	if err != nil {
		return r, err
	}
	r.Kinds = slices.Clone(r.Kinds)
	for i := range r.Kinds {
		if err := r.Kinds[i].classify(classifier); err != nil {
			return r, err
		}
	}
	r.propose(w.Catalogue)
	r.Rules = make([]Tally, len(w.Rules))
	for i, of := range w.Rules {
		r.Rules[i] = Tally{Rule: of.Name, Source: of.Source, Enabled: of.Enabled}
	}
	set := newRules(w.Rules)
	for i := range r.Kinds {
		if err := r.Kinds[i].judge(set, r.Rules); err != nil {
			return r, err
		}
	}
	return r, nil
}

// events returns what is judged: the events that were read whole, or else one
// with what is known of all of them.
func (k *Kind) events() ([]event.Event, error) {
	if len(k.whole) > 0 {
		return k.whole, nil
	}
	text, err := json.Marshal(map[string]string{"specversion": "1.0", "id": "unknown", "source": k.Source, "type": k.Type})
	if err != nil {
		return nil, err
	}
	if k.Source == "" || k.Type == "" {
		return nil, nil // no CloudEvent, and matches nothing
	}
	e, err := event.Parse(text)
	return []event.Event{e}, err
}

func (k *Kind) classify(c *deliver.Classifier) error {
	events, err := k.events()
	k.KnownSource, k.KnownTypes, k.Looks = "", nil, ""
	for _, e := range events {
		source, typ := c.Classify(e)
		if k.KnownSource == "" {
			k.KnownSource = source.Name
		}
		if typ.Name != "" && !slices.Contains(k.KnownTypes, typ.Name) {
			k.KnownTypes = append(k.KnownTypes, typ.Name)
		}
	}
	slices.Sort(k.KnownTypes)
	return err
}

// rules are those of a document, matched all at once.
type rules struct {
	list []workspace.Rule
	set  *rule.Set
	// of is the rule of each pattern of the set.
	of []int
}

func newRules(list []workspace.Rule) rules {
	r := rules{list: list}
	var patterns []*rule.Pattern
	for i, one := range list {
		for _, p := range one.Patterns() {
			if one.Enabled {
				patterns, r.of = append(patterns, p), append(r.of, i)
			}
		}
	}
	r.set = rule.NewSet(patterns...)
	return r
}

// firing returns, for each rule, whether it fires for an event.
func (r rules) firing(e event.Event) ([]bool, error) {
	fires := make([]bool, len(r.list))
	matched, err := r.set.Match(e.JSON(), nil)
	for _, p := range matched {
		fires[r.of[p]] = true
	}
	return fires, err
}

// judge finds out what the rules make of the kind, and counts in tallies, which
// are in the order of the rules, those that fire.
func (k *Kind) judge(all rules, tallies []Tally) error {
	events, err := k.events()
	if err != nil {
		return err
	}
	firing := make([][]bool, len(events))
	for i, e := range events {
		if firing[i], err = all.firing(e); err != nil {
			return fmt.Errorf("learn: %w", err)
		}
	}
	k.Rules, k.Refused = nil, 0
	var refused []Verdict
	source := cmp.Or(k.KnownSource, k.Looks)
	for i, r := range all.list {
		v, first := Verdict{Rule: r.Name}, (*event.Event)(nil)
		for n := range events {
			if firing[n][i] {
				v.Fires++
			} else if first == nil {
				first = &events[n]
			}
		}
		switch {
		case v.Fires > 0:
			tallies[i].Kinds++
		case source != "" && r.Source != source:
			continue
		case len(refused) == shownRefusals:
			k.Refused++
			continue
		}
		if first != nil {
			if err := k.why(r, *first, &v); err != nil {
				return fmt.Errorf("learn: rule %s: %w", r.Name, err)
			}
		}
		if v.Fires > 0 {
			k.Rules = append(k.Rules, v)
		} else if first != nil {
			refused = append(refused, v)
		}
	}
	k.Rules = append(k.Rules, refused...)
	return nil
}

// why says why a rule would not fire. Where source and type are all that is
// known, a condition on anything else is neither met nor failed.
func (k *Kind) why(r workspace.Rule, e event.Event, v *Verdict) (err error) {
	if v.Why, err = r.Refusal(e.JSON()); err != nil || !r.Enabled {
		return err
	}
	for _, p := range r.Patterns() {
		conditions, err := p.Explain(e.JSON())
		if err != nil {
			return err
		}
		if slices.ContainsFunc(conditions, func(c rule.Condition) bool { return !c.Holds && (c.Path == "source" || c.Path == "type") }) {
			continue
		}
		if v.Data = len(k.whole) > 0; !v.Data {
			v.Why, v.Unknown = "it asks for data, and no event could be read with its data", true
		}
		return nil
	}
	return nil
}
