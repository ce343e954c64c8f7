// Package target is the contract of a target: what a target type declares, what it
// is given to send, and how it reports the outcome.
//
// A target type is a folder under functions that calls [Define] once. Its Send
// returns a [Receipt] and no error only when the platform said that it accepted
// the message. Any other outcome is an error: [Permanent] when another attempt
// cannot help; [RetryAfter] when the platform named a wait; [Gone] when the
// receiver no longer exists; [Unknown] when the platform may have accepted a
// message that must not be duplicated; [Unconfirmed] when it may have accepted one
// that may be; and an unmarked error when it did not accept the message and
// another attempt may help.
package target

import (
	"context"

	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/message"
)

// Target sends notifications to one receiver.
type Target interface {
	// Send hands n to the platform and returns what the platform answered when
	// it took it. It keeps to the deadline of ctx, does not retry except for the
	// one correction a platform's answer asks for, and is safe for concurrent
	// use.
	Send(ctx context.Context, n Notification) (Receipt, error)
}

// Addressed is implemented by a target that can tell where its messages go.
// Every target of package functions can.
type Addressed interface {
	// Address is where the messages go, in one form for all targets that send
	// there: a robot's webhook, a phone's number. A webhook that the rule names
	// by a reference is that reference. It may be a secret: only its digest is
	// kept or shown.
	Address() string
}

// Metered is implemented by a target whose platform counts its messages by
// address. What carries its requests tells [Reaching] of each, as package webhook
// does.
type Metered interface {
	Addressed
	// Messages is how many of the platform's messages one notification takes.
	Messages() int
}

// Checked is implemented by a target that sends without a part of its
// configuration that cannot work, such as a mention that reminds nobody: a
// message without it is better than none.
type Checked interface {
	// Check tells what is left out; nil for nothing. A document with it is
	// refused, while a rule that is on a bus already still sends.
	Check() error
}

// Notification is one event for one target.
type Notification struct {
	// ID is the same each time the same event is sent for the same rule to
	// the same target. It holds lower-case letters and digits only, so it
	// fits a header, a Message-ID and an OutId (at most 32 bytes).
	ID string
	// Rule is the name of the rule that asked for it.
	Rule string
	// Event is what happened, as it came.
	Event event.Event
	// Message is what a person reads, in the target's language.
	Message message.Message
	// Creators are the accounts in PAI that created what the message is about, each
	// once, as far as its events name them.
	Creators []string
	// Test tells that the message only tests the connection. A platform that
	// can judge a request without carrying it out is asked to; the others take
	// it as any message.
	Test bool
}

// Receipt is what a platform answered when it took a message.
type Receipt struct {
	// Status is the HTTP status and Code the platform's own code, such as 200
	// and "OK"; zero where there is none.
	Status int
	Code   string
	// ID is the platform's id of the message, by which it can be asked about.
	ID string
	// Note says what was not taken of it, such as a reminder that is a message
	// of its own; empty when all of it was.
	Note string
}

// Without returns r with a note of what was left out; nil for nothing.
func (r Receipt) Without(left error) Receipt {
	if left != nil {
		r.Note = left.Error()
	}
	return r
}
