package deliver

import (
	"cmp"
	"fmt"
	"strings"
	"sync"

	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/outcome"
	"github.com/pai-notify/pai-notify/shared/rule"
	"github.com/pai-notify/pai-notify/shared/target"
)

// planCarried plans the rules that came beside the event. Where the bus rule
// matches more than the rules of the document, the event is matched here: each
// rule that matches leads to its notifications, as if it had a target of its own.
func (f *Function) planCarried(item event.Item, o outcome.Outcome) []*notification {
	carried := item.Carried()
	if typ := carried[0].Targets[0].Type; typ != f.spec.Type {
		return finished(fail(o, target.Permanent(fmt.Errorf("deliver: this is the function for %s targets, but the rule's target is of type %q: correct the target of the bus rule", f.spec.Type, typ))))
	}
	if item.Test {
		return []*notification{f.planTest(item.Rule.Name, receiverOf(*item.Target))}
	}
	classifier, err := classifierFor(carried[0].Rule.Catalogue) // that of all
	if err != nil {
		return finished(fail(o, target.Permanent(err)))
	}
	wants := f.wants.of(carried)
	matched, err := wants.match(item.Event.JSON())
	if err != nil {
		return finished(fail(o, target.Permanent(fmt.Errorf("deliver: the event cannot be matched: %w", err))))
	}
	_, typ := classifier.Classify(item.Event)
	var planned []*notification
	var refused []int
	seen := map[string]bool{}
	for i, c := range carried {
		broken := wants.rules[i].broken
		// Where the bus alone decides, it has matched what is watched too.
		watched := (!matched[i] && broken == nil || wants.rules[i].all) && c.Rule.Policy.Watches(typ.Name)
		if !matched[i] && broken == nil && !watched {
			refused = append(refused, i)
			continue
		}
		for _, t := range c.Targets {
			n := f.planOne(item.Event, classifier, c.Rule, receiverOf(t), watched)
			if !matched[i] && !watched {
				n.outcome, n.due, n.unrecorded = fail(n.outcome, target.Permanent(fmt.Errorf(
					"deliver: rule %s: one of its event patterns is none, so nobody knows whether it wants the event: %w", c.Rule.Name, broken))), false, true
			}
			if !seen[n.outcome.Notification] { // unless it is in the list twice
				seen[n.outcome.Notification] = true
				planned = append(planned, n)
			}
		}
	}
	if planned != nil {
		return planned
	}
	if item.Target != nil {
		o = f.outcomeFor(item.Event, typ, item.Rule, receiverOf(*item.Target))
		return finished(skip(o, "the rule does not want this event: "+wants.why(item.Event.JSON(), 0)))
	}
	o.EventType = cmp.Or(typ.Name, o.EventType)
	refusals := make([]string, len(refused))
	for i, at := range refused {
		if i < shownRefusals {
			refusals[i] = carried[at].Rule.Name + ": " + wants.why(item.Event.JSON(), at)
		}
	}
	return finished(skip(o, whyNone(f.spec.Type, refusals)))
}

func receiverOf(t event.Target) target.Receiver {
	return target.Receiver{Type: t.Type, Name: t.Name, Language: message.Language(t.Language), Parameters: t.Parameters}
}

// wants are the compiled exact patterns of the rules of a wrapper.
type wants struct {
	rules []ruleWants
	// set has the patterns of all rules, to match them together, and owner the
	// index of each pattern's rule.
	set   *rule.Set
	owner []int
}

// ruleWants is what one rule matches.
type ruleWants struct {
	// all is true when the bus has matched the event.
	all      bool
	patterns []*rule.Pattern
	broken   error // the error of the first invalid pattern
}

func newWants(carried []event.Carried) *wants {
	w := &wants{rules: make([]ruleWants, len(carried))}
	var together []*rule.Pattern
	for i, c := range carried {
		r := &w.rules[i]
		r.all = c.Patterns == nil
		for _, text := range c.Patterns {
			p, err := rule.Compile(rule.Alibaba, text)
			if err != nil {
				if r.broken == nil {
					r.broken = err
				}
				continue
			}
			r.patterns = append(r.patterns, p)
			together, w.owner = append(together, p), append(w.owner, i)
		}
	}
	w.set = rule.NewSet(together...)
	return w
}

// match reports for each rule whether it matches an event.
func (w *wants) match(event []byte) ([]bool, error) {
	matched := make([]bool, len(w.rules))
	for i, r := range w.rules {
		matched[i] = r.all
	}
	if len(w.owner) == 0 {
		return matched, nil
	}
	var room [16]int
	at, err := w.set.Match(event, room[:0])
	for _, n := range at {
		matched[w.owner[n]] = true
	}
	return matched, err
}

// why says why a rule does not match an event.
func (w *wants) why(event []byte, at int) string {
	why, err := rule.Refusal(event, w.rules[at].patterns...)
	if err != nil {
		return err.Error()
	}
	return why
}

// wantsMemory caches the compiled patterns of wrappers that an instance sees
// repeatedly.
type wantsMemory struct {
	mu    sync.Mutex
	known map[string]*wants
}

// maxWants bounds the cache: a function sees the wrappers of its own targets, of
// which a bus of 50 rules has a few dozen, each with at most some 10,000
// characters of patterns.
const maxWants = 64

// justAll stands for a plain wrapper, whose event the bus has matched.
var justAll = &wants{rules: []ruleWants{{all: true}}}

func (m *wantsMemory) of(carried []event.Carried) *wants {
	if len(carried) == 1 && carried[0].Patterns == nil {
		return justAll
	}
	var key strings.Builder
	for _, c := range carried {
		for _, p := range c.Patterns {
			key.Write(p)
			key.WriteByte('\n')
		}
		key.WriteByte('\x00')
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if w := m.known[key.String()]; w != nil {
		return w
	}
	if len(m.known) >= maxWants || m.known == nil {
		m.known = map[string]*wants{}
	}
	w := newWants(carried)
	m.known[key.String()] = w
	return w
}
