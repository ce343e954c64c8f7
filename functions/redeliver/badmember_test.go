package redeliver_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/ledger"
	"github.com/pai-notify/pai-notify/shared/outcome"
)

// TestWhatAFunctionSkipsKeepsNobodyWaiting has a function not want the first of two
// texts for a phone, and leave its row as it is.
func TestWhatAFunctionSkipsKeepsNobodyWaiting(t *testing.T) {
	simulated(t, func(t *testing.T, a *account) {
		a.rule(busName, failedJobs, contact("alice", "+8613800138000"))
		a.phone.answer = func(string) error { return errors.New("the carrier is busy") }
		a.put(t.Context(), busName, job("unwanted", "JobFailed"))
		a.put(t.Context(), busName, job("train-7b", "JobFailed"))
		a.phone.answer = nil
		f := a.redeliver(busName)
		f.Cloud.Invoke = func(ctx context.Context, function string, payload []byte) ([]byte, bool, error) {
			if !bytes.Contains(payload, []byte("dlc-unwanted")) {
				return a.invoke(ctx, function, payload)
			}
			for _, e := range a.rows() {
				if e.JobName == "unwanted" {
					text, err := json.Marshal([]outcome.Outcome{{Status: outcome.Skipped, Notification: e.ID, Reason: "sms targets carry other events only"}})
					return text, false, err
				}
			}
			return nil, false, errors.New("no row")
		}
		a.pass(t.Context(), f, 2)
		assert.Equal(t, []string{"+8613800138000 train-7b"}, a.phone.told)
	})
}

// TestAnEventThatKillsItsFunctionTakesNoOthersAlong has one event of several for a
// robot end the process that sends it, each time.
func TestAnEventThatKillsItsFunctionTakesNoOthersAlong(t *testing.T) {
	simulated(t, func(t *testing.T, a *account) {
		a.rule(busName, failedJobs, to("wecom", "team", "http://127.0.0.1:1", "team"))
		for _, name := range []string{"train-7b", "deadly", "train-8b"} {
			a.put(t.Context(), busName, job(name, "JobFailed"))
		}
		a.rule(busName, failedJobs, a.robot("wecom", "team"))
		f := a.redeliver(busName)
		f.Cloud.Invoke = func(ctx context.Context, function string, payload []byte) ([]byte, bool, error) {
			if !bytes.Contains(payload, []byte("dlc-deadly")) {
				return a.invoke(ctx, function, payload)
			}
			for _, e := range a.rows() {
				if bytes.Contains(payload, []byte(e.Job)) {
					_, _, err := f.Ledger.Claim(ctx, e, 30*time.Second)
					require.NoError(t, err)
				}
			}
			return nil, false, &bus.Error{Kind: bus.Unavailable, Action: "lambda:InvokeFunction"}
		}
		a.pass(t.Context(), f, 60)
		once(t, a, []string{"train-7b", "train-8b"})
		a.pass(t.Context(), f, 7*60)
		assert.Equal(t, map[ledger.State]int{ledger.Sent: 2, ledger.Unknown: 1}, a.states())
	})
}

// TestFunctionsThatHangKeepNobodyWaiting has more of them not answer than are invoked
// at the same time.
func TestFunctionsThatHangKeepNobodyWaiting(t *testing.T) {
	simulated(t, func(t *testing.T, a *account) {
		for i := range 9 {
			r := failedJobs
			r.ID = fmt.Sprintf("rule-%d", i)
			a.rule(busName, r, contact("alice", fmt.Sprintf("+861380013800%d", i)))
		}
		a.phone.answer = func(string) error { return errors.New("the carrier is busy") }
		a.put(t.Context(), busName, job("train-7b", "JobFailed"))
		a.phone.answer = nil
		f := a.redeliver(busName)
		f.Cloud.Invoke = func(ctx context.Context, function string, payload []byte) ([]byte, bool, error) {
			if bytes.Contains(payload, []byte("+8613800138007")) {
				return a.invoke(ctx, function, payload)
			}
			<-ctx.Done()
			return nil, false, &bus.Error{Kind: bus.Unavailable, Action: "lambda:InvokeFunction", Cause: ctx.Err()}
		}
		for range 5 {
			a.minute()
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			_, err := f.Handle(ctx, []byte(byFC))
			require.NoError(t, err)
			cancel()
		}
		assert.Equal(t, []string{"+8613800138007 train-7b"}, a.phone.told)
	})
}
