package deliver

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"

	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/outcome"
)

// failure is the error with which a function answers when a notification failed.
// Its message is the answer, outcomes as JSON, so that people and programs can
// read it in a failure destination or dead-letter queue.
type failure struct {
	class   outcome.Class
	message string
}

func (f failure) Error() string { return f.message }

// FailureType is the type of the error that platforms show.
func (f failure) FailureType() string {
	if f.class == outcome.Permanent || f.class == outcome.Gone {
		return "Permanent"
	}
	return "Transient"
}

// answer turns the outcomes of one payload into the function's answer.
func (f *Function) answer(ctx context.Context, planned []*notification, p event.Payload) (json.RawMessage, error) {
	if p.Queue {
		return f.answerQueue(ctx, planned)
	}
	owed := f.owed(ctx, planned)
	outcomes := make([]outcome.Outcome, len(planned))
	for i, n := range planned {
		outcomes[i] = n.outcome
	}
	// All of them, in the order of the payload, so that whoever sent several
	// events can tell the outcome of each.
	text, err := write(outcomes, len(outcomes) == 1 && !p.Batch)
	if err != nil {
		return nil, fmt.Errorf("deliver: the outcome cannot be written: %w", err)
	}
	if !owed {
		return text, nil
	}
	class := outcome.Permanent
	for _, n := range planned {
		if n.owed() && !permanent(n.outcome) {
			class = n.outcome.Class
		}
	}
	return nil, failure{class, string(text)}
}

// owed reports whether the platform must repeat what came together, an invocation
// or a message of a queue, because of a failure. The platform repeats it as a
// whole and on any instance, so what was sent together with the failure would be
// sent again each time, unless the ledger knows. So nothing is repeated for a
// failure that no repetition helps, nor where messages must not be duplicated:
// such a failure is final, and its outcome says so.
func (f *Function) owed(ctx context.Context, together []*notification) (owed bool) {
	anyTaken, mayPass := false, false
	for _, n := range together {
		anyTaken = anyTaken || n.doubled()
		owed = owed || n.owed()
		mayPass = mayPass || n.owed() && !permanent(n.outcome)
	}
	if !anyTaken || mayPass && !f.spec.AtMostOnce() {
		return owed
	}
	for _, n := range together {
		if !n.owed() {
			continue
		}
		if !permanent(n.outcome) { // its own log line announced another attempt
			n.outcome.Class, n.outcome.RetryAfter = outcome.Permanent, 0
			n.outcome.Reason += notRepeated
		}
		logOutcome(ctx, givenUp, n.outcome)
	}
	return false
}

// givenUp is the log message for a final failure that no failure destination
// receives. Alarms look for it.
const givenUp = "notification given up"

// notRepeated is appended to the reason of a failure that another attempt might
// have avoided.
const notRepeated = "; it is not tried again, because the platform would send again what was sent together with it: a target on the bus that carries one rule has an invocation of its own"

// write returns the only outcome of list, or all of them, as JSON.
func write(list []outcome.Outcome, only bool) (json.RawMessage, error) {
	var answer any = list
	switch {
	case only:
		answer = &list[0]
	case list == nil:
		answer = []outcome.Outcome{} // [] when there is none
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
func (f *Function) answerQueue(ctx context.Context, planned []*notification) (json.RawMessage, error) {
	type item struct {
		ID string `json:"itemIdentifier"`
	}
	answer := struct {
		Failures []item `json:"batchItemFailures"`
	}{[]item{}}
	var ids []string
	messages := map[string][]*notification{}
	for _, n := range planned {
		id := n.outcome.MessageID
		if n.owed() && id == "" {
			// An unknown id makes the queue deliver the whole batch again,
			// which is what an unreadable message needs.
			return nil, failure{n.outcome.Class, n.outcome.Reason}
		}
		if messages[id] == nil {
			ids = append(ids, id)
		}
		messages[id] = append(messages[id], n)
	}
	for _, id := range ids {
		if f.owed(ctx, messages[id]) {
			answer.Failures = append(answer.Failures, item{id})
		}
	}
	return json.Marshal(answer)
}
