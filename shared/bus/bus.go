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

// Bus is an account's EventBridge in one region. Every method is one action of
// it, paging included, keeps to the deadline of ctx, is safe for concurrent use
// and fails with an [*Error].
type Bus interface {
	// CreateEventBus makes a custom event bus; [Exists] when there is one.
	CreateEventBus(ctx context.Context, b EventBus) error
	// GetEventBus returns a bus; [NotFound] when there is none of that name.
	GetEventBus(ctx context.Context, name string) (EventBus, error)
	// ListEventBuses returns the buses whose names begin with prefix, by name.
	ListEventBuses(ctx context.Context, prefix string) ([]EventBus, error)
	// DeleteEventBus removes a bus without rules; [NotEmpty] when it has some.
	DeleteEventBus(ctx context.Context, name string) error

	// CreateRule makes a rule without targets; [Exists] when there is one of
	// that name.
	CreateRule(ctx context.Context, bus string, r Rule) error
	// GetRule returns a rule; [NotFound] when there is none of that name.
	GetRule(ctx context.Context, bus, rule string) (Rule, error)
	// UpdateRule replaces description, pattern and state of a rule and leaves
	// its targets; [NotFound] when there is none of that name.
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
	// DeleteTargets removes targets; those that are not there are no error.
	DeleteTargets(ctx context.Context, bus, rule string, ids []string) error
	// ListTargets returns the targets of the named rules, by id, in as few
	// calls as the service allows. A rule without targets may be left out.
	ListTargets(ctx context.Context, bus string, rules []string) (map[string][]Target, error)

	// PutEvents hands events to a bus. It fails when the bus did not take them
	// all, and says which.
	PutEvents(ctx context.Context, bus string, events []event.Event) error

	// Limits are those of the service, which are checked before the first call.
	Limits() Limits
}

// EventBus is a custom event bus.
type EventBus struct {
	Name, Description string
	// ARN is how the service names the bus; it is not written.
	ARN string
}

// Rule is a rule of an event bus, without its targets.
type Rule struct {
	Name, Description string
	// Pattern is the event pattern in the dialect of Alibaba Cloud, as JSON
	// text, matched on the CloudEvent. An implementation whose service wants
	// another form translates it both ways; a pattern it cannot translate back,
	// which this project did not write, stands here as the service has it.
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
	// Rule and Receiver are what the function is told beside the event. Both are
	// zero for a target that carries a List.
	Rule     event.Rule
	Receiver target.Receiver
	// Patterns are what the function still matches the event against, in the
	// dialect of Alibaba Cloud, as JSON text without blanks: any one of them. None
	// means that the bus rule alone says what the receiver wants.
	Patterns []string
	// List is what a target carries that stands for several rules of a document;
	// nil for any other. All receivers of a list are of one type.
	List []Carried
	// DeadLetter is the ARN of the queue that gets the events which the function
	// could not be handed. A bus that is configured with a queue uses that one
	// and tells nothing here; any other tells the one that stands there, and
	// writes the one that is given.
	DeadLetter string
	// Altered says what stands on the bus in place of what this project would
	// have written for the fields above, in words for people; "" when nothing
	// else does. A target that is not this project's at all has only this, its
	// ID, and the Function where it invokes one. It is not written.
	Altered string
}

// Carried is a rule of a document with the receivers that a target carries for
// it. Each rule and receiver is a notification of its own, with the identity that
// it has in a target of its own.
//
// The rules of one list have the same Owner, OnBus and Catalogue, which the
// wrapper says once, with the first rule. Here each rule has them, in what is
// written and in what is read back.
type Carried struct {
	Rule event.Rule
	// Patterns are those of [Target], and Receivers more than one only in a List.
	// Neither is empty there.
	Patterns  []string
	Receivers []target.Receiver
}

// Carries returns what a target carries in one form, whichever it has on the bus:
// its List, or its one rule with its one receiver; nil for a target that is not
// this project's.
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

// Limits are what a service allows. Zero means that there is no limit to check.
type Limits struct {
	RulesPerBus    int
	TargetsPerRule int
	// RuleName, BusName and Description are characters.
	RuleName, BusName, Description int
	// FieldValues is how many conditions one field of a pattern takes.
	FieldValues int
	// Pattern is characters of a pattern as the service is given it, and Wrapper
	// those of what carries one target's rules and receivers.
	Pattern, Wrapper int
	// PatternOf returns a pattern and WrapperOf a target's wrapper in the form
	// that counts against these limits.
	PatternOf func(pattern string) (string, error)
	WrapperOf func(t Target) (string, error)
}
