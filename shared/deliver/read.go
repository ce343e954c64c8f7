package deliver

import (
	"encoding/json"
	"errors"

	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/exactjson"
	"github.com/pai-notify/pai-notify/shared/outcome"
)

// ErrNoOutcome tells that an answer is not that of a function of this project.
// It may have sent or not: nobody knows.
var ErrNoOutcome = errors.New("the function answered something that is no outcome: is it one of pai-notify's?")

// ReadOutcome reads what a function answered about one notification. It fails
// with [ErrNoOutcome] unless the answer is a JSON object whose status is one
// that an outcome can have.
func ReadOutcome(answer []byte) (Outcome, error) {
	o, ok := outcome.Read(answer)
	if !ok {
		return o, ErrNoOutcome
	}
	return o, nil
}

// OutcomeOf returns the outcome of what a handler of this process answered. A
// failure that tells none is one by its text.
func OutcomeOf(answer json.RawMessage, failure error) Outcome {
	if failure != nil {
		if o, err := ReadOutcome([]byte(failure.Error())); err == nil && o.Status == Failed {
			return o
		}
		return Outcome{Status: Failed, Reason: failure.Error()}
	}
	o, err := ReadOutcome(answer)
	if err != nil {
		return Outcome{Status: Failed, Reason: err.Error()}
	}
	return o
}

// settledBefore returns the notifications that need no sending any more, by what
// a function answered which had the item before. A platform keeps that beside the
// payload of an invocation that failed, which may have failed for the sake of one
// notification of many.
func settledBefore(item event.Item) map[string]bool {
	if len(item.Answered) == 0 || item.Answered[0] != '"' {
		return nil
	}
	var list []Outcome
	if exactjson.Unmarshal([]byte(event.Unquote(item.Answered)), &list) != nil {
		return nil // of one notification, which failed, or no outcomes at all
	}
	settled := map[string]bool{}
	for _, o := range list {
		if o.Notification != "" && (o.Status == Sent || o.Status == Skipped || o.Class == Unknown) {
			settled[o.Notification] = true
		}
	}
	return settled
}
