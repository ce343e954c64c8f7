// Package targettest is the suite that every target passes which talks to its
// platform by HTTP: a message counts as sent only when the platform took it,
// every other answer has the right class, secrets never show, deadlines are
// kept, and nothing a receiver does brings the target down.
package targettest

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/pai-notify/pai-notify/shared/target"
)

// allowVariable is the operator's setting of package webhook; the receivers of
// the suite listen on loopback.
const allowVariable = "PAI_NOTIFY_ALLOW"

// Class is what an error of Send means, or that there was none.
type Class string

// The classes.
const (
	Sent       Class = "sent"
	Transient  Class = "transient"
	RetryAfter Class = "retry after"
	Permanent  Class = "permanent"
	Gone       Class = "gone"
	Unknown    Class = "unknown"
)

// ClassOf returns the class of what Send returned.
func ClassOf(err error) Class {
	if err == nil {
		return Sent
	}
	if target.IsUnknown(err) {
		return Unknown
	}
	if target.IsGone(err) {
		return Gone
	}
	if target.IsPermanent(err) {
		return Permanent
	}
	if _, ok := target.Wait(err); ok {
		return RetryAfter
	}
	return Transient
}

// Answer is an answer of the platform and what a target must make of it.
type Answer struct {
	// Name says what the answer means.
	Name   string
	Status int
	Body   string
	Class  Class
}

// Harness is what the suite needs to know of a target.
type Harness struct {
	// Open makes a target that sends to the platform at base, such as
	// "http://127.0.0.1:8080", configured with every one of Secrets.
	Open func(t T, base string) target.Target
	// Notification is one that the target can carry. The suite changes its
	// ID and the texts of its message to tell requests apart.
	Notification target.Notification
	// Accepted is the body by which the platform says that it took a message.
	Accepted string
	// ByStatus is set for a platform that says all by its status, so that any
	// 2xx is success whatever its body.
	ByStatus bool
	// Answers are the platform's own refusals, inside a 200 above all.
	Answers []Answer
	// Secrets are the values that open the receiver: tokens and keys.
	Secrets []string

	// grace is how long a target may take to notice that its context ended.
	grace time.Duration
}

// T is the part of *testing.T that the suite uses.
type T interface {
	Helper()
	Errorf(format string, args ...any)
	FailNow()
	Cleanup(func())
}

type check struct {
	// name is the outcome that the check asserts.
	name string
	run  func(t T, h Harness)
}

var checks = []check{
	{"an accepted message is sent by one POST", acceptedIsSent},
	{"a refusal is never sent and has its class", refusalsHaveTheirClass},
	{"every status has its class", statusesHaveTheirClass},
	{"a wait that the receiver names is kept and capped", retryAfterIsKept},
	{"an odd answer is never sent", oddAnswersAreNotSent},
	{"random bytes are never sent", randomBytesAreNotSent},
	{"garbage on the wire is transient", garbageIsTransient},
	{"a huge answer is not read to its end", hugeAnswersAreCapped},
	{"answers are read so that one connection serves all", connectionIsReused},
	{"redirects are not followed", redirectsAreNotFollowed},
	{"an unreachable receiver is transient", unreachableIsTransient},
	{"an untrusted certificate is not sent to", untrustedIsNotSentTo},
	{"secrets never show when the receiver says them back", echoesAreRedacted},
	{"secrets never show when there is no answer", failuresAreRedacted},
	{"the deadline ends a request that hangs", deadlineIsKept},
	{"concurrent messages arrive once each", concurrentUseIsSafe},
}

// Run runs the suite. It sets an environment variable, so the test that calls
// it cannot be parallel.
func Run(t *testing.T, h Harness) {
	t.Setenv(allowVariable, "127.0.0.1")
	for _, c := range checks {
		t.Run(strings.ReplaceAll(c.name, " ", "_"), func(t *testing.T) { c.run(t, h.ready()) })
	}
}

func (h Harness) ready() Harness {
	if h.grace == 0 {
		h.grace = 5 * time.Second
	}
	return h
}

// accept answers as a platform that took the message.
func (h Harness) accept(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write([]byte(h.Accepted))
}
