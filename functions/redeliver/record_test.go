package redeliver_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/functions"
	"github.com/pai-notify/pai-notify/functions/redeliver"
	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/ledger"
)

// record is what either platform keeps of a failed invocation.
func record(t *testing.T, payload, answer string) string {
	t.Helper()
	text, err := json.Marshal(map[string]any{
		"version": "1.0", "timestamp": "2026-11-28T03:00:00.000Z",
		"requestContext": map[string]any{"condition": "RetriesExhausted", "approximateInvokeCount": 3},
		"requestPayload": json.RawMessage(payload), "responseContext": map[string]any{"functionError": "Unhandled"},
		"responsePayload": map[string]string{"errorMessage": answer, "errorType": "Transient"},
	})
	require.NoError(t, err)
	return string(text)
}

// batch is what a queue hands over.
func batch(t *testing.T, bodies ...string) string {
	t.Helper()
	var messages []map[string]string
	for i, body := range bodies {
		messages = append(messages, map[string]string{"messageId": fmt.Sprintf("m%d", i), "body": body, "eventSource": "aws:sqs"})
	}
	text, err := json.Marshal(map[string]any{"Records": messages})
	require.NoError(t, err)
	return string(text)
}

// lost publishes an event whose function dies each time before it claims it, and
// returns the record that the platform keeps.
func lost(t *testing.T, a *account, event string) string {
	t.Helper()
	before := len(a.payloads)
	a.refuse = func(string) error { return errors.New("signal: killed") }
	a.put(t.Context(), busName, event)
	a.refuse = nil
	require.Len(t, a.payloads, before+1)
	return record(t, a.payloads[before], "RequestId: 1 Error: Runtime exited")
}

func TestWhatAPlatformGaveUpIsSent(t *testing.T) {
	for name, form := range map[string]func(t *testing.T, record string) string{
		"Lambda":           func(t *testing.T, r string) string { return batch(t, r) },
		"Function Compute": func(_ *testing.T, r string) string { return r },
	} {
		t.Run(name, func(t *testing.T) {
			simulated(t, func(t *testing.T, a *account) {
				a.rule(busName, failedJobs, contact("alice", "+8613800138000"))
				r := lost(t, a, job("train-7b", "JobFailed"))
				require.Empty(t, a.rows())
				f := a.redeliver(busName)
				for range 2 { // queues bring things twice
					answer, err := f.Handle(t.Context(), []byte(form(t, r)))
					require.NoError(t, err)
					assert.NotContains(t, string(answer), "m0")
				}
				assert.Equal(t, map[ledger.State]int{ledger.Waiting: 1}, a.states())
				row := a.rows()[0]
				assert.True(t, row.AtMostOnce)
				assert.Equal(t, "dlc-train-7b", row.Job)
				a.pass(t.Context(), f, 1)
				assert.Equal(t, []string{"+8613800138000 train-7b"}, a.phone.told)
				_, err := f.Handle(t.Context(), []byte(form(t, r)))
				require.NoError(t, err)
				a.pass(t.Context(), f, 1)
				assert.Len(t, a.phone.told, 1)
			})
		})
	}
}

// TestATextThatWasOnlyTakenUpIsNotTakenForSent has the ledger fail after the first
// write about what a record holds.
func TestATextThatWasOnlyTakenUpIsNotTakenForSent(t *testing.T) {
	simulated(t, func(t *testing.T, a *account) {
		a.rule(busName, failedJobs, contact("alice", "+8613800138000"))
		r := lost(t, a, job("train-7b", "JobFailed"))
		writes := &firstWrite{Store: a.store}
		a.store = writes
		f := a.redeliver(busName)
		_, _ = f.Handle(t.Context(), []byte(r))
		writes.over = true
		a.minute()
		_, err := f.Handle(t.Context(), []byte(r))
		require.NoError(t, err)
		a.deploy("sms")
		a.pass(t.Context(), f, 1)
		assert.Equal(t, []string{"+8613800138000 train-7b"}, a.phone.told)
		assert.Equal(t, map[ledger.State]int{ledger.Sent: 1}, a.states())
	})
}

// firstWrite takes one write of a row, and refuses others until that is over.
type firstWrite struct {
	ledger.Store
	done, over bool
}

func (s *firstWrite) Put(ctx context.Context, e ledger.Entry) error {
	if s.done && !s.over {
		return &bus.Error{Kind: bus.Throttled, Action: "dynamodb:PutItem"}
	}
	s.done = true
	return s.Store.Put(ctx, e)
}

func TestARecordStaysWhileAnotherMayBeSending(t *testing.T) {
	simulated(t, func(t *testing.T, a *account) {
		a.rule(busName, failedJobs, contact("alice", "+8613800138000"))
		r := lost(t, a, job("train-7b", "JobFailed"))
		other := lost(t, a, job("train-8b", "JobFailed"))
		f := a.redeliver(busName)
		// Somebody has claimed one, and died.
		_, err := f.Handle(t.Context(), []byte(r))
		require.NoError(t, err)
		row := a.rows()[0]
		verdict, _, err := f.Ledger.Claim(t.Context(), row, 30*time.Second)
		require.NoError(t, err)
		require.Equal(t, ledger.Mine, verdict)

		answer, err := f.Handle(t.Context(), []byte(batch(t, other, r)))
		require.NoError(t, err)
		assert.JSONEq(t, `{"batchItemFailures":[{"itemIdentifier":"m1"}]}`, string(answer))
		_, err = f.Handle(t.Context(), []byte(r))
		assert.ErrorContains(t, err, "may still be sending it")

		a.pass(t.Context(), f, 2)
		answer, err = f.Handle(t.Context(), []byte(batch(t, r)))
		require.NoError(t, err)
		assert.JSONEq(t, `{"batchItemFailures":[]}`, string(answer))
		assert.Equal(t, map[ledger.State]int{ledger.Unknown: 1, ledger.Sent: 1}, a.states(), "a text is not sent again when its sender may have sent it")
	})
}

func TestOnlyWhatARecordDoesNotReportAsHandledWaits(t *testing.T) {
	simulated(t, func(t *testing.T, a *account) {
		a.rule(busName, failedJobs, contact("alice", "+8613800138000"))
		a.rule(busName, event.Rule{Name: "second", Owner: owner}, contact("bob", "+8613800138002"))
		a.phone.answer = func(string) error { return errors.New("the carrier is busy") }
		a.put(t.Context(), busName, job("train-7b", "JobFailed"))
		ids := map[string]string{}
		for _, e := range a.rows() {
			ids[e.Receiver] = e.ID
		}
		payload := "[" + a.payloads[0] + "," + a.payloads[1] + "]"
		fresh := newAccount(t, a.peers)
		f := fresh.redeliver(busName)
		_, err := f.Handle(t.Context(), []byte(record(t, payload, `[{"status":"sent","notification":"`+ids["sms-alice"]+`"},{"status":"failed","class":"transient","notification":"`+ids["sms-bob"]+`"}]`)))
		require.NoError(t, err)
		require.Len(t, fresh.rows(), 1)
		assert.Equal(t, ids["sms-bob"], fresh.rows()[0].ID, "the row that the function itself would claim")
	})
}

func TestWhatNobodyCanReadIsSeen(t *testing.T) {
	for name, c := range map[string]struct {
		record func(t *testing.T) string
		stays  bool
		says   string
	}{
		"no JSON":        {func(*testing.T) string { return "{" }, true, "is not JSON"},
		"no event":       {func(*testing.T) string { return `{"a":1}` }, true, "event"},
		"an event alone": {func(t *testing.T) string { return record(t, job("train-7b", "JobFailed"), "") }, false, "no rule and target"},
		"a receiver unnamed": {func(t *testing.T) string {
			return record(t, `{"rule":{"name":"r"},"target":{"type":"wecom","parameters":{"webhook":"https://example.com/hidden"}},"event":`+job("train-7b", "JobFailed")+`}`, "")
		}, false, "has no name"},
	} {
		t.Run(name, func(t *testing.T) {
			simulated(t, func(t *testing.T, a *account) {
				f := a.redeliver(busName)
				answer, err := f.Handle(t.Context(), []byte(batch(t, c.record(t))))
				require.NoError(t, err)
				assert.Equal(t, c.stays, strings.Contains(string(answer), `"m0"`), "nothing else has what it holds: %s", answer)
				_, err = f.Handle(t.Context(), []byte(c.record(t)))
				assert.Equal(t, c.stays, err != nil, "%v", err)
				require.NotEmpty(t, a.rows())
				for _, row := range a.rows() {
					assert.Equal(t, ledger.Dead, row.State)
					assert.Contains(t, row.Because, c.says)
					assert.NotContains(t, string(row.Event)+row.Because, "hidden")
				}
			})
		})
	}
}

func TestEachEventOfARecordThatNobodyIsNamedForIsSeen(t *testing.T) {
	simulated(t, func(t *testing.T, a *account) {
		f := a.redeliver(busName)
		list := "[" + job("train-7b", "JobFailed") + "," + job("train-8b", "JobFailed") + "]"
		for range 2 {
			_, err := f.Handle(t.Context(), []byte(record(t, list, "")))
			require.NoError(t, err)
			_, err = f.Handle(t.Context(), []byte(batch(t, record(t, list, ""))))
			require.NoError(t, err)
		}
		seen := map[string]int{}
		for _, row := range a.rows() {
			seen[row.EventID]++
		}
		assert.Equal(t, map[string]int{"ev-train-7b-JobFailed": 2, "ev-train-8b-JobFailed": 2}, seen, "once for each record")
	})
}

func TestEveryTypeThatMustNotBeDoubledIsKnown(t *testing.T) {
	for _, spec := range functions.Register() {
		assert.Equal(t, spec.AtMostOnce(), redeliver.AtMostOnce(spec.Type), spec.Type)
	}
	assert.True(t, redeliver.AtMostOnce("pager"), "what is not known is rather not doubled")
}
