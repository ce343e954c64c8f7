package deliver

import (
	"context"
	"errors"
	"log/slog"
	"math"
	"reflect"
	"strings"

	"github.com/pai-notify/pai-notify/shared/outcome"
	"github.com/pai-notify/pai-notify/shared/target"
)

// Outcome is how one notification ended: the answer of a function and its log
// line.
type Outcome = outcome.Outcome

// Status says how a notification ended.
type Status = outcome.Status

// Class says what a failure means for the next attempt.
type Class = outcome.Class

// The statuses of a notification and the classes of a failure.
const (
	Sent    = outcome.Sent
	Skipped = outcome.Skipped
	Failed  = outcome.Failed
	Waiting = outcome.Waiting

	Transient   = outcome.Transient
	RateLimited = outcome.RateLimited
	Permanent   = outcome.Permanent
	Gone        = outcome.Gone
	Unknown     = outcome.Unknown
)

// fail completes o with the error of a failed notification.
func fail(o Outcome, err error) Outcome {
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

// succeed completes o with the platform's receipt. A reason beside it says which
// part of the message was not accepted.
func succeed(o Outcome, r target.Receipt) Outcome {
	o.Status, o.HTTPStatus, o.Code, o.Receipt, o.Reason = Sent, r.Status, r.Code, r.ID, r.Note
	return o
}

func skip(o Outcome, reason string) Outcome {
	o.Status, o.Reason = Skipped, reason
	return o
}

// again reports whether the platform must learn of the failure, so that it tries
// again or keeps the event. An unknown outcome must not be tried again: it is only
// recorded.
func again(o Outcome) bool { return o.Status == Failed && o.Class != Unknown }

// taken reports whether the platform accepted the message, or may have.
func taken(o Outcome) bool { return o.Status == Sent || o.Class == Unknown }

// permanent reports whether the platform's retries cannot help.
func permanent(o Outcome) bool { return o.Class == Permanent || o.Class == Gone }

// facts are the members of the outcome's JSON, in its order.
func facts(o Outcome) []slog.Attr {
	all := reflect.ValueOf(o)
	list := make([]slog.Attr, 0, len(fields))
	for i, name := range fields {
		switch value := all.Field(i); {
		case value.IsZero():
		case value.CanInt():
			list = append(list, slog.Int64(name, value.Int()))
		case value.Kind() == reflect.String:
			list = append(list, slog.String(name, value.String()))
		default:
			list = append(list, slog.Any(name, value.Interface()))
		}
	}
	return list
}

// fields are the names in JSON of an outcome's fields, in their order.
var fields = func() (names []string) {
	for field := range reflect.TypeFor[Outcome]().Fields() {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		names = append(names, name)
	}
	return names
}()

func logOutcome(ctx context.Context, line string, o Outcome) {
	level := slog.LevelInfo
	if o.Status == Failed {
		level = slog.LevelError
	}
	slog.LogAttrs(ctx, level, line, facts(o)...)
}
