// Package outcome defines how one notification ended: what a function answers and
// logs, and what the local bus keeps.
package outcome

import (
	"encoding/json"
	"time"

	"github.com/pai-notify/pai-notify/shared/exactjson"
)

// Status says how a notification ended.
type Status string

// The statuses of a notification.
const (
	Sent    Status = "sent"    // the platform accepted it
	Skipped Status = "skipped" // not sent on purpose; the reason says why
	Failed  Status = "failed"  // not sent, or not known to be; the reason says why
	Waiting Status = "waiting" // not sent yet; it is tried again when it is due, and the reason says why
)

// Class says what a failure means for the next attempt.
type Class string

// The classes of a failure.
const (
	Transient   Class = "transient"    // another attempt may help
	RateLimited Class = "rate-limited" // another attempt helps after RetryAfter seconds
	Permanent   Class = "permanent"    // no attempt helps until a person changes something
	Gone        Class = "gone"         // permanent: the receiver no longer exists
	Unknown     Class = "unknown"      // the platform may have accepted it; never repeated
)

// Outcome is the outcome of one notification.
type Outcome struct {
	Status Status `json:"status,omitempty"`
	// Notification is the stable id of this event for this rule and target.
	Notification string `json:"notification,omitempty"`
	// MessageID is the id of the queue message that the notification came in.
	MessageID string `json:"message_id,omitempty"`
	// Event is the event's id. EventType is its type in the catalogue or, for an
	// event that the catalogue does not know, its own type attribute.
	Event     string `json:"event,omitempty"`
	EventType string `json:"event_type,omitempty"`
	Rule      string `json:"rule,omitempty"`
	// Target is "<type>/<name>".
	Target string `json:"target,omitempty"`
	Reason string `json:"reason,omitempty"`
	Class  Class  `json:"class,omitempty"`
	// HTTPStatus and Code are the platform's own. Receipt is the platform's id of
	// a message that it accepted. Advice is what a person can do, in the target's
	// language.
	HTTPStatus int    `json:"http_status,omitempty"`
	Code       string `json:"code,omitempty"`
	Receipt    string `json:"receipt,omitempty"`
	Advice     string `json:"advice,omitempty"`
	// Digest is the id of the message that carried this notification and others.
	Digest string `json:"digest,omitempty"`
	// ToldBy is the notification of the same event that tells, or told, the same
	// receiver in the same words, for another rule.
	ToldBy string `json:"told_by,omitempty"`
	// RetryAfter is the wait in seconds before another attempt can help: the one
	// that the platform asked for, or what its limits are known to take.
	RetryAfter int `json:"retry_after,omitempty"`
	Attempts   int `json:"attempts,omitempty"`
	// Milliseconds is the time from opening the target to the outcome.
	Milliseconds int64 `json:"ms,omitempty"`
	// Due is when a notification that waits is tried again.
	Due time.Time `json:"due,omitzero"`
	// Unguarded says that it was tried without the ledger's answer, so that it
	// may have been sent before.
	Unguarded bool `json:"unguarded,omitempty"`
}

// Read reads what a function answered about one notification: a JSON object
// whose status is one of the four; false for anything else. The members that do
// not say what became of the notification may have any type: the function of
// somebody else may mean something else by them.
func Read(answer []byte) (Outcome, bool) {
	var read struct {
		Outcome
		MessageID json.RawMessage `json:"message_id"`
		Attempts  json.RawMessage `json:"attempts"`
	}
	if exactjson.Unmarshal(answer, &read) != nil {
		return Outcome{}, false
	}
	o := read.Outcome
	_ = json.Unmarshal(read.MessageID, &o.MessageID) // it stays empty
	_ = json.Unmarshal(read.Attempts, &o.Attempts)
	switch o.Status {
	case Sent, Skipped, Failed, Waiting:
		return o, true
	}
	return Outcome{}, false
}
