package redeliver_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/functions"
	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/ledger"
	"github.com/pai-notify/pai-notify/shared/workspace"
)

func TestWhatWaitsForACreatorReachesNobodyElse(t *testing.T) {
	people := `{"name":"alice","phone":"13800138000","uid":"4711"},{"name":"bob","phone":"13800138001","uid":"47"}`
	put := func(t *testing.T, a *account, contacts string) {
		w, err := workspace.Parse([]byte(`{"workspace":"lab","contacts":[`+contacts+`],"rules":[{"name":"failed-jobs","source":"dlc","events":["job-failed"],
			"targets":[{"type":"sms","contacts":["creator"],"sign_name":"s","template_code":"SMS_1"}]}]}`), "w.json", functions.Register()...)
		require.NoError(t, err)
		r := w.Rules[0]
		var targets []bus.Target
		for i, to := range r.Receivers() {
			one := bus.Target{ID: []string{"a", "b"}[i], Function: "pai-notify-sms", Rule: r.Carried(), Receiver: contact(strings.TrimPrefix(to.Name, "sms-"), "+861380013800"+[]string{"0", "1"}[i])}
			one.Rule.Owner = owner
			one.Patterns = r.Narrowed(to, []string{r.Patterns()[0].String()})
			targets = append(targets, one)
		}
		if a.functions["pai-notify-sms"] == nil {
			a.deploy("sms")
			require.NoError(t, a.bus.CreateRule(t.Context(), busName, bus.Rule{Name: "failed-jobs", Pattern: r.Patterns()[0].String(), Enabled: true}))
		}
		require.NoError(t, a.bus.UpdateTargets(t.Context(), busName, "failed-jobs", targets))
	}
	for name, c := range map[string]struct {
		contacts string
		state    ledger.State
		told     []string
	}{
		"the same":                  {people, ledger.Sent, []string{"+8613800138000 train-7b"}},
		"an account of another":     {strings.ReplaceAll(people, "4711", "4712"), ledger.Dead, nil},
		"the other's account":       {strings.NewReplacer("4711", "47", `"47"`, `"4711"`).Replace(people), ledger.Dead, nil},
		"no account for the person": {strings.ReplaceAll(people, `,"uid":"4711"`, ""), ledger.Dead, nil},
	} {
		t.Run(name, func(t *testing.T) {
			simulated(t, func(t *testing.T, a *account) {
				put(t, a, people)
				a.phone.answer = func(string) error { return errors.New("the carrier is busy") }
				a.put(t.Context(), busName, strings.Replace(job("train-7b", "JobFailed"), `"data":{`, `"data":{"UserId":"4711",`, 1))
				require.Equal(t, map[ledger.State]int{ledger.Waiting: 1}, a.states())
				a.phone.answer = nil
				put(t, a, c.contacts)
				a.pass(t.Context(), a.redeliver(busName), 2)
				row := a.rows()[0]
				assert.Equal(t, c.state, row.State, row.Because)
				assert.Equal(t, c.told, a.phone.told)
			})
		})
	}
}
