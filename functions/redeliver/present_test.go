package redeliver_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/ledger"
	"github.com/pai-notify/pai-notify/shared/target"
)

func TestAReceiverIsLookedUpAsItIsNow(t *testing.T) {
	for name, c := range map[string]struct {
		change func(t *testing.T, a *account)
		state  ledger.State
		says   string
		told   []string
	}{
		"a corrected number": {func(_ *testing.T, a *account) {
			a.rule(busName, failedJobs, contact("alice", "+8613800138001"))
		}, ledger.Sent, "", []string{"+8613800138001 train-7b"}},
		"a renamed rule that keeps its id": {func(_ *testing.T, a *account) {
			a.rule(busName, event.Rule{Name: "jobs that failed", ID: failedJobs.ID, Owner: owner}, contact("alice", "+8613800138001"))
		}, ledger.Sent, "", []string{"+8613800138001 train-7b"}},
		"a receiver that was removed": {func(t *testing.T, a *account) {
			a.rule(busName, failedJobs, contact("bob", "+8613800138002"))
			require.NoError(t, a.bus.DeleteTargets(t.Context(), busName, failedJobs.Key(), []string{"sms-alice"}))
		}, ledger.Dead, "the receiver sms-alice was removed from the rule failed jobs", nil},
		"a rule that was removed": {func(t *testing.T, a *account) {
			require.NoError(t, a.bus.DeleteRule(t.Context(), busName, failedJobs.Key()))
		}, ledger.Dead, "the rule failed jobs is not on the bus any more", nil},
		"a rule that was disabled": {func(t *testing.T, a *account) {
			require.NoError(t, a.bus.DisableRule(t.Context(), busName, failedJobs.Key()))
		}, ledger.Cancelled, "the rule failed jobs was disabled", nil},
		"a rule of somebody else with the same names": {func(t *testing.T, a *account) {
			require.NoError(t, a.bus.DeleteRule(t.Context(), busName, failedJobs.Key()))
			a.rule(busName, event.Rule{Name: "failed jobs", ID: failedJobs.ID, Owner: "others"}, contact("alice", "+8613800138009"))
		}, ledger.Dead, "removed", nil},
		"a rule that wants other events": {func(t *testing.T, a *account) {
			narrow := bus.Target{ID: "sms-alice", Function: "pai-notify-sms", Rule: failedJobs, Receiver: contact("alice", "+8613800138000"), Patterns: []string{`{"data":{"JobId":["another"]}}`}}
			require.NoError(t, a.bus.UpdateTargets(t.Context(), busName, failedJobs.Key(), []bus.Target{narrow}))
		}, ledger.Skipped, "the rule does not want the event any more", nil},
		"one of several rules of the bus": {func(t *testing.T, a *account) {
			require.NoError(t, a.bus.DisableRule(t.Context(), busName, failedJobs.Key()))
			require.NoError(t, a.bus.CreateRule(t.Context(), busName, bus.Rule{Name: "failed-jobs--2", Enabled: true}))
			second := bus.Target{ID: "sms-alice", Function: "pai-notify-sms", Rule: failedJobs, Receiver: contact("alice", "+8613800138000")}
			require.NoError(t, a.bus.UpdateTargets(t.Context(), busName, "failed-jobs--2", []bus.Target{second}))
		}, ledger.Sent, "", []string{"+8613800138000 train-7b"}},
		"a receiver in a list": {func(t *testing.T, a *account) {
			require.NoError(t, a.bus.DeleteTargets(t.Context(), busName, failedJobs.Key(), []string{"sms-alice"}))
			list := bus.Target{ID: "list", Function: "pai-notify-sms", List: []bus.Carried{
				{Rule: event.Rule{Name: "others", Owner: owner}, Patterns: []string{`{"source":["acs.paidlc"]}`}, Receivers: []target.Receiver{contact("bob", "+8613800138002")}},
				{Rule: failedJobs, Patterns: []string{`{"source":["acs.paidlc"]}`}, Receivers: []target.Receiver{contact("alice", "+8613800138001")}},
			}}
			require.NoError(t, a.bus.UpdateTargets(t.Context(), busName, failedJobs.Key(), []bus.Target{list}))
		}, ledger.Sent, "", []string{"+8613800138001 train-7b"}},
	} {
		t.Run(name, func(t *testing.T) {
			simulated(t, func(t *testing.T, a *account) {
				a.rule(busName, failedJobs, contact("alice", "+8613800138000"))
				a.phone.answer = func(string) error { return errors.New("the carrier is busy") }
				a.put(t.Context(), busName, job("train-7b", "JobFailed"))
				require.Equal(t, map[ledger.State]int{ledger.Waiting: 1}, a.states())
				a.phone.answer = nil
				c.change(t, a)
				a.pass(t.Context(), a.redeliver(busName), 2)
				row := a.rows()[0]
				assert.Equal(t, c.state, row.State, row.Because)
				assert.Contains(t, row.Because, c.says)
				assert.Equal(t, c.told, a.phone.told)
			})
		})
	}
}

func TestWhatWaitsMovesWithARenamedWorkspace(t *testing.T) {
	const renamed = "pai-system-llm_lab_2"
	simulated(t, func(t *testing.T, a *account) {
		a.rule(busName, failedJobs, contact("alice", "+8613800138000"), contact("bob", "+8613800138002"))
		a.phone.answer = func(string) error { return errors.New("the carrier is busy") }
		a.put(t.Context(), busName, job("train-7b", "JobFailed"))
		a.pass(t.Context(), a.redeliver(busName), 1)
		require.Equal(t, map[ledger.State]int{ledger.Waiting: 2}, a.states())
		// The document names another workspace: its rules are on another bus, and
		// belong to the name of that. bob is not there any more.
		a.phone.answer = nil
		require.NoError(t, a.bus.DeleteRule(t.Context(), busName, failedJobs.Key()))
		require.NoError(t, a.bus.DeleteEventBus(t.Context(), busName))
		a.serve(renamed)
		a.rule(renamed, event.Rule{Name: "failed jobs", ID: failedJobs.ID, Owner: "llm_lab_2"}, contact("alice", "+8613800138001"))
		a.pass(t.Context(), a.redeliver(renamed), 3)

		page, err := a.store.List(t.Context(), ledger.Query{Bus: busName})
		require.NoError(t, err)
		require.Len(t, page.Entries, 2)
		for _, e := range page.Entries {
			assert.Equal(t, map[string]ledger.State{"sms-alice": ledger.Sent, "sms-bob": ledger.Dead}[e.Receiver], e.State, e.Because)
		}
		assert.Equal(t, []string{"+8613800138001 train-7b"}, a.phone.told)
	})
}

// TestTheRulesOfTwoOwnersAreTwoNotifications has two documents on one bus, with a
// rule of one id and receivers of one name each.
func TestTheRulesOfTwoOwnersAreTwoNotifications(t *testing.T) {
	for name, waits := range map[string]bool{"sent at once": false, "sent later": true} {
		t.Run(name, func(t *testing.T) {
			simulated(t, func(t *testing.T, a *account) {
				for i, team := range []string{"vision", "speech"} {
					on := bus.Rule{Name: "of-" + team, Pattern: `{}`, Enabled: true}
					require.NoError(t, a.bus.CreateRule(t.Context(), busName, on))
					r := event.Rule{Name: "failed jobs", ID: failedJobs.ID, Owner: team}
					to := contact("oncall", []string{"+8613800138000", "+8613800138001"}[i])
					require.NoError(t, a.bus.UpdateTargets(t.Context(), busName, on.Name, []bus.Target{{ID: "oncall", Function: "pai-notify-sms", Rule: r, Receiver: to}}))
				}
				a.deploy("sms")
				if waits {
					a.phone.answer = func(string) error { return errors.New("the carrier is busy") }
				}
				a.put(t.Context(), busName, job("train-7b", "JobFailed"))
				a.phone.answer = nil
				a.pass(t.Context(), a.redeliver(busName), 2)
				assert.ElementsMatch(t, []string{"+8613800138000 train-7b", "+8613800138001 train-7b"}, a.phone.told)
				assert.Equal(t, map[ledger.State]int{ledger.Sent: 2}, a.states())
			})
		})
	}
}

// TestWhatWaitedBeforeRulesHadOwnersIsSent has a rule be given an owner meanwhile.
func TestWhatWaitedBeforeRulesHadOwnersIsSent(t *testing.T) {
	simulated(t, func(t *testing.T, a *account) {
		a.rule(busName, event.Rule{Name: "failed jobs", ID: failedJobs.ID}, contact("alice", "+8613800138000"))
		a.phone.answer = func(string) error { return errors.New("the carrier is busy") }
		a.put(t.Context(), busName, job("train-7b", "JobFailed"))
		a.phone.answer = nil
		a.rule(busName, failedJobs, contact("alice", "+8613800138000"))
		a.pass(t.Context(), a.redeliver(busName), 2)
		assert.Equal(t, map[ledger.State]int{ledger.Sent: 1}, a.states())
		assert.Equal(t, []string{"+8613800138000 train-7b"}, a.phone.told)
	})
}
