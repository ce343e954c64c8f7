package redeliver_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/functions/redeliver"
	"github.com/pai-notify/pai-notify/shared/ledger"
)

// shelf is a queue that gives two messages at once, and hides what it gave.
type shelf struct {
	messages, hidden []redeliver.Message
	broken           error
}

func (s *shelf) Receive(context.Context) ([]redeliver.Message, error) {
	if s.broken != nil {
		return nil, s.broken
	}
	given := slices.Clone(s.messages[:min(2, len(s.messages))])
	s.messages = s.messages[len(given):]
	s.hidden = append(s.hidden, given...)
	return given, nil
}

func (s *shelf) Delete(_ context.Context, list []redeliver.Message) error {
	s.hidden = slices.DeleteFunc(s.hidden, func(m redeliver.Message) bool { return slices.Contains(list, m) })
	return nil
}

func TestWhatIsInAQueueIsFetchedAndSent(t *testing.T) {
	simulated(t, func(t *testing.T, a *account) {
		a.rule(busName, failedJobs, contact("alice", "+8613800138000"))
		q, former := &shelf{}, &shelf{}
		for _, name := range []string{"a", "b", "c"} {
			q.messages = append(q.messages, redeliver.Message{ID: name, Receipt: "r" + name, Body: lost(t, a, job("train-"+name, "JobFailed"))})
		}
		q.messages = append(q.messages, redeliver.Message{ID: "d", Receipt: "rd", Body: "no record"})
		former.messages = []redeliver.Message{{ID: "a", Receipt: "e", Body: lost(t, a, job("train-e", "JobFailed"))}}
		f := a.redeliver(busName)
		f.Cloud.Queues = []redeliver.Queue{q, former}
		a.pass(t.Context(), f, 2)
		assert.ElementsMatch(t, []string{"+8613800138000 train-a", "+8613800138000 train-b", "+8613800138000 train-c", "+8613800138000 train-e"}, a.phone.told)
		assert.Equal(t, []redeliver.Message{{ID: "d", Receipt: "rd", Body: "no record"}}, q.hidden, "what cannot be read is left to the queue")
		assert.Empty(t, former.hidden)
	})
}

func TestARunThatHasLittleTimeLeavesTheRestOfAQueueToTheNext(t *testing.T) {
	simulated(t, func(t *testing.T, a *account) {
		a.rule(busName, failedJobs, contact("alice", "+8613800138000"))
		q := &shelf{}
		for _, name := range []string{"a", "b", "c"} {
			q.messages = append(q.messages, redeliver.Message{ID: name, Receipt: "r" + name, Body: lost(t, a, job("train-"+name, "JobFailed"))})
		}
		f := a.redeliver(busName)
		f.Cloud.Queues = []redeliver.Queue{q}
		ctx, cancel := context.WithTimeout(t.Context(), 29*time.Second)
		defer cancel()
		_, err := f.Handle(ctx, []byte(byEventBridge))
		require.NoError(t, err)
		assert.Len(t, q.messages, 1)
		a.pass(t.Context(), f, 2)
		assert.Equal(t, map[ledger.State]int{ledger.Sent: 3}, a.states())
	})
}

func TestAQueueThatDoesNotAnswerKeepsNobodyWaiting(t *testing.T) {
	simulated(t, func(t *testing.T, a *account) {
		a.rule(busName, failedJobs, contact("alice", "+8613800138000"))
		f := a.redeliver(busName)
		_, err := f.Handle(t.Context(), []byte(lost(t, a, job("train-7b", "JobFailed"))))
		require.NoError(t, err)
		f.Cloud.Queues = []redeliver.Queue{&shelf{broken: errors.New("throttled")}}
		a.pass(t.Context(), f, 1)
		assert.Equal(t, map[ledger.State]int{ledger.Sent: 1}, a.states())
	})
}
