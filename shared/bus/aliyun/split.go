package aliyun

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/target"
)

// Single is what a template carries for one receiver of one rule, and the template
// that would carry it alone.
type Single struct {
	Rule     event.Rule
	Receiver target.Receiver
	// Patterns are what the rule wants of what the bus rule matches, and what its
	// policy watches for.
	Patterns []string
	Template string
}

// Split takes a template apart that carries patterns, or a list of rules; nothing
// for any other, and for one that is not written as this project writes it: what
// is to be made of that is the function's to say.
func Split(template string) []Single {
	if !strings.Contains(template, `"patterns"`) {
		return nil
	}
	const data = `"\u0000data"` // where a string stands no less than the data
	marked := []byte(strings.ReplaceAll(template, dataVariable, data))
	var t bus.Target
	if !json.Valid(marked) || !unwrap(template, &t) {
		return nil
	}
	// The event is put as it stands, whatever it takes of the event.
	filled := strings.ReplaceAll(string(event.Member(marked, "event")), data, dataVariable)
	if again, err := wrapAround(t, filled); filled == "" || err != nil || !sameTemplate(again, template) {
		return nil
	}
	var list []Single
	for _, c := range t.Carries() {
		for _, r := range c.Receivers {
			alone := bus.Target{Rule: c.Rule, Receiver: r}
			watched := watchedBy(c.Rule)
			if watched != nil {
				alone.Patterns = c.Patterns // the function tells what is only watched
			}
			text, err := wrapAround(alone, filled)
			if err != nil {
				return nil
			}
			list = append(list, Single{c.Rule, r, slices.Concat(c.Patterns, watched), text})
		}
	}
	return list
}

// watchedBy are the patterns of the types that a rule watches for; nil where it
// watches for none, or its catalogue does not know them.
func watchedBy(r event.Rule) (patterns []string) {
	if r.Policy == nil || len(r.Policy.Watched) == 0 {
		return nil
	}
	catalogue, err := event.Builtin().With(r.Catalogue)
	if err != nil {
		return nil
	}
	for _, name := range r.Policy.Watched {
		if t, ok := catalogue.Type(name); ok {
			patterns = append(patterns, string(t.Pattern))
		}
	}
	return patterns
}
