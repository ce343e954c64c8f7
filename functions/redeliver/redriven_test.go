package redeliver_test

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/functions/redeliver"
	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/deliver"
	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/ledger"
	"github.com/pai-notify/pai-notify/shared/outcome"
)

// TestWhatAPersonHadSentAgainIsTriedForAsLongFromThenOn has a notification of two
// days ago sent again while its function cannot be invoked, or dies.
func TestWhatAPersonHadSentAgainIsTriedForAsLongFromThenOn(t *testing.T) {
	for name, trouble := range map[string]func(ctx context.Context, a *account, l *ledger.Ledger) error{
		"its function cannot be invoked": func(context.Context, *account, *ledger.Ledger) error {
			return &bus.Error{Kind: bus.Throttled, Action: "lambda:InvokeFunction"}
		},
		"its function dies": func(_ context.Context, a *account, l *ledger.Ledger) error {
			claimed(a.t, a, l)
			return &bus.Error{Kind: bus.Unavailable, Action: "lambda:InvokeFunction"}
		},
	} {
		t.Run(name, func(t *testing.T) {
			simulated(t, func(t *testing.T, a *account) {
				a.rule(busName, failedJobs, to("wecom", "team", "http://127.0.0.1:1", "team"))
				a.put(t.Context(), busName, job("train-7b", "JobFailed"))
				f := a.redeliver(busName)
				dead, err := f.Ledger.Move(t.Context(), a.rows()[0], ledger.Result{State: ledger.Dead})
				require.NoError(t, err)
				time.Sleep(2 * 24 * time.Hour)
				_, err = f.Ledger.Move(t.Context(), dead, ledger.Result{State: ledger.Waiting, Due: time.Now(), Redriven: true})
				require.NoError(t, err)
				a.refuse = func(string) error { return trouble(t.Context(), a, f.Ledger) }
				a.pass(t.Context(), f, 5*60)
				a.refuse = nil
				a.rule(busName, failedJobs, a.robot("wecom", "team"))
				a.pass(t.Context(), f, 30)
				assert.Equal(t, map[ledger.State]int{ledger.Sent: 1}, a.states(), a.rows()[0].Because)
				once(t, a, []string{"train-7b"})
			})
		})
	}
}

// TestWhatLimitsKeepBackIsTriedForADayWhateverElseHappens has a platform's limits
// keep a notification back for seven hours, and trouble at its next attempt.
func TestWhatLimitsKeepBackIsTriedForADayWhateverElseHappens(t *testing.T) {
	for name, trouble := range map[string]func(a *account, f *redeliver.Function) ([]byte, error){
		"its function cannot be invoked": func(*account, *redeliver.Function) ([]byte, error) {
			return nil, &bus.Error{Kind: bus.Throttled, Action: "lambda:InvokeFunction"}
		},
		"its function dies": func(a *account, f *redeliver.Function) ([]byte, error) {
			claimed(a.t, a, f.Ledger)
			return nil, &bus.Error{Kind: bus.Unavailable, Action: "lambda:InvokeFunction"}
		},
		"its function has a slow clock": func(a *account, _ *redeliver.Function) ([]byte, error) {
			return json.Marshal([]outcome.Outcome{{Notification: a.rows()[0].ID, Status: outcome.Skipped, Reason: "it waits"}})
		},
	} {
		t.Run(name, func(t *testing.T) {
			simulated(t, func(t *testing.T, a *account) {
				a.rule(busName, failedJobs, to("wecom", "team", "http://127.0.0.1:1", "team"))
				a.put(t.Context(), busName, job("train-7b", "JobFailed"))
				limited := a.rows()[0]
				limited.Outcome.Class = outcome.RateLimited
				f := a.redeliver(busName)
				_, err := f.Ledger.Move(t.Context(), limited, ledger.Result{State: ledger.Waiting, Due: time.Now().Add(7 * time.Hour), Outcome: limited.Outcome})
				require.NoError(t, err)
				time.Sleep(7 * time.Hour)
				f.Cloud.Invoke = func(context.Context, string, []byte) ([]byte, bool, error) {
					answer, err := trouble(a, f)
					return answer, false, err
				}
				a.pass(t.Context(), f, 4)
				a.rule(busName, failedJobs, a.robot("wecom", "team"))
				f.Cloud.Invoke = a.invoke
				a.pass(t.Context(), f, 30)
				assert.Equal(t, map[ledger.State]int{ledger.Sent: 1}, a.states(), a.rows()[0].Because)
			})
		})
	}
}

// TestWhatAPersonHadSentToAnotherReceiverIsSentWhateverItsRuleWants has the row as
// dead redrive --to makes it, for a receiver of a packed rule.
func TestWhatAPersonHadSentToAnotherReceiverIsSentWhateverItsRuleWants(t *testing.T) {
	for from, state := range map[string]ledger.State{"an old one": ledger.Sent, "": ledger.Skipped} {
		simulated(t, func(t *testing.T, a *account) {
			robot := a.robot("wecom", "team")
			a.rule(busName, failedJobs, robot)
			packed := a.bus.Targets[busName+"/failed-jobs"]["team"]
			packed.Patterns = []string{`{"type":["another"]}`}
			a.bus.Targets[busName+"/failed-jobs"]["team"] = packed
			happened, err := event.Parse([]byte(job("train-7b", "JobFailed")))
			require.NoError(t, err)
			rows, err := deliver.Rows(event.Item{Event: happened, Rule: failedJobs, Target: &event.Target{Type: "wecom", Name: "team", Parameters: robot.Parameters}}, busName, redeliver.AtMostOnce)
			require.NoError(t, err)
			require.Len(t, rows, 1)
			rows[0].MovedFrom, rows[0].Created, rows[0].Claims = from, time.Now(), 1
			f := a.redeliver(busName)
			_, err = f.Ledger.Move(t.Context(), rows[0], ledger.Result{State: ledger.Waiting, Due: time.Now()})
			require.NoError(t, err)
			a.pass(t.Context(), f, 2)
			assert.Equal(t, map[ledger.State]int{state: 1}, a.states(), a.rows()[0].Because)
			if state == ledger.Sent {
				once(t, a, []string{"train-7b"})
			}
		})
	}
}
