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

// fail completes o with the error of a failed notification.
func fail(o outcome.Outcome, err error) outcome.Outcome {
	o.Status, o.Class, o.Reason = outcome.Failed, outcome.Transient, err.Error()
	by, _ := errors.AsType[told](err)
	o.ToldBy = string(by)
	if wait, ok := target.Wait(err); ok {
		o.Class, o.RetryAfter = outcome.RateLimited, int(math.Ceil(wait.Seconds()))
	}
	if target.IsUnconfirmed(err) {
		o.Class = outcome.Transient // with its wait, and it uses up a retry
	}
	if target.IsPermanent(err) {
		o.Class, o.RetryAfter = outcome.Permanent, 0
	}
	if target.IsGone(err) {
		o.Class = outcome.Gone
	}
	if target.IsUnknown(err) {
		o.Class, o.RetryAfter = outcome.Unknown, 0
	}
	if refusal, ok := errors.AsType[*target.Refusal](err); ok {
		o.HTTPStatus, o.Code, o.Advice = refusal.Status, refusal.Code, refusal.Advice
	}
	return o
}

// succeed completes o with the platform's receipt. A reason beside it says which
// part of the message was not accepted.
func succeed(o outcome.Outcome, r target.Receipt) outcome.Outcome {
	o.Status, o.HTTPStatus, o.Code, o.Receipt, o.Reason, o.ToldBy = outcome.Sent, r.Status, r.Code, r.ID, r.Note, ""
	return o
}

// joined is two remarks, of which each may be empty.
func joined(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + "; " + b
}

func skip(o outcome.Outcome, reason string) outcome.Outcome {
	o.Status, o.Reason = outcome.Skipped, reason
	return o
}

// again reports whether the platform must learn of the failure, so that it tries
// again or keeps the event. An unknown outcome must not be tried again: it is only
// recorded.
func again(o outcome.Outcome) bool { return o.Status == outcome.Failed && o.Class != outcome.Unknown }

// taken reports whether the platform accepted the message, or may have.
func taken(o outcome.Outcome) bool { return o.Status == outcome.Sent || o.Class == outcome.Unknown }

// permanent reports whether the platform's retries cannot help.
func permanent(o outcome.Outcome) bool {
	return o.Class == outcome.Permanent || o.Class == outcome.Gone
}

// facts are the members of the outcome's JSON, in its order.
func facts(o outcome.Outcome) []slog.Attr {
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
	for field := range reflect.TypeFor[outcome.Outcome]().Fields() {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		names = append(names, name)
	}
	return names
}()

func logOutcome(ctx context.Context, line string, o outcome.Outcome) {
	level := slog.LevelInfo
	if o.Status == outcome.Failed {
		level = slog.LevelError
	}
	slog.LogAttrs(ctx, level, line, facts(o)...)
}
