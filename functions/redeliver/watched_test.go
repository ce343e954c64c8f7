package redeliver_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/functions/redeliver"
	"github.com/pai-notify/pai-notify/shared/deliver"
	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/hold"
	"github.com/pai-notify/pai-notify/shared/ledger"
)

// TestARecoveryThatIsHeldIsToldInTheMorning has a rule for failures, as provisioning
// writes it, notice a recovery in quiet hours.
func TestARecoveryThatIsHeldIsToldInTheMorning(t *testing.T) {
	for name, c := range map[string]struct {
		meanwhile func(r *event.Rule, patterns *[]string)
		want      map[ledger.State]int
	}{
		"the rule stays":                     {func(*event.Rule, *[]string) {}, map[ledger.State]int{ledger.Sent: 2}},
		"the rule wants no recoveries since": {func(r *event.Rule, p *[]string) { r.Policy, *p = nil, nil }, map[ledger.State]int{ledger.Sent: 1, ledger.Skipped: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			simulated(t, func(t *testing.T, a *account) {
				robot := a.robot("wecom", "team")
				rule := failedJobs
				rule.Policy = &hold.Policy{Recovered: true, Watched: []string{"dlc.job-running"}, Quiet: []hold.Interval{{Name: "nights", From: "22:00", To: "08:00", Zone: "UTC"}}}
				put := func(r event.Rule, patterns []string) {
					a.rule(busName, r, robot)
					asked := a.bus.Rules[busName+"/"+r.Key()]
					asked.Pattern = `{"source":["acs.paidlc"],"type":["paidlc:JobStateChange:JobFailed","paidlc:JobStateChange:JobRunning"]}`
					if r.Policy == nil {
						asked.Pattern = `{"source":["acs.paidlc"],"type":["paidlc:JobStateChange:JobFailed"]}`
					}
					a.bus.Rules[busName+"/"+r.Key()] = asked
					on := a.bus.Targets[busName+"/"+r.Key()]["team"]
					on.Rule, on.Patterns = r, patterns
					a.bus.Targets[busName+"/"+r.Key()]["team"] = on
				}
				patterns := []string{`{"source":["acs.paidlc"],"type":["paidlc:JobStateChange:JobFailed"]}`}
				put(rule, patterns)
				a.put(t.Context(), busName, job("train-7b", "JobFailed"))
				time.Sleep(time.Minute)
				a.put(t.Context(), busName, job("train-7b", "JobRunning"))
				assert.Equal(t, map[ledger.State]int{ledger.Sent: 1, ledger.Waiting: 1}, a.states())
				c.meanwhile(&rule, &patterns)
				put(rule, patterns)
				time.Sleep(8 * time.Hour)
				a.pass(t.Context(), a.redeliver(busName), 2)
				assert.Equal(t, c.want, a.states())
				for _, e := range a.rows() {
					t.Log(e.EventType, e.State, e.Because)
				}
				for _, m := range a.peers.Received() {
					t.Log(m.Title, m.Text)
				}
			})
		})
	}
}

// TestWhatAPersonHadSentToARuleThatOnlyWatchesForItIsSent has the row as dead redrive
// --to makes it.
func TestWhatAPersonHadSentToARuleThatOnlyWatchesForItIsSent(t *testing.T) {
	simulated(t, func(t *testing.T, a *account) {
		robot, rule := a.robot("wecom", "team"), failedJobs
		rule.Policy = &hold.Policy{Recovered: true, Watched: []string{"dlc.job-running"}}
		a.rule(busName, rule, robot)
		on := a.bus.Targets[busName+"/failed-jobs"]["team"]
		on.Patterns = []string{`{"source":["acs.paidlc"],"type":["paidlc:JobStateChange:JobFailed"]}`}
		a.bus.Targets[busName+"/failed-jobs"]["team"] = on
		happened, err := event.Parse([]byte(job("train-7b", "JobRunning")))
		require.NoError(t, err)
		rows, err := deliver.Rows(event.Item{Event: happened, Rule: rule, Target: &event.Target{Type: "wecom", Name: "team", Parameters: robot.Parameters}}, busName, redeliver.AtMostOnce)
		require.NoError(t, err)
		require.Len(t, rows, 1)
		rows[0].MovedFrom, rows[0].Created, rows[0].Claims = "an old one", time.Now(), 1
		f := a.redeliver(busName)
		_, err = f.Ledger.Move(t.Context(), rows[0], ledger.Result{State: ledger.Waiting, Due: time.Now()})
		require.NoError(t, err)
		a.pass(t.Context(), f, 2)
		assert.Equal(t, map[ledger.State]int{ledger.Sent: 1}, a.states(), a.rows()[0].Because)
	})
}
