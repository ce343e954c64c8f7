package event

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Target is what the bus carries of a target: its type, what it is called, the
// language to write in, and the type's own parameters, a JSON object.
type Target struct {
	Type       string
	Name       string
	Language   string
	Parameters json.RawMessage
}

// readTarget reads a target of the wrapper. It is strict, because a member that
// is not known is one that somebody thought would count.
func readTarget(text json.RawMessage) (*Target, error) {
	if text[0] != '{' {
		return nil, errors.New(`event: the wrapper's "target" must be an object with "type" and "parameters"`)
	}
	found, err := attributes(text)
	if err != nil {
		return nil, err
	}
	var t Target
	for _, m := range found {
		var into *string
		switch m.name {
		case "parameters":
			t.Parameters = m.value
			continue
		case "type":
			into = &t.Type
		case "name":
			into = &t.Name
		case "language":
			into = &t.Language
		default:
			return nil, fmt.Errorf(`event: the wrapper's "target" has an unknown member %.40q: it takes type, name, language and parameters`, m.name)
		}
		if m.value[0] != '"' {
			return nil, fmt.Errorf(`event: %q of the wrapper's "target" must be a string`, m.name)
		}
		*into = m.attribute()
	}
	return &t, nil
}

// addWrapper reads what a rule's target makes of an event: with one rule and one
// target, which "patterns" may stand beside, or with a list of rules. A bus that fills a
// template puts the event's data there as it is, so that data which is a text
// could add members, the receiver among them; they are refused, and so are
// attributes of the event that come twice.
func (p *Payload) addWrapper(wrapper object, it Item, depth int) error {
	it.Target, it.Patterns, it.List = nil, nil, nil
	if wrapper.has("rules") {
		return p.addList(wrapper, it, depth)
	}
	if err := wrapper.checkMembers("the wrapper", "rule", "patterns", "target", "event", "test"); err != nil {
		return err
	}
	if rule := wrapper.member("rule").value; rule != nil {
		if err := it.Rule.UnmarshalJSON(rule); err != nil {
			return errors.New(`event: the wrapper's "rule" must be a name or an object with a "name"`)
		}
	}
	if text := wrapper.member("target").value; len(text) > 0 && string(text) != "null" {
		var err error
		if it.Target, err = readTarget(text); err != nil {
			return err
		}
	}
	test, patterns := wrapper.member("test").text, wrapper.member("patterns").value
	switch {
	case test != "" && test != "true" && test != "false":
		return errors.New(`event: "test" of the wrapper must be true or false`)
	case patterns == nil:
	case it.Target == nil || test == "true":
		return errors.New(`event: "patterns" of the wrapper say which events a "target" wants: they stand beside one, and in no connectivity test`)
	default:
		var err error
		if it.Patterns, err = readPatterns(patterns, "the wrapper"); err != nil {
			return err
		}
	}
	if test == "true" {
		if it.Target == nil {
			return errors.New(`event: a connectivity test needs the "target" to test`)
		}
		if wrapper.has("event") {
			return errors.New(`event: a connectivity test carries no "event"`)
		}
		it.Test = true
		return p.put(it)
	}
	return p.add(wrapper.member("event").value, it, depth+1)
}

// addList reads a wrapper that stands for several rules.
func (p *Payload) addList(wrapper object, it Item, depth int) error {
	if err := wrapper.checkMembers("the wrapper", "rules", "event"); err != nil {
		return err
	}
	var err error
	if it.List, err = readList(wrapper.member("rules").value); err != nil {
		return err
	}
	it.Rule = Rule{}
	return p.add(wrapper.member("event").value, it, depth+1)
}

// isWrapper tells a wrapper from an event, which has no attribute that is an
// object or a list.
func (o object) isWrapper() bool {
	return o.has("event") && (strings.HasPrefix(o.member("target").text, "{") || strings.HasPrefix(o.member("rules").text, "["))
}

// withText makes a wrapper out of what a template became whose data is a text,
// or absent: the template has no quotes around the data, because JSON stands
// there. The data comes last, so it is all that stands between its name and the
// two last braces, whatever it holds. It is false for any other text.
//
// The strings before it were escaped by the template, and cannot end early.
func withText(text []byte) ([]byte, bool) {
	if len(text) > maxFilled {
		return nil, false
	}
	d := json.NewDecoder(bytes.NewReader(text))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, false
	}
	var carried json.RawMessage
	if !skipTo(d, "target", "rules") || d.Decode(&carried) != nil || !skipTo(d, "event") {
		return nil, false
	}
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, false
	}
	if !skipTo(d, "data") {
		return nil, false
	}
	before, data := text[:d.InputOffset()], bytes.TrimLeft(text[d.InputOffset():], " \t\r\n")
	data, colon := bytes.CutPrefix(data, []byte{':'})
	for range 2 {
		var brace bool
		if data, brace = bytes.CutSuffix(bytes.TrimSpace(data), []byte{'}'}); !brace {
			return nil, false
		}
	}
	filled := append(bytes.Clone(before), ':')
	filled = append(append(filled, quote(string(data))...), "}}"...)
	return filled, colon && json.Valid(filled)
}

// skipTo reads an object's members up to the name of one that is wanted.
func skipTo(d *json.Decoder, names ...string) bool {
	for d.More() {
		t, err := d.Token()
		if err != nil {
			return false
		}
		if name, ok := t.(string); ok && slices.Contains(names, name) {
			return true
		}
		var skipped json.RawMessage
		if d.Decode(&skipped) != nil {
			return false
		}
	}
	return false
}
