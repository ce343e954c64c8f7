package bus

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"

	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/target"
)

// wrapper is the JSON around an event, as package event reads it.
type wrapper struct {
	Rule     *event.Rule       `json:"rule,omitempty"`
	Patterns []json.RawMessage `json:"patterns,omitempty"`
	Target   *target.Receiver  `json:"target,omitempty"`
	Rules    []carried         `json:"rules,omitempty"`
}

// carried is a rule of a list.
type carried struct {
	Rule     event.Rule        `json:"rule"`
	Patterns []json.RawMessage `json:"patterns"`
	Targets  []target.Receiver `json:"targets"`
}

// Wrapper returns what a function gets beside the event: a JSON object to which
// the member "event" is still to be added, as the last. It fails for a target that
// a function would refuse.
func (t Target) Wrapper() ([]byte, error) {
	w := wrapper{Rule: &t.Rule, Target: &t.Receiver}
	var err error
	if t.List == nil {
		w.Patterns, err = patternsOf(t.Patterns)
	} else {
		w, err = t.list()
	}
	if err != nil {
		return nil, err
	}
	var text bytes.Buffer
	e := json.NewEncoder(&text)
	// Characters of HTML are not escaped: escaped, each is six characters.
	e.SetEscapeHTML(false)
	if err := e.Encode(w); err != nil {
		return nil, fmt.Errorf("the parameters of %s are not JSON", t.receivers())
	}
	return bytes.TrimSpace(text.Bytes()), nil
}

// receivers names the receivers of a target.
func (t Target) receivers() string {
	if t.List != nil {
		return "one of the receivers"
	}
	return "receiver " + t.Receiver.Name
}

// patternsOf returns patterns in the form of a wrapper.
func patternsOf(patterns []string) ([]json.RawMessage, error) {
	var list []json.RawMessage
	for _, p := range patterns {
		if text := bytes.TrimSpace([]byte(p)); !json.Valid(text) || text[0] != '{' {
			return nil, fmt.Errorf("%.100q is no event pattern", p)
		}
		list = append(list, json.RawMessage(p))
	}
	if len(list) > event.MaxPatterns {
		return nil, fmt.Errorf("%d event patterns are more than the %d a function takes", len(list), event.MaxPatterns)
	}
	return list, nil
}

// list returns the list in the form of a wrapper: what all rules share is with the
// first.
func (t Target) list() (w wrapper, err error) {
	if t.Receiver.Type != "" || t.Rule.Key() != "" || t.Patterns != nil {
		return w, errors.New("a target carries a rule with its receiver or a list of rules, not both")
	}
	receivers, patterns := 0, 0
	for i, c := range t.List {
		one := carried{Rule: c.Rule, Targets: c.Receivers}
		if one.Patterns, err = patternsOf(c.Patterns); err != nil {
			return w, fmt.Errorf("rule %s: %w", c.Rule.Name, err)
		}
		receivers, patterns = receivers+len(c.Receivers), patterns+len(c.Patterns)
		switch first := t.List[0].Rule; {
		case c.Rule.Key() == "":
			return w, fmt.Errorf("rule %d of the list has no name", i+1)
		case len(c.Patterns) == 0, len(c.Receivers) == 0:
			return w, fmt.Errorf("rule %s: a rule of a list has event patterns and receivers", c.Rule.Name)
		case i == 0:
		case c.Rule.Owner != first.Owner, c.Rule.OnBus != first.OnBus, !reflect.DeepEqual(c.Rule.Catalogue, first.Catalogue):
			return w, fmt.Errorf("rules %s and %s have another owner, name on the bus or catalogue: those of one list have the same", first.Name, c.Rule.Name)
		default:
			one.Rule.Owner, one.Rule.OnBus, one.Rule.Catalogue = "", "", event.Catalogue{}
		}
		for _, r := range c.Receivers {
			if typ := t.Type(); r.Type != typ || typ == "" {
				return w, fmt.Errorf("rule %s: a list for %s targets has one of type %q: each type has its own function", c.Rule.Name, typ, r.Type)
			}
		}
		w.Rules = append(w.Rules, one)
	}
	switch {
	case len(w.Rules) == 0:
		return w, errors.New("the list of rules is empty")
	case receivers > event.MaxCarried, patterns > event.MaxPatterns:
		return w, fmt.Errorf("a list of %d receivers and %d event patterns is more than the %d and %d a function takes", receivers, patterns, event.MaxCarried, event.MaxPatterns)
	}
	return w, nil
}

// ReadWrapper sets what a target carries from a JSON object as [Target.Wrapper]
// writes it. It returns false when the object is not this project's, and ignores
// its other members.
func (t *Target) ReadWrapper(text []byte) bool {
	var w wrapper
	if json.Unmarshal(text, &w) != nil {
		return false
	}
	if w.Rules == nil {
		if w.Target == nil || w.Target.Type == "" {
			return false
		}
		if w.Rule != nil {
			t.Rule = *w.Rule
		}
		t.Receiver, t.Patterns = *w.Target, texts(w.Patterns)
		return true
	}
	var list []Carried
	for i, c := range w.Rules {
		if i > 0 {
			first := list[0].Rule
			c.Rule.Owner, c.Rule.OnBus, c.Rule.Catalogue = first.Owner, first.OnBus, first.Catalogue
		}
		list = append(list, Carried{c.Rule, texts(c.Patterns), c.Targets})
	}
	if read := (Target{List: list}); w.Target != nil || read.Type() == "" {
		return false
	}
	t.List = list
	return true
}

func texts(patterns []json.RawMessage) []string {
	var list []string
	for _, p := range patterns {
		list = append(list, string(p))
	}
	return list
}
