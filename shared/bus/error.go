package bus

import (
	"errors"
	"fmt"
)

// Kind says what an [Error] means for the caller.
type Kind int

// The kinds of failure.
const (
	// Other is a failure that no other kind describes.
	Other Kind = iota
	// NotActivated means that the account has not activated EventBridge
	// (ServiceNotEnable).
	NotActivated
	// Denied means that the caller lacks a permission, which Action names.
	Denied
	// NoCredentials means that there are no credentials, that the service does
	// not know the key, or that they have expired.
	NoCredentials
	NotFound
	Exists
	// NotEmpty means that a bus still has rules.
	NotEmpty
	// Quota means that the account has reached its quota.
	Quota
	// Invalid means that the service rejects a name, a pattern or another
	// parameter.
	Invalid
	// Throttled means that there were too many calls; a later one may succeed.
	Throttled
	// Unavailable means that the service did not answer or failed; a later call
	// may succeed, and this one may have taken effect.
	Unavailable
	// NotServed means that the endpoint does not know the action: it belongs to
	// another service, or to a proxy.
	NotServed
)

// Error is a call that failed. It holds no key or token.
type Error struct {
	Kind Kind
	// Action is the action as permissions name it, such as
	// "eventbridge:CreateRule" or "events:PutRule".
	Action string
	// Resource is what the call was about, such as "pai-system-llm_lab/job-died".
	Resource string
	// Code and Text are the service's own.
	Code, Text string
	// Cause is the underlying error, if it says more.
	Cause error
}

// Error names the action and what the service said.
func (e *Error) Error() string {
	s := "bus: " + e.Action
	if e.Resource != "" {
		s += " " + e.Resource
	}
	s += ":"
	if e.Code != "" {
		s += " " + e.Code
	}
	switch {
	case e.Text != "":
		s += " " + e.Text
	case e.Cause != nil:
		s += fmt.Sprintf(" %v", e.Cause)
	}
	return s
}

// Unwrap returns the underlying error.
func (e *Error) Unwrap() error { return e.Cause }

// KindOf returns the kind of the [Error] that err is or wraps; Other when there
// is none.
func KindOf(err error) Kind {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Kind
	}
	return Other
}
