package deliver

import (
	"encoding/json"
	"fmt"
)

// failure is the error a function answers with when a notification failed. Its
// message is the outcome as JSON, so that what a failure destination or a
// dead-letter queue keeps can be read by people and programs alike.
type failure struct {
	class   Class
	message string
}

func (f failure) Error() string { return f.message }

// FailureType is what platforms show as the type of the error.
func (f failure) FailureType() string {
	if f.class == Permanent || f.class == Gone {
		return "Permanent"
	}
	return "Transient"
}

// answer turns outcomes into what the platform is told.
func answer(outcomes []Outcome, batch, queue bool) (json.RawMessage, error) {
	if queue {
		return answerQueue(outcomes)
	}
	failed := false
	class := Permanent
	for _, o := range outcomes {
		if o.again() {
			failed = true
			if !o.permanent() {
				class = o.Class
			}
		}
	}
	// All of them, in the order of the payload, so that whoever sent several
	// can tell what became of each.
	text, err := write(outcomes, len(outcomes) == 1 && !batch)
	if err != nil {
		return nil, fmt.Errorf("deliver: the outcome cannot be written: %w", err)
	}
	if failed {
		return nil, failure{class, string(text)}
	}
	return text, nil
}

// write returns the only outcome of list, or all of them, as JSON.
func write(list []Outcome, only bool) (json.RawMessage, error) {
	if only {
		return list[0].MarshalJSON()
	}
	if len(list) == 0 {
		return json.RawMessage("[]"), nil
	}
	return json.Marshal(list)
}

// answerQueue names the messages that the queue must keep. A permanent failure
// is one of them: the queue's redrive policy moves it to the dead letters,
// where it is not lost.
func answerQueue(outcomes []Outcome) (json.RawMessage, error) {
	type item struct {
		ID string `json:"itemIdentifier"`
	}
	answer := struct {
		Failures []item `json:"batchItemFailures"`
	}{[]item{}}
	listed := map[string]bool{}
	for _, o := range outcomes {
		if !o.again() || listed[o.message] {
			continue
		}
		if o.message == "" {
			// An unknown id makes the queue deliver the whole batch again,
			// which is what an unreadable message needs.
			return nil, failure{o.Class, o.Reason}
		}
		listed[o.message] = true
		answer.Failures = append(answer.Failures, item{o.message})
	}
	return json.Marshal(answer)
}
