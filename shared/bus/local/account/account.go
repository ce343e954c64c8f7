// Package account is an Alibaba Cloud account on one machine: its access keys, who
// signed a request, what RAM policies allow that caller, and the answers to the
// calls of STS, RAM and Function Compute that provisioning makes. Package openapi
// serves the API of EventBridge on top of it.
package account

import (
	"context"
	"time"
)

// The identity of an account that was not given another one. Neither can be
// mistaken for one of the cloud's.
const (
	DefaultID     = "1000000000000000"
	DefaultRegion = "local"
)

// Account is the account whose resources are served. Its fields do not change
// while it serves; it is safe for concurrent use.
type Account struct {
	// ID is the account's number, as ARNs and STS show it; DefaultID for "".
	ID string
	// Region stands in ARNs; DefaultRegion for "".
	Region string
	Keys   []Key
	// Roles are the names of the RAM roles that exist, service-linked ones
	// included.
	Roles []string
	// Functions are the names of the functions that exist, and Variables the
	// environment variables of those that have any.
	Functions []string
	Variables map[string]map[string]string
	// LogProject and LogStore are where the functions write their log; "" for none.
	LogProject, LogStore string
	// Invoke runs a function and returns its answer. A [*FunctionError] is the
	// function's own failure. Nil means that the account has no functions.
	Invoke func(ctx context.Context, function string, payload []byte) ([]byte, error)
	// Since is when it began to serve. Requests that are dated before are refused,
	// as nothing is known of those that another process took; the zero value
	// refuses none.
	Since time.Time
	// Now tells the time; time.Now for nil.
	Now func() time.Time

	nonces nonces
}

// Key is an access key. The zero value of User makes it the account's own,
// which may do everything.
type Key struct {
	ID, Secret string
	// User is the RAM user that the key belongs to. It may do what Policies
	// allow, and nothing without one.
	User     string
	Policies []Policy
}

// Error is a refused call, as the services word it. It holds no secret.
type Error struct {
	// Code is Alibaba Cloud's, and Status the HTTP status that goes with it.
	Code   string
	Status int
	Text   string
	// Action and Explicit are set when a policy decided: the permission that
	// was missing, and whether a statement denied it rather than none allowing
	// it.
	Action   string
	Explicit bool
	// RetryAfter is when another call may pass; 0 when no time helps.
	RetryAfter time.Duration
}

// Error gives the code and what is wrong.
func (e *Error) Error() string { return "account: " + e.Code + " " + e.Text }

// FunctionError is the failure of a function that ran.
type FunctionError struct{ Payload []byte }

// Error says that the function failed; what it said is in Payload.
func (e *FunctionError) Error() string { return "account: the function failed" }

// Number returns the account's number.
func (a *Account) Number() string {
	if a.ID == "" {
		return DefaultID
	}
	return a.ID
}

// RegionID returns the region that stands in ARNs.
func (a *Account) RegionID() string {
	if a.Region == "" {
		return DefaultRegion
	}
	return a.Region
}

func (a *Account) now() time.Time {
	if a.Now == nil {
		return time.Now()
	}
	return a.Now()
}

func (a *Account) key(id string) (Key, bool) {
	for _, k := range a.Keys {
		if k.ID == id {
			return k, true
		}
	}
	return Key{}, false
}
