package deliver

import (
	"encoding/json"
	"errors"

	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/exactjson"
	"github.com/pai-notify/pai-notify/shared/outcome"
)

// ErrNoOutcome is the error for an answer that is not from a function of this
// project. The message may or may not have been sent.
var ErrNoOutcome = errors.New("the function answered something that is no outcome: is it one of pai-notify's?")

// ReadOutcome reads a function's answer about one notification. It fails with
// [ErrNoOutcome] unless the answer is a JSON object with a valid status.
func ReadOutcome(answer []byte) (outcome.Outcome, error) {
	o, ok := outcome.Read(answer)
	if !ok {
		return o, ErrNoOutcome
	}
	return o, nil
}

// OutcomeOf returns the outcome from the answer of a handler in this process. A
// failure without an outcome becomes a failed one with the error's text.
func OutcomeOf(answer json.RawMessage, failure error) outcome.Outcome {
	if failure != nil {
		if o, err := ReadOutcome([]byte(failure.Error())); err == nil && o.Status == outcome.Failed {
			return o
		}
		return outcome.Outcome{Status: outcome.Failed, Reason: failure.Error()}
	}
	o, err := ReadOutcome(answer)
	if err != nil {
		return outcome.Outcome{Status: outcome.Failed, Reason: err.Error()}
	}
	return o
}

// settledBefore returns the notifications that an earlier invocation has finished,
// from the answer that a function gave for the item before. A platform keeps that
// answer beside the payload of a failed invocation, which may have failed because
// of one notification of many.
func settledBefore(item event.Item) map[string]bool {
	if len(item.Answered) == 0 || item.Answered[0] != '"' {
		return nil
	}
	var list []outcome.Outcome
	if exactjson.Unmarshal([]byte(event.Unquote(item.Answered)), &list) != nil {
		return nil // of one notification, which failed, or no outcomes at all
	}
	settled := map[string]bool{}
	for _, o := range list {
		if o.Notification != "" && (o.Status == outcome.Sent || o.Status == outcome.Skipped || o.Class == outcome.Unknown) {
			settled[o.Notification] = true
		}
	}
	return settled
}
