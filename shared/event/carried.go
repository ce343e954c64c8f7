package event

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
)

// Limits of what one wrapper carries. A bus bounds the wrapper's text to some
// 10,000 characters (Alibaba Cloud EventBridge, Limits; AWS EventBridge,
// InputTransformer), which hold a tenth of these.
const (
	// MaxCarried is the most receivers of all rules of a list together.
	MaxCarried = 1000
	// MaxPatterns is the most event patterns in one wrapper.
	MaxPatterns = 1000
)

// Carried is a rule that the bus carries beside an event, with its receivers.
type Carried struct {
	Rule Rule
	// Patterns are the rule's patterns, of which the event must match one,
	// because the bus rule matches more. Nil where the bus rule alone decides.
	Patterns []json.RawMessage
	Targets  []Target
}

// readPatterns reads the patterns that a function is to match the event against.
// An empty list is refused: it could be taken for one that matches everything.
func readPatterns(text json.RawMessage, of string) ([]json.RawMessage, error) {
	if text[0] != '[' {
		return nil, fmt.Errorf(`event: "patterns" of %s must be a list of event patterns`, of)
	}
	var list []json.RawMessage
	for pattern := range elements(text) {
		switch {
		case pattern[0] != '{':
			return nil, fmt.Errorf(`event: "patterns" of %s has %s where an event pattern was expected`, of, kind(pattern))
		case len(list) == MaxPatterns:
			return nil, fmt.Errorf(`event: "patterns" of %s has more than %d event patterns`, of, MaxPatterns)
		}
		list = append(list, pattern)
	}
	if list == nil {
		return nil, fmt.Errorf(`event: "patterns" of %s is empty: it must say which events are wanted`, of)
	}
	return list, nil
}

// readList reads the rules of a wrapper that carries several. The owner, the name
// on the bus and the catalogue of the first hold for all.
func readList(text json.RawMessage) ([]Carried, error) {
	if text[0] != '[' {
		return nil, errors.New(`event: the wrapper's "rules" must be a list of objects with "rule", "patterns" and "targets"`)
	}
	var list []Carried
	targets, patterns := 0, 0
	for entry := range elements(text) {
		c, err := readCarried(entry, len(list)+1)
		if err != nil {
			return nil, err
		}
		if targets, patterns = targets+len(c.Targets), patterns+len(c.Patterns); targets > MaxCarried || patterns > MaxPatterns {
			return nil, fmt.Errorf(`event: the wrapper's "rules" have more than %d targets or %d patterns together`, MaxCarried, MaxPatterns)
		}
		if list != nil {
			if c.Rule.Owner != "" || c.Rule.OnBus != "" || c.Rule.Catalogue.Sources != nil || c.Rule.Catalogue.Types != nil {
				return nil, fmt.Errorf(`event: rule %d of the wrapper's "rules" has an "owner", "on_bus" or "catalogue": the first rule says those for all`, len(list)+1)
			}
			first := list[0].Rule
			c.Rule.Owner, c.Rule.OnBus, c.Rule.Catalogue = first.Owner, first.OnBus, first.Catalogue
		}
		list = append(list, c)
		for _, t := range c.Targets {
			if typ := list[0].Targets[0].Type; t.Type != typ {
				return nil, fmt.Errorf(`event: the wrapper's "rules" have targets of two types, %.40q and %.40q: one function delivers one`, typ, t.Type)
			}
		}
	}
	if list == nil {
		return nil, errors.New(`event: the wrapper's "rules" is empty`)
	}
	return list, nil
}

// readCarried reads one rule of a list; the first is number 1.
func readCarried(text json.RawMessage, number int) (c Carried, err error) {
	of := fmt.Sprintf(`rule %d of the wrapper's "rules"`, number)
	if text[0] != '{' {
		return c, fmt.Errorf("event: %s must be an object", of)
	}
	found, err := attributes(text)
	if err != nil {
		return c, err
	}
	if err := found.checkMembers(of, "rule", "patterns", "targets"); err != nil {
		return c, err
	}
	if !found.has("rule", "patterns", "targets") {
		return c, fmt.Errorf(`event: %s must have "rule", "patterns" and "targets"`, of)
	}
	if err := c.Rule.UnmarshalJSON(found.member("rule").value); err != nil || c.Rule.Key() == "" {
		return c, fmt.Errorf(`event: "rule" of %s must be a name or an object with a "name"`, of)
	}
	if c.Patterns, err = readPatterns(found.member("patterns").value, of); err != nil {
		return c, err
	}
	targets := found.member("targets").value
	if targets[0] != '[' {
		return c, fmt.Errorf(`event: "targets" of %s must be a list`, of)
	}
	for text := range elements(targets) {
		t, err := readTarget(text)
		if err != nil {
			return c, err
		}
		if c.Targets = append(c.Targets, *t); len(c.Targets) > MaxCarried {
			return c, fmt.Errorf(`event: "targets" of %s has more than %d`, of, MaxCarried)
		}
	}
	if c.Targets == nil {
		return c, fmt.Errorf(`event: "targets" of %s is empty`, of)
	}
	return c, nil
}

// checkMembers refuses members with other names than these, and duplicate members.
func (o object) checkMembers(of string, names ...string) error {
	for i, m := range o {
		switch {
		case !slices.Contains(names, m.name):
			return fmt.Errorf("event: %s has a member %.40q: it has %s", of, m.name, listed(names))
		case o[:i].has(m.name):
			return fmt.Errorf("event: %s has %q twice", of, m.name)
		}
	}
	return nil
}

// listed joins names in words: "a", "b" and "c".
func listed(names []string) string {
	text := ""
	for i, name := range names {
		switch {
		case i == 0:
		case i == len(names)-1:
			text += " and "
		default:
			text += ", "
		}
		text += `"` + name + `"`
	}
	return text
}
