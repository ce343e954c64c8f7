package redeliver

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"time"
)

// Queue keeps records of failed invocations until somebody fetches them.
type Queue interface {
	// Receive returns some messages and hides them from others for a while; none
	// when the queue is empty.
	Receive(ctx context.Context) ([]Message, error)
	// Delete removes messages that Receive returned.
	Delete(ctx context.Context, list []Message) error
}

// Message is a record in a queue, with the receipt that deletes it.
type Message struct {
	ID, Receipt, Body string
	// Rule and Target are the ARNs that an event bus of AWS puts beside an event which
	// it could not hand over; "" of any other record.
	Rule, Target string
}

// wakeTime is how much of a run's time fetching leaves for what is due.
const wakeTime = 30 * time.Second

// fetch takes up the records in the queues, once a minute: a queue that hands them
// over is asked for them day and night, five times as often as this. What cannot be
// taken up keeps nobody waiting.
func (f *Function) fetch(ctx context.Context) {
	for _, q := range f.Cloud.Queues {
		if err := f.empty(ctx, q); err != nil {
			slog.ErrorContext(ctx, "failure records", "error", err.Error())
		}
	}
}

func (f *Function) empty(ctx context.Context, q Queue) error {
	for more := true; more; {
		messages, err := q.Receive(ctx)
		if err != nil {
			return fmt.Errorf("redeliver: the queue of failed invocations cannot be read: %w", err)
		}
		if len(messages) == 0 {
			return nil
		}
		addressed, left := f.addressed(ctx, messages)
		if len(addressed) > 0 {
			left = append(left, f.take(ctx, payloadOf(addressed)).stay...)
		}
		taken := slices.DeleteFunc(messages, func(m Message) bool { return slices.Contains(left, m.ID) || slices.Contains(left, "") })
		if len(taken) > 0 {
			if err := q.Delete(ctx, taken); err != nil { // it comes again, and is known then
				return fmt.Errorf("redeliver: what was taken up cannot be deleted: %w", err)
			}
		}
		deadline, ok := ctx.Deadline()
		more = !ok || time.Until(deadline) >= wakeTime // or the next run goes on
	}
	return nil
}

// payloadOf is what Lambda hands over of a queue.
func payloadOf(messages []Message) []byte {
	type record struct {
		MessageID string `json:"messageId"`
		Body      string `json:"body"`
		Source    string `json:"eventSource"`
	}
	var batch struct{ Records []record }
	for _, m := range messages {
		batch.Records = append(batch.Records, record{m.ID, m.Body, "aws:sqs"})
	}
	text, _ := json.Marshal(batch) // texts can always be written
	return text
}
