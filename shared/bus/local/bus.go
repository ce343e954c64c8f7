// Package local is the event bus of one machine: it matches events against
// rules as EventBridge does and hands each matching one, wrapped with the rule
// and one target, to the function of the target's type. It keeps everything in
// memory.
package local

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"sync"

	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/rule"
	"github.com/pai-notify/pai-notify/shared/target"
)

// Rule is one rule of the bus with its targets.
type Rule struct {
	Name string
	// Patterns are alternatives: the rule matches when one of them does.
	Patterns []*rule.Pattern
	Targets  []target.Receiver
	Enabled  bool
	// Catalogue holds the entries that the rule's workspace overrides.
	Catalogue event.Catalogue
}

// Invoke calls the function for a target type with a payload and returns its
// answer.
type Invoke func(ctx context.Context, targetType string, payload []byte) (json.RawMessage, error)

// Bus is an event bus. It is safe for concurrent use; its rules do not change.
type Bus struct {
	rules  []Rule
	set    *rule.Set
	owner  []int // the rule that each pattern of set belongs to
	invoke Invoke
}

// New returns a bus with the given rules.
func New(rules []Rule, invoke Invoke) *Bus {
	b := &Bus{rules: rules, invoke: invoke}
	var patterns []*rule.Pattern
	for i, r := range rules {
		for _, p := range r.Patterns {
			patterns = append(patterns, p)
			b.owner = append(b.owner, i)
		}
	}
	b.set = rule.NewSet(patterns...)
	return b
}

// Delivery is what one rule made of an event.
type Delivery struct {
	Rule string
	// Target is empty when the rule did not match.
	Target target.Receiver
	// Why says why the rule did not match; empty when it did.
	Why string
	// Answer and Err are what the function returned.
	Answer json.RawMessage
	Err    error
}

// Publish hands the event to the functions of all targets of all matching
// rules and returns what became of it, rule by rule in their order. The targets
// of a rule are served at the same time. It fails when the event cannot be put
// on a bus at all.
func (b *Bus) Publish(ctx context.Context, e event.Event) ([]Delivery, error) {
	if n := len(e.JSON()); n > event.MaxEventBytes {
		return nil, fmt.Errorf("local: event %q has %d bytes, more than the %d a bus carries", e.ID(), n, event.MaxEventBytes)
	}
	found, err := b.set.Match(e.JSON(), nil)
	if err != nil {
		return nil, fmt.Errorf("local: event %q: %w", e.ID(), err)
	}
	matched := make([]bool, len(b.rules))
	for _, i := range found {
		matched[b.owner[i]] = true
	}
	var deliveries []Delivery
	for i, r := range b.rules {
		switch {
		case !r.Enabled:
			deliveries = append(deliveries, Delivery{Rule: r.Name, Why: "the rule is disabled"})
		case !matched[i]:
			why, err := rule.Refusal(e.JSON(), r.Patterns...)
			if err != nil {
				return nil, fmt.Errorf("local: event %q: %w", e.ID(), err)
			}
			deliveries = append(deliveries, Delivery{Rule: r.Name, Why: why})
		default:
			deliveries = append(deliveries, b.push(ctx, r, e)...)
		}
	}
	return deliveries, nil
}

func (b *Bus) push(ctx context.Context, r Rule, e event.Event) []Delivery {
	deliveries := make([]Delivery, len(r.Targets))
	var pushed sync.WaitGroup
	for i, t := range r.Targets {
		deliveries[i] = Delivery{Rule: r.Name, Target: t}
		d := &deliveries[i]
		pushed.Go(func() {
			payload, err := wrap(r, t, e)
			if err != nil {
				d.Err = err
				return
			}
			d.Answer, d.Err = b.invoke(ctx, t.Type, payload)
		})
	}
	pushed.Wait()
	return deliveries
}

// wrap makes the payload of a function: {"rule", "target", "event"}.
func wrap(r Rule, t target.Receiver, e event.Event) ([]byte, error) {
	var payload bytes.Buffer
	encoder := json.NewEncoder(&payload)
	encoder.SetEscapeHTML(false) // an event grows no larger than it came
	err := encoder.Encode(struct {
		Rule   event.Rule      `json:"rule"`
		Target target.Receiver `json:"target"`
		Event  json.RawMessage `json:"event"`
	}{event.Rule{Name: r.Name, Catalogue: r.Catalogue}, t, e.JSON()})
	if err != nil {
		return nil, fmt.Errorf("local: wrapping event %q for rule %s: %w", e.ID(), r.Name, err)
	}
	return bytes.TrimSpace(payload.Bytes()), nil
}
