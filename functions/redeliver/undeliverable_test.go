package redeliver_test

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/functions/redeliver"
	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/ledger"
)

const events = "arn:aws:events:ap-southeast-1:123456789012:rule/"

// undeliverable is an event that an event bus of AWS could not hand to a function: the
// event as it was on the bus, with attributes beside it.
func undeliverable(t *testing.T, id, rule, typ, event string) redeliver.Message {
	t.Helper()
	body, err := json.Marshal(map[string]any{
		"version": "0", "id": "53dc4d37", "detail-type": "JobFailed", "source": "acs.paidlc", "account": "123456789012",
		"time": "2026-11-28T03:00:00Z", "region": "ap-southeast-1", "resources": []string{}, "detail": json.RawMessage(event),
	})
	require.NoError(t, err)
	return redeliver.Message{
		ID: id, Receipt: "r" + id, Body: string(body),
		Rule: events + rule, Target: "arn:aws:lambda:ap-southeast-1:123456789012:function:pai-notify-" + typ,
	}
}

func TestWhatTheBusCouldNotHandOverIsSent(t *testing.T) {
	simulated(t, func(t *testing.T, a *account) {
		a.rule(busName, failedJobs, contact("alice", "+8613800138000"), contact("bob", "+8613900139000"), a.robot("wecom", "hidden"))
		event := job("train-a", "JobFailed")
		q := &shelf{}
		// One for each target of the rule, and the same once more.
		for _, id := range []string{"1", "2", "3"} {
			q.messages = append(q.messages, undeliverable(t, id, busName+"/"+failedJobs.Key(), "sms", event))
		}
		f := a.redeliver(busName)
		f.Cloud.Queues = []redeliver.Queue{q}
		a.pass(t.Context(), f, 2)
		assert.ElementsMatch(t, []string{"+8613800138000 train-a", "+8613900139000 train-a"}, a.phone.told, "each once, and not the other function's")
		assert.Empty(t, a.peers.Received())
		assert.Empty(t, q.hidden)
		assert.Equal(t, map[ledger.State]int{ledger.Sent: 2}, a.states())
	})
}

func TestWhatReachedAReceiverIsNotSentAgainForAnotherOfItsRule(t *testing.T) {
	simulated(t, func(t *testing.T, a *account) {
		a.rule(busName, failedJobs, contact("alice", "+8613800138000"))
		event := job("train-a", "JobFailed")
		a.put(t.Context(), busName, event)
		a.rule(busName, failedJobs, contact("bob", "+8613900139000"))
		f := a.redeliver(busName)
		f.Cloud.Queues = []redeliver.Queue{&shelf{messages: []redeliver.Message{undeliverable(t, "1", busName+"/"+failedJobs.Key(), "sms", event)}}}
		a.pass(t.Context(), f, 2)
		assert.Equal(t, []string{"+8613800138000 train-a", "+8613900139000 train-a"}, a.phone.told)
	})
}

func TestAnUndeliverableEventThatHasItsReceiverBesideItIsSent(t *testing.T) {
	simulated(t, func(t *testing.T, a *account) {
		a.rule(busName, failedJobs, contact("alice", "+8613800138000"), contact("bob", "+8613900139000"))
		m := undeliverable(t, "1", busName+"/"+failedJobs.Key(), "sms", job("train-a", "JobFailed"))
		to := bus.Target{Function: "pai-notify-sms", Rule: failedJobs, Receiver: contact("bob", "+8613900139000")}
		m.Body = wrapped(t, to, job("train-a", "JobFailed"))
		f := a.redeliver(busName)
		f.Cloud.Queues = []redeliver.Queue{&shelf{messages: []redeliver.Message{m}}}
		a.pass(t.Context(), f, 2)
		assert.Equal(t, []string{"+8613900139000 train-a"}, a.phone.told)
	})
}

func TestAnUndeliverableEventIsNeverLost(t *testing.T) {
	for name, c := range map[string]struct {
		change func(a *account, f *redeliver.Function, m *redeliver.Message)
		// stays is whether it is left to the queue, and dead whether people see it.
		stays, dead bool
	}{
		"its rule is gone":          {func(_ *account, _ *redeliver.Function, m *redeliver.Message) { m.Rule = events + busName + "/gone" }, false, true},
		"its function is another's": {func(_ *account, _ *redeliver.Function, m *redeliver.Message) { m.Target += "-of-others" }, false, true},
		"it is no event":            {func(_ *account, _ *redeliver.Function, m *redeliver.Message) { m.Body = "none" }, true, true},
		"it was on another bus":     {func(_ *account, _ *redeliver.Function, m *redeliver.Message) { m.Rule = events + "pai-system-other/x" }, true, false},
		"it was on the default bus": {func(_ *account, _ *redeliver.Function, m *redeliver.Message) { m.Rule = events + "x" }, true, false},
		"it was not for a function": {func(_ *account, _ *redeliver.Function, m *redeliver.Message) { m.Target = "arn:aws:sqs:x:1:q" }, true, false},
		"the bus does not answer then": {func(a *account, _ *redeliver.Function, _ *redeliver.Message) {
			a.bus.Before = func(int, string) error { return errors.New("throttled") }
		}, true, false},
	} {
		t.Run(name, func(t *testing.T) {
			simulated(t, func(t *testing.T, a *account) {
				a.rule(busName, failedJobs, contact("alice", "+8613800138000"))
				f := a.redeliver(busName)
				m := undeliverable(t, "1", busName+"/"+failedJobs.Key(), "sms", job("train-a", "JobFailed"))
				c.change(a, f, &m)
				q := &shelf{messages: []redeliver.Message{m}}
				f.Cloud.Queues = []redeliver.Queue{q}
				a.pass(t.Context(), f, 1)
				assert.Equal(t, c.stays, len(q.hidden) == 1)
				assert.Equal(t, c.dead, a.states()[ledger.Dead] == 1)
				assert.Empty(t, a.phone.told)
			})
		})
	}
}
