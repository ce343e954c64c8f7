// Package bus is EventBridge as this project uses it: event buses, rules and
// targets, by the actions that PAI's permissions name, on either cloud or on one
// machine.
//
// Each sub-package talks to one service: aliyun and aws to the clouds, local to
// none. They only translate; package provision decides what belongs on a bus.
package bus

import (
	"context"

	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/target"
)

// Bus is an account's EventBridge in one region. Every method is one action,
// paging included. It keeps to the deadline of ctx, is safe for concurrent use and
// fails with an [*Error].
type Bus interface {
	// CreateEventBus creates a custom event bus; [Exists] when there is one.
	CreateEventBus(ctx context.Context, b EventBus) error
	// GetEventBus returns a bus; [NotFound] when there is none of that name.
	GetEventBus(ctx context.Context, name string) (EventBus, error)
	// ListEventBuses returns the buses whose names begin with prefix, by name.
	ListEventBuses(ctx context.Context, prefix string) ([]EventBus, error)
	// DeleteEventBus removes a bus without rules; [NotEmpty] when it has some.
	DeleteEventBus(ctx context.Context, name string) error

	// CreateRule creates a rule without targets; [Exists] when there is one of
	// that name.
	CreateRule(ctx context.Context, bus string, r Rule) error
	// GetRule returns a rule; [NotFound] when there is none of that name.
	GetRule(ctx context.Context, bus, rule string) (Rule, error)
	// UpdateRule replaces description, pattern and state of a rule and leaves its
	// targets; [NotFound] when there is none of that name.
	UpdateRule(ctx context.Context, bus string, r Rule) error
	EnableRule(ctx context.Context, bus, rule string) error
	DisableRule(ctx context.Context, bus, rule string) error
	// DeleteRule removes a rule together with its targets; [NotFound] when
	// there is none of that name.
	DeleteRule(ctx context.Context, bus, rule string) error
	// ListRules returns the rules of a bus, by name.
	ListRules(ctx context.Context, bus string) ([]Rule, error)

	// UpdateTargets adds targets to a rule, or replaces those with the same id.
	UpdateTargets(ctx context.Context, bus, rule string, targets []Target) error
	// DeleteTargets removes targets; ids that do not exist are no error.
	DeleteTargets(ctx context.Context, bus, rule string, ids []string) error
	// ListTargets returns the targets of the named rules, by id, in as few
	// calls as the service allows. A rule without targets may be left out.
	ListTargets(ctx context.Context, bus string, rules []string) (map[string][]Target, error)

	// PutEvents publishes events to a bus. It fails when the bus did not accept
	// all of them, and says which.
	PutEvents(ctx context.Context, bus string, events []event.Event) error

	// Limits are the limits of the service, which callers check before the first
	// call.
	Limits() Limits
}

// EventBus is a custom event bus.
type EventBus struct {
	Name, Description string
	// ARN is the service's name of the bus; it is not written.
	ARN string
}

// Rule is a rule of an event bus, without its targets.
type Rule struct {
	Name, Description string
	// Pattern is the event pattern in the dialect of Alibaba Cloud, as JSON text,
	// matched on the CloudEvent. An implementation whose service uses another
	// form translates it both ways; a pattern that it cannot translate back,
	// which this project did not write, is returned as the service has it.
	Pattern string
	Enabled bool
}

// Target is a function that is invoked with what a rule matched, wrapped as
// {"rule", "target", "event"}; as {"rule", "patterns", "target", "event"} when
// the bus rule matches more than the rule of the document; or as {"rules",
// "event"} when one target stands for several rules of a document.
type Target struct {
	// ID is unique within the rule: at most 64 characters of letters, digits,
	// '-', '_' and '.'.
	ID string
	// Function is the name of the function in the same account and region.
	Function string
	// Rule and Receiver are what the function gets beside the event. Both are
	// zero for a target that carries a List.
	Rule     event.Rule
	Receiver target.Receiver
	// Patterns are the patterns, in the dialect of Alibaba Cloud, as JSON text
	// without spaces, of which the function requires an event to match one. None
	// means that the bus rule alone decides.
	Patterns []string
	// List is set for a target that stands for several rules of a document; nil
	// for any other. All receivers of a list are of one type.
	List []Carried
	// DeadLetter is the ARN of the queue for events that could not be delivered
	// to the function. A bus that is configured with a queue uses that one and
	// leaves this empty; any other bus reads and writes it.
	DeadLetter string
	// Altered describes, for people, what on the bus differs from what this
	// project would have written for the fields above; "" when nothing does. A
	// target that is not this project's has only this, its ID, and Function if it
	// invokes one. It is not written.
	Altered string
}

// Carried is a rule of a document with the receivers that a target carries for it.
// Each rule and receiver is a notification of its own, with the same identity as
// in a target of its own.
//
// The rules of one list have the same Owner, OnBus and Catalogue. The wrapper has
// them once, with the first rule; here each rule has them, when written and when
// read back.
type Carried struct {
	Rule event.Rule
	// Patterns are as in [Target]. Receivers has more than one only in a List.
	// Neither is empty there.
	Patterns  []string
	Receivers []target.Receiver
}

// Carries returns what a target carries in one form: its List, or its one rule
// with its one receiver; nil for a target that is not this project's.
func (t Target) Carries() []Carried {
	switch {
	case t.List != nil:
		return t.List
	case t.Receiver.Type == "":
		return nil
	}
	return []Carried{{Rule: t.Rule, Patterns: t.Patterns, Receivers: []target.Receiver{t.Receiver}}}
}

// Type returns the type of a target's receivers; "" for a target that is not this
// project's.
func (t Target) Type() string {
	if len(t.List) > 0 && len(t.List[0].Receivers) > 0 {
		return t.List[0].Receivers[0].Type
	}
	return t.Receiver.Type
}

// Limits are what a service allows. Zero means no limit.
type Limits struct {
	RulesPerBus    int
	TargetsPerRule int
	// RuleName, BusName and Description are in characters.
	RuleName, BusName, Description int
	// FieldValues is the most conditions on one field of a pattern.
	FieldValues int
	// Pattern is the most characters of a pattern as sent to the service, and
	// Wrapper of what carries one target's rules and receivers.
	Pattern, Wrapper int
	// PatternOf and WrapperOf return a pattern and a target's wrapper in the form
	// that counts against these limits.
	PatternOf func(pattern string) (string, error)
	WrapperOf func(t Target) (string, error)
}
