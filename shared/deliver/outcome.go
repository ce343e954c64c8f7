package deliver

import (
	"context"
	"errors"
	"log/slog"
	"math"
	"reflect"
	"strings"

	"github.com/pai-notify/pai-notify/shared/target"
)

// Status is how a notification ended.
type Status string

// The ends of a notification.
const (
	Sent    Status = "sent"    // the platform said that it took it
	Skipped Status = "skipped" // not sent on purpose; the reason says why
	Failed  Status = "failed"  // not sent, or not known to be; the reason says why
)

// Class says what a failure means for the next try.
type Class string

// The classes of a failure.
const (
	Transient   Class = "transient"    // another try may help
	RateLimited Class = "rate-limited" // another try helps after RetryAfter seconds
	Permanent   Class = "permanent"    // no try helps until a person changes something
	Gone        Class = "gone"         // permanent: the receiver no longer exists
	Unknown     Class = "unknown"      // the platform may have taken it; never repeated
)

// Outcome is what became of one notification: the answer of a function and its
// log line.
type Outcome struct {
	Status Status `json:"status,omitempty"`
	// Notification is the stable id of this event for this rule and target.
	Notification string `json:"notification,omitempty"`
	// MessageID is that of the message of a queue in which it came.
	MessageID string `json:"message_id,omitempty"`
	// Event is the event's id, EventType its type in the catalogue or, for an
	// event the catalogue does not know, its own type attribute.
	Event     string `json:"event,omitempty"`
	EventType string `json:"event_type,omitempty"`
	Rule      string `json:"rule,omitempty"`
	// Target is "<type>/<name>".
	Target string `json:"target,omitempty"`
	Reason string `json:"reason,omitempty"`
	Class  Class  `json:"class,omitempty"`
	// HTTPStatus and Code are the platform's own; Receipt is its id of a message
	// that it took. Advice is what a person can do, in the target's language.
	HTTPStatus int    `json:"http_status,omitempty"`
	Code       string `json:"code,omitempty"`
	Receipt    string `json:"receipt,omitempty"`
	Advice     string `json:"advice,omitempty"`
	// Digest is the id of the message that told of this event among others.
	Digest string `json:"digest,omitempty"`
	// RetryAfter is the wait in seconds before another try can help: the one that
	// the platform asked for, or what its limits are known to take.
	RetryAfter int `json:"retry_after,omitempty"`
	Attempts   int `json:"attempts,omitempty"`
	// Milliseconds is the time from opening the target to the outcome.
	Milliseconds int64 `json:"ms,omitempty"`

	before bool // this instance has sent it before, or may have
}

// fail completes o with what err says.
func (o Outcome) fail(err error) Outcome {
	o.Status, o.Class, o.Reason = Failed, Transient, err.Error()
	if wait, ok := target.Wait(err); ok {
		o.Class, o.RetryAfter = RateLimited, int(math.Ceil(wait.Seconds()))
	}
	if target.IsUnconfirmed(err) {
		o.Class = Transient // with its wait, and it uses up a retry
	}
	if target.IsPermanent(err) {
		o.Class, o.RetryAfter = Permanent, 0
	}
	if target.IsGone(err) {
		o.Class = Gone
	}
	if target.IsUnknown(err) {
		o.Class, o.RetryAfter = Unknown, 0
	}
	if refusal, ok := errors.AsType[*target.Refusal](err); ok {
		o.HTTPStatus, o.Code, o.Advice = refusal.Status, refusal.Code, refusal.Advice
	}
	return o
}

// sent completes o with what the platform said. A reason beside it tells what
// of the message was not taken.
func (o Outcome) sent(r target.Receipt) Outcome {
	o.Status, o.HTTPStatus, o.Code, o.Receipt, o.Reason = Sent, r.Status, r.Code, r.ID, r.Note
	return o
}

func (o Outcome) skip(reason string) Outcome {
	o.Status, o.Reason = Skipped, reason
	return o
}

// again tells whether the platform must hear of the failure, so that it tries
// again or keeps the event. An unknown end must not be tried again: it is only
// recorded.
func (o Outcome) again() bool { return o.Status == Failed && o.Class != Unknown }

// taken tells whether the platform took the message, or may have.
func (o Outcome) taken() bool { return o.Status == Sent || o.Class == Unknown || o.before }

// permanent tells whether the platform's own retries cannot help.
func (o Outcome) permanent() bool { return o.Class == Permanent || o.Class == Gone }

// facts are the members of the outcome's JSON, in its order.
func (o Outcome) facts() []slog.Attr {
	all := reflect.ValueOf(o)
	facts := make([]slog.Attr, 0, len(fields))
	for i, name := range fields {
		switch value := all.Field(i); {
		case name == "" || value.IsZero():
		case value.CanInt():
			facts = append(facts, slog.Int64(name, value.Int()))
		default:
			facts = append(facts, slog.String(name, value.String()))
		}
	}
	return facts
}

// fields are the names in JSON of an outcome's fields, all of them texts or
// integers, in their order; "" for one that JSON does not have.
var fields = func() (names []string) {
	for field := range reflect.TypeFor[Outcome]().Fields() {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		names = append(names, name)
	}
	return names
}()

func (o Outcome) log(ctx context.Context, line string) {
	level := slog.LevelInfo
	if o.Status == Failed {
		level = slog.LevelError
	}
	slog.LogAttrs(ctx, level, line, o.facts()...)
}
