package local

import (
	"time"

	"github.com/pai-notify/pai-notify/shared/bus/local/store"
)

// EventBus is a custom event bus.
type EventBus = store.EventBus

// Rule is a rule of an event bus with its targets.
type Rule = store.Rule

// Target is one target of a rule, in the terms of Alibaba Cloud EventBridge.
type Target = store.Target

// Param is one parameter of a [Target].
type Param = store.Param

// Error is a call that the bus refused. It speaks as Alibaba Cloud EventBridge
// does.
type Error struct {
	// Code is the service's own, such as "EventBusNotExist".
	Code string
	// Status is the HTTP status that goes with it.
	Status int
	Text   string
	// RetryAfter is when another call may pass; 0 when no time helps.
	RetryAfter time.Duration
	// Cause is the error below, if there is one.
	Cause error
}

// Error returns the code and the text.
func (e *Error) Error() string { return "local: " + e.Code + ": " + e.Text }

// Unwrap returns the error below.
func (e *Error) Unwrap() error { return e.Cause }

// EntryError says why one target of a call was not taken.
type EntryError struct {
	// ID is the target's.
	ID         string
	Code, Text string
}

// Put is what became of one published event.
type Put struct {
	// EventID is the event's own id, TraceID the number under which the bus has
	// accepted it: the same again when it was published before.
	EventID, TraceID string
	// Code and Text say why it was not accepted; both are empty when it was.
	Code, Text string
	// Duplicate tells that it was accepted within the last day already, and is
	// not delivered again.
	Duplicate bool
}
