package local

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/pai-notify/pai-notify/shared/rule"
)

// exact are the patterns of the receivers of a bus rule that matches more than
// they want.
type exact struct {
	parts    []exactPart
	patterns []*rule.Pattern
	known    map[string][]int // positions in patterns, by what a rule wants

	once sync.Once
	set  *rule.Set
}

// exactPart is a receiver with the patterns that it wants, by their positions;
// none for one that wants all that the bus rule matches.
type exactPart struct {
	to       *receiver
	rule     string
	patterns []int
}

// add takes up a receiver. Those of one rule want the same.
func (e *exact) add(to *receiver, p Part) {
	wants := strings.Join(p.Patterns, "\n")
	at, known := e.known[wants]
	if !known && len(p.Patterns) > 0 {
		var broken error
		for _, text := range p.Patterns {
			compiled, err := rule.Compile(rule.Alibaba, []byte(text))
			if err != nil {
				broken = err
				break
			}
			at = append(at, len(e.patterns))
			e.patterns = append(e.patterns, compiled)
		}
		if broken != nil {
			// It is given all events, and none is sent: each is a dead letter.
			to.broken, at = fmt.Sprintf("rule %s: one of its event patterns is none, so nobody knows whether it wants the event: %v", p.Rule, broken), nil
		} else {
			if e.known == nil {
				e.known = map[string][]int{}
			}
			e.known[wants] = at
		}
	}
	e.parts = append(e.parts, exactPart{to, p.Rule, at})
}

// wanting returns the receivers that want an event which the bus rule matches,
// and of how many rules they are: of none, if nobody wants it.
func (r *busRule) wanting(body []byte) (list []*receiver, rules int, err error) {
	if r.exact == nil {
		return r.receivers, 1, nil
	}
	e := r.exact
	e.once.Do(func() { e.set = rule.NewSet(e.patterns...) })
	var room [16]int
	at, err := e.set.Match(body, room[:0])
	if err != nil {
		return nil, 0, err
	}
	matched := make([]bool, len(e.patterns))
	for _, n := range at {
		matched[n] = true
	}
	of := map[string]bool{}
	for _, p := range e.parts {
		wants := len(p.patterns) == 0
		for _, n := range p.patterns {
			wants = wants || matched[n]
		}
		if wants {
			list = append(list, p.to)
			of[p.rule] = true
		}
	}
	return list, len(of), nil
}

// refusal says why no rule wants a destination told of an event any more; "" when one
// does. What cannot be decided here is the function's to refuse.
func (s *snapshot) refusal(destination int64, body []byte) string {
	var asked []*rule.Pattern
	for _, on := range s.buses {
		for _, r := range on.list {
			to := func(to *receiver) bool { return to.destination == destination }
			if !r.Enabled || !slices.ContainsFunc(r.receivers, to) {
				continue
			}
			matched, err := r.pattern.Match(body)
			if err != nil {
				return ""
			}
			asked = append(asked, r.pattern)
			if !matched {
				continue
			}
			wanting, _, err := r.wanting(body)
			if err != nil || slices.ContainsFunc(wanting, to) {
				return ""
			}
			for _, p := range r.exact.parts {
				for _, at := range p.patterns {
					if to(p.to) {
						asked = append(asked, r.exact.patterns[at])
					}
				}
			}
		}
	}
	if asked == nil {
		return ""
	}
	why, err := rule.Refusal(body, asked...)
	if err != nil {
		return ""
	}
	return why
}

// wants returns what tells which destinations of a rule want an event.
func (b *Bus) wants(r Rule) (func(event []byte) ([]int64, error), error) {
	made, err := b.ready(r)
	if err != nil {
		return nil, err
	}
	return func(body []byte) ([]int64, error) {
		matched, err := made.pattern.Match(body)
		if err != nil || !matched {
			return nil, err
		}
		wanting, _, err := made.wanting(body)
		list := make([]int64, len(wanting))
		for i, to := range wanting {
			list[i] = to.destination
		}
		return list, err
	}, nil
}
