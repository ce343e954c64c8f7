package target

import (
	"errors"
	"fmt"
	"time"
)

// Refusal is a platform's answer that it did not take a message. Targets
// return it inside [Permanent], [RetryAfter] or [Gone], or as it is when
// another try may help.
type Refusal struct {
	// Platform is the target type, such as "dingtalk".
	Platform string
	// Status is the HTTP status of the answer; 0 where there was none.
	Status int
	// Code is the platform's own code, such as "310000"; empty where the
	// platform has none.
	Code string
	// Text is what the platform said, free of secrets.
	Text string
	// Advice is one line on what a person can do about it, in the language
	// of the message; empty when there is nothing to do but wait.
	Advice string
}

// Error names the platform, then its code and words.
func (r *Refusal) Error() string {
	s := r.Platform + ":"
	if r.Status != 0 && r.Code == "" {
		s += fmt.Sprintf(" HTTP %d", r.Status)
	}
	if r.Code != "" {
		s += " " + r.Code
	}
	if r.Text != "" {
		s += " " + r.Text
	}
	return s
}

type permanent struct {
	error
	gone bool
}

func (p permanent) Unwrap() error { return p.error }

// Permanent tells packages that do not know this one.
func (permanent) Permanent() bool { return true }

type retryAfter struct {
	error
	wait time.Duration
}

func (r retryAfter) Unwrap() error { return r.error }

// Permanent marks err as final: the same message to the same receiver will
// not be taken until a person changes something. Permanent(nil) is nil.
func Permanent(err error) error {
	if err == nil {
		return nil
	}
	return permanent{error: err}
}

// Gone marks err as final because the receiver no longer exists, so that
// nothing should be sent to it any more. Gone(nil) is nil.
func Gone(err error) error {
	if err == nil {
		return nil
	}
	return permanent{error: err, gone: true}
}

type unknown struct{ error }

func (u unknown) Unwrap() error { return u.error }

// Unknown marks err as an unknown outcome: the platform may have taken the message,
// and sending it again could double it. It is recorded and not repeated. Only targets whose messages cost money or wake people use it.
// Unknown(nil) is nil.
func Unknown(err error) error {
	if err == nil {
		return nil
	}
	return unknown{err}
}

// IsUnknown tells whether err, or an error it wraps, is marked by [Unknown].
func IsUnknown(err error) bool {
	_, ok := errors.AsType[unknown](err)
	return ok
}

type unconfirmed struct{ error }

func (u unconfirmed) Unwrap() error { return u.error }

// Unconfirmed marks err as an outcome after which the platform may have taken the
// message, though it did not say so. The message is sent again all the same,
// because a doubled one does less harm than a lost one, but by a later
// invocation: a platform that takes a message and answers nonsense would take
// each of the tries that follow within a second. With a wait around it, as in
// RetryAfter(wait, Unconfirmed(err)), it is sent no sooner, and still uses up a
// retry. Unconfirmed(nil) is nil.
func Unconfirmed(err error) error {
	if err == nil {
		return nil
	}
	return unconfirmed{err}
}

// IsUnconfirmed tells whether err, or an error it wraps, is marked by
// [Unconfirmed].
func IsUnconfirmed(err error) bool {
	_, ok := errors.AsType[unconfirmed](err)
	return ok
}

// RetryAfter marks err as one that may pass when wait is over, and not
// before. RetryAfter(d, nil) is nil.
func RetryAfter(wait time.Duration, err error) error {
	if err == nil {
		return nil
	}
	return retryAfter{error: err, wait: wait}
}

// IsPermanent tells whether err, or an error it wraps, is marked by
// [Permanent] or [Gone], or says so itself, as errors of package secret do.
func IsPermanent(err error) bool {
	p, ok := errors.AsType[interface {
		error
		Permanent() bool
	}](err)
	return ok && p.Permanent()
}

// IsGone tells whether err, or an error it wraps, is marked by [Gone].
func IsGone(err error) bool {
	p, ok := errors.AsType[permanent](err)
	return ok && p.gone
}

// Wait returns the wait that [RetryAfter] put on err or on an error it wraps.
func Wait(err error) (time.Duration, bool) {
	r, ok := errors.AsType[retryAfter](err)
	return r.wait, ok
}
