package deliver

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"

	"github.com/pai-notify/pai-notify/shared/event"
)

// failure is the error a function answers with when a notification failed. Its
// message is the answer, outcomes as JSON, so that what a failure destination or a
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

// answer turns the outcomes of one payload into what the platform is told.
func (f *Function) answer(ctx context.Context, outcomes []Outcome, p event.Payload) (json.RawMessage, error) {
	if p.Queue {
		return f.answerQueue(ctx, outcomes)
	}
	outcomes, owed := f.owed(ctx, outcomes)
	// All of them, in the order of the payload, so that whoever sent several
	// can tell what became of each.
	text, err := write(outcomes, len(outcomes) == 1 && !p.Batch)
	if err != nil {
		return nil, fmt.Errorf("deliver: the outcome cannot be written: %w", err)
	}
	if !owed {
		return text, nil
	}
	class := Permanent
	for _, o := range outcomes {
		if o.again() && !o.permanent() {
			class = o.Class
		}
	}
	return nil, failure{class, string(text)}
}

// owed tells whether the platform must repeat what came together, an invocation
// or a message of a queue, for the sake of what failed, and returns the outcomes
// as they are to be told. The platform repeats it as a whole and on any instance,
// so what was sent with a failure would be sent again with each repetition. That
// is never done for a failure that no repetition helps, and not at all where
// messages must not be doubled: such a failure ends here.
func (f *Function) owed(ctx context.Context, together []Outcome) (told []Outcome, owed bool) {
	taken, mayPass := false, false
	for _, o := range together {
		taken = taken || o.taken()
		owed = owed || o.again()
		mayPass = mayPass || o.again() && !o.permanent()
	}
	if !taken || mayPass && !f.spec.AtMostOnce() {
		return together, owed
	}
	for _, o := range together {
		if o.again() {
			if !o.permanent() { // its own line promised another try
				o.Class, o.RetryAfter = Permanent, 0
				o.Reason += notRepeated
			}
			o.log(ctx, givenUp)
		}
		told = append(told, o)
	}
	return told, false
}

// givenUp is the message of a log line about a failure that no failure destination
// learns of. Alarms look for it.
const givenUp = "notification given up"

// notRepeated is added to the reason of a failure that might have passed.
const notRepeated = "; it is not tried again, because the platform would send again what was sent together with it: a target on the bus that carries one rule has an invocation of its own"

// write returns the only outcome of list, or all of them, as JSON.
func write(list []Outcome, only bool) (json.RawMessage, error) {
	var answer any = list
	switch {
	case only:
		answer = &list[0]
	case list == nil:
		answer = []Outcome{} // [] for none
	}
	var text bytes.Buffer
	e := json.NewEncoder(&text)
	e.SetEscapeHTML(false) // people read it in the queue of dead letters
	err := e.Encode(answer)
	return bytes.TrimSpace(text.Bytes()), err
}

// answerQueue names the messages that the queue must keep. One whose failures
// are permanent is among them when nothing of it was sent: the queue's redrive
// policy moves it to the dead letters, where it is not lost.
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
		if o.again() && o.MessageID == "" {
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
