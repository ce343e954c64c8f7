package deliver

import (
	"encoding/json"
	"errors"
)

// ErrNoOutcome tells that an answer is not that of a function of this project.
// It may have sent or not: nobody knows.
var ErrNoOutcome = errors.New("the function answered something that is no outcome: is it one of pai-notify's?")

// ReadOutcome reads what a function answered about one notification. It fails
// with [ErrNoOutcome] unless the answer is a JSON object whose status is one
// that an outcome can have.
func ReadOutcome(answer []byte) (Outcome, error) {
	// Members are looked up by their exact names, where encoding/json would take
	// them in any case.
	var members map[string]json.RawMessage
	if json.Unmarshal(answer, &members) != nil {
		return Outcome{}, ErrNoOutcome
	}
	var status Status
	if json.Unmarshal(members["status"], &status) != nil {
		return Outcome{}, ErrNoOutcome
	}
	switch status {
	case Sent, Skipped, Failed:
	default:
		return Outcome{}, ErrNoOutcome
	}
	var o Outcome
	if json.Unmarshal(answer, &o) != nil {
		return Outcome{}, ErrNoOutcome
	}
	o.Status = status
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
