package deliver

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"

	"github.com/pai-notify/pai-notify/shared/event"
)

// failure is the error with which a function answers when a notification failed.
// Its message is the answer, outcomes as JSON, so that people and programs can
// read it in a failure destination or dead-letter queue.
type failure struct {
	class   Class
	message string
}

func (f failure) Error() string { return f.message }

// FailureType is the type of the error that platforms show.
func (f failure) FailureType() string {
	if f.class == Permanent || f.class == Gone {
		return "Permanent"
	}
	return "Transient"
}

// answer turns the outcomes of one payload into the function's answer.
func (f *Function) answer(ctx context.Context, outcomes []Outcome, p event.Payload) (json.RawMessage, error) {
	if p.Queue {
		return f.answerQueue(ctx, outcomes)
	}
	outcomes, owed := f.owed(ctx, outcomes)
	// All of them, in the order of the payload, so that whoever sent several
	// events can tell the outcome of each.
	text, err := write(outcomes, len(outcomes) == 1 && !p.Batch)
	if err != nil {
		return nil, fmt.Errorf("deliver: the outcome cannot be written: %w", err)
	}
	if !owed {
		return text, nil
	}
	class := Permanent
	for _, o := range outcomes {
		if again(o) && !permanent(o) {
			class = o.Class
		}
	}
	return nil, failure{class, string(text)}
}

// owed reports whether the platform must repeat what came together, an invocation
// or a message of a queue, because of a failure, and returns the outcomes to
// report. The platform repeats it as a whole and on any instance, so what was sent
// together with the failure would be sent again each time. So nothing is repeated
// for a failure that no repetition helps, nor where messages must not be
// duplicated: such a failure is final.
func (f *Function) owed(ctx context.Context, together []Outcome) (told []Outcome, owed bool) {
	anyTaken, mayPass := false, false
	for _, o := range together {
		anyTaken = anyTaken || taken(o)
		owed = owed || again(o)
		mayPass = mayPass || again(o) && !permanent(o)
	}
	if !anyTaken || mayPass && !f.spec.AtMostOnce() {
		return together, owed
	}
	for _, o := range together {
		if again(o) {
			if !permanent(o) { // its own log line announced another attempt
				o.Class, o.RetryAfter = Permanent, 0
				o.Reason += notRepeated
			}
			logOutcome(ctx, givenUp, o)
		}
		told = append(told, o)
	}
	return told, false
}

// givenUp is the log message for a final failure that no failure destination
// receives. Alarms look for it.
const givenUp = "notification given up"

// notRepeated is appended to the reason of a failure that another attempt might
// have avoided.
const notRepeated = "; it is not tried again, because the platform would send again what was sent together with it: a target on the bus that carries one rule has an invocation of its own"

// write returns the only outcome of list, or all of them, as JSON.
func write(list []Outcome, only bool) (json.RawMessage, error) {
	var answer any = list
	switch {
	case only:
		answer = &list[0]
	case list == nil:
		answer = []Outcome{} // [] when there is none
	}
	var text bytes.Buffer
	e := json.NewEncoder(&text)
	e.SetEscapeHTML(false) // people read it in the queue of dead letters
	err := e.Encode(answer)
	return bytes.TrimSpace(text.Bytes()), err
}

// answerQueue names the messages that the queue must keep. A message whose
// failures are permanent is among them when nothing of it was sent: the queue's
// redrive policy then moves it to the dead-letter queue, where it is not lost.
func (f *Function) answerQueue(ctx context.Context, outcomes []Outcome) (json.RawMessage, error) {
	type item struct {
		ID string `json:"itemIdentifier"`
	}
	answer := struct {
		Failures []item `json:"batchItemFailures"`
	}{[]item{}}
	var ids []string
	messages := map[string][]Outcome{}
	for _, o := range outcomes {
		if again(o) && o.MessageID == "" {
			// An unknown id makes the queue deliver the whole batch again,
			// which is what an unreadable message needs.
			return nil, failure{o.Class, o.Reason}
		}
		if messages[o.MessageID] == nil {
			ids = append(ids, o.MessageID)
		}
		messages[o.MessageID] = append(messages[o.MessageID], o)
	}
	for _, id := range ids {
		if _, owed := f.owed(ctx, messages[id]); owed {
			answer.Failures = append(answer.Failures, item{id})
		}
	}
	return json.Marshal(answer)
}
