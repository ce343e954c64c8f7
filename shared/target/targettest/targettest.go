// Package targettest is the test suite that every target passes: a message counts
// as sent only when the platform accepted it, every other answer has the right
// class, secrets never show, deadlines are kept, and nothing that a receiver does
// crashes the target. It also has what tests of targets share: sample events in
// every language, golden files, and messages with any text.
package targettest

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/pai-notify/pai-notify/shared/suite"
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
	// Unconfirmed is transient, but not within the same invocation.
	Unconfirmed Class = "unconfirmed"
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
	if target.IsUnconfirmed(err) {
		return Unconfirmed
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
	// Wait is the wait of [RetryAfter], Code the platform's own code, and Advice
	// a part of the advice in English. Each is left aside when it is empty.
	Wait   time.Duration
	Code   string
	Advice string
}

// Harness is what the suite needs to know of a target.
type Harness struct {
	// Open makes a target that sends to the platform at base, such as
	// "http://127.0.0.1:8080", configured with every one of Secrets.
	Open func(base string) (target.Target, error)
	// Notification is one that the target can carry. The suite changes its
	// ID and the title of its message to tell messages apart.
	Notification target.Notification
	// Protocol is how the platform receives; nil for HTTP.
	Protocol Protocol
	// Read reads a message as the platform does.
	Read func(t T, m Message) Reading
	// Question answers a request over HTTP that carries no message, such as one
	// for the platform's records; nil for a target that makes none.
	Question func(r *http.Request) (body string, ok bool)
	// Success is the status by which the platform says that it took a message,
	// 200 when it is 0, and Accepted the body. Receipt is what the target makes
	// of them.
	Success  int
	Accepted string
	Receipt  target.Receipt
	// ByStatus is set for a platform that says all by its status, so that any
	// 2xx is success whatever its body.
	ByStatus bool
	// OfStatus is the class of an answer without a body; nil for HTTP's own
	// table.
	OfStatus func(status int) Class
	// Doubt is the class of an end after which the platform may have taken the
	// message; Unconfirmed when empty. With Unknown, a 2xx that does not say what
	// became of the message and every 5xx are such ends.
	Doubt Class
	// Apart is set for a target whose messages have a connection each.
	Apart bool
	// Answers are the platform's own refusals, inside a 200 above all.
	Answers []Answer
	// Secrets are the values that open the receiver: tokens and keys.
	Secrets []string

	// grace is how long a target may take to notice that its context ended.
	grace time.Duration
	// certificates are those that receivers show.
	certificates certificates
}

// T is the part of *testing.T that the suite uses.
type T = suite.T

type check struct {
	// name is the outcome that the check asserts.
	name string
	// web is set for what only HTTP has.
	web bool
	run func(t T, h Harness)
}

var checks = []check{
	{"an accepted message is sent once", false, acceptedIsSent},
	{"a receipt says what the platform answered", false, receiptSaysTheAnswer},
	{"a refusal has its class, and advice in every language", false, refusalsHaveTheirClass},
	{"every status has its class", false, statusesHaveTheirClass},
	{"what failed is not repeated by the target itself", false, failuresAreNotRepeated},
	{"a wait that the receiver names is kept and capped", true, retryAfterIsKept},
	{"an odd answer is never sent", true, oddAnswersAreNotSent},
	{"random bytes are never sent", true, randomBytesAreNotSent},
	{"garbage on the wire is no verdict", false, garbageIsNoVerdict},
	{"an answer that is cut off is no verdict", false, cutAnswersAreNoVerdict},
	{"a huge answer is not read to its end", false, hugeAnswersAreCapped},
	{"connections are kept or apart as the target says", false, connectionsAreAsTheyShould},
	{"redirects are not followed", true, redirectsAreNotFollowed},
	{"an unreachable receiver is transient", false, unreachableIsTransient},
	{"what may have reached the platform is counted and nothing else", true, whatReachedIsCounted},
	{"a certificate that does not hold is not sent to", false, certificatesMustHold},
	{"secrets never show when the receiver says them back", false, echoesAreRedacted},
	{"secrets never show when there is no answer", false, failuresAreRedacted},
	{"the end of the context ends a message that hangs", false, contextIsKept},
	{"concurrent messages arrive once each", false, concurrentUseIsSafe},
	{"the address is the same however it is written", false, addressIsCanonical},
	{"a name stays a name in every attempt", false, namesStayNames},
}

// Run runs the suite. It sets environment variables, so the test that calls it
// cannot be parallel.
func Run(t *testing.T, h Harness) {
	h.certificates = prepare(t)
	for _, c := range checks {
		if c.web && h.Protocol != nil {
			continue
		}
		t.Run(strings.ReplaceAll(c.name, " ", "_"), func(t *testing.T) { c.run(t, h.ready()) })
	}
}

// prepare sets the environment of the suite's receivers.
func prepare(t *testing.T) certificates {
	t.Helper()
	t.Setenv(allowVariable, "127.0.0.1")
	return newCertificates(t)
}

func (h Harness) ready() Harness {
	if h.grace == 0 {
		h.grace = 5 * time.Second
	}
	if h.Protocol == nil {
		h.Protocol = web{h.Question}
	}
	if h.Success == 0 {
		h.Success = http.StatusOK
	}
	if h.Doubt == "" {
		h.Doubt = Unconfirmed
	}
	return h
}
