package provision_test

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/functions"
	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/bus/bustest"
	"github.com/pai-notify/pai-notify/shared/provision"
	"github.com/pai-notify/pai-notify/shared/workspace"
)

// timed is a document whose rules have these members beside the usual ones.
func timed(t testing.TB, members string, more ...string) *workspace.Workspace {
	t.Helper()
	rules := []string{`{"name":"r0","source":"dlc","events":["job-failed"],` + members + `"targets":[{"type":"dingtalk","name":"robot","webhook":"env:R"},{"type":"email","contacts":["early","late"],"server":"smtp.example.com:465","from":"a@example.com","password":"env:P"}]}`}
	text := `{"workspace":"lab","prices":{"currency":"CNY","gpus":{"any":15,"H20":24.5},"instances":{"ecs.g6.large":0.07}},"quiet":{"nights":{"from":"22:00","to":"08:00","zone":"Asia/Shanghai"},"lunch":{"from":"12:00","to":"13:00","zone":"UTC"}},
		"contacts":[{"name":"early","email":"e@example.com"},{"name":"late","email":"l@example.com","quiet":"lunch"}],"rules":[` + strings.Join(append(rules, more...), ",") + `]}`
	w, err := workspace.Parse([]byte(text), "w.json", functions.Register()...)
	require.NoError(t, err)
	return w
}

const held = `"group":{"by":"job"},"quiet":"nights","recovered":true,"summary":true,`

func TestTargetsCarryWhenTheirReceiversAreSentTo(t *testing.T) {
	m := bustest.NewMemory()
	w := timed(t, held)
	require.NoError(t, apply(t.Context(), m, w, provision.Options{}))
	rules, err := m.ListRules(t.Context(), w.Bus())
	require.NoError(t, err)
	require.Len(t, rules, 1)
	assert.Contains(t, rules[0].Pattern, "JobSucceeded", "the bus matches what tells of a recovery")
	targets, err := m.ListTargets(t.Context(), w.Bus(), []string{"r0"})
	require.NoError(t, err)
	for _, to := range targets["r0"] {
		require.NotNil(t, to.Rule.Policy, to.ID)
		assert.Equal(t, []string{"dlc.job-running", "dlc.job-succeeded"}, to.Rule.Policy.Watched)
		require.Len(t, to.Patterns, 1, "and functions know what the rule asks for")
		assert.NotContains(t, to.Patterns[0], "JobSucceeded")
		quiet := 1
		if strings.HasSuffix(to.Receiver.Name, "late") {
			quiet = 2
		}
		assert.Len(t, to.Rule.Policy.Quiet, quiet, to.ID)
	}
	settled(t, m, w, provision.Options{})
}

func TestAPlanNamesWhenMessagesWillBeSent(t *testing.T) {
	m := bustest.NewMemory()
	require.NoError(t, apply(t.Context(), m, timed(t, ""), provision.Options{}))
	p, err := plan(t.Context(), m, timed(t, held), provision.Options{})
	require.NoError(t, err)
	text, err := json.Marshal(p.Steps)
	require.NoError(t, err)
	for _, want := range []string{"nights 22:00–08:00 Asia/Shanghai", "lunch 12:00–13:00 UTC", "by job, 2m", "recovered", "summary", "CNY, H20 24.5 a GPU, any 15 a GPU, ecs.g6.large 0.07 an instance", "dlc.job-running, dlc.job-succeeded"} {
		assert.Contains(t, string(text), want)
	}
}

func TestAReceiverOfAnotherPolicyIsAnElementOfItsOwn(t *testing.T) {
	m := small(1, 10240)
	other := `{"name":"r1","source":"dlc","events":["job-timeout"],"targets":[{"type":"dingtalk","name":"robot","webhook":"env:R"}]}`
	w := timed(t, held, other)
	require.NoError(t, apply(t.Context(), m, w, provision.Options{}))
	rules, err := m.ListRules(t.Context(), w.Bus())
	require.NoError(t, err)
	require.Len(t, rules, 1)
	targets, err := m.ListTargets(t.Context(), w.Bus(), []string{rules[0].Name})
	require.NoError(t, err)
	var elements []string
	for _, to := range targets[rules[0].Name] {
		for _, c := range to.Carries() {
			var names []string
			for _, r := range c.Receivers {
				names = append(names, r.Name)
				require.Equal(t, w.Rules[slices.IndexFunc(w.Rules, func(r workspace.Rule) bool { return r.Name == c.Rule.Name })].Policy(r), c.Rule.Policy)
			}
			elements = append(elements, c.Rule.Name+": "+strings.Join(names, " "))
		}
	}
	assert.ElementsMatch(t, []string{"r0: robot", "r1: robot", "r0: email-early", "r0: email-late"}, elements)
	settled(t, m, w, provision.Options{})

	p, err := plan(t.Context(), m, timed(t, strings.Replace(held, "nights", "lunch", 1), other), provision.Options{})
	require.NoError(t, err)
	text, _ := json.Marshal(p.Steps)
	assert.Contains(t, string(text), "rule r0: quiet")
}

func TestATargetOfSomebodyElseGetsNoMoreThanItAskedFor(t *testing.T) {
	m := bustest.NewMemory()
	w := timed(t, "")
	require.NoError(t, apply(t.Context(), m, w, provision.Options{}))
	require.NoError(t, m.UpdateTargets(t.Context(), w.Bus(), "r0", []bus.Target{{ID: "theirs", Function: "somebody-elses"}}))
	_, err := plan(t.Context(), m, timed(t, `"recovered":true,`), provision.Options{})
	require.ErrorAs(t, err, new(provision.Refusal))
	assert.ErrorContains(t, err, "rule r0: somebody has added a target to its rule on the bus")
}

func TestACloudWithoutALedgerSaysThatItHoldsNothing(t *testing.T) {
	for name, c := range map[string]struct {
		members string
		set     map[string]string
		said    bool
	}{
		"with quiet hours":            {`"quiet":"nights",`, map[string]string{}, true},
		"with a group":                {`"group":{"by":"job"},`, map[string]string{}, true},
		"with a contact's":            {"", map[string]string{}, true},
		"not for a disabled rule":     {`"quiet":"nights","enabled":false,`, map[string]string{}, false},
		"not with a ledger":           {`"quiet":"nights",`, map[string]string{"PAI_NOTIFY_LEDGER": "dynamodb:t"}, false},
		"with quiet and no redeliver": {`"quiet":"nights",`, nil, true},
	} {
		t.Run(name, func(t *testing.T) {
			pr := provision.Provisioner{Workspace: timed(t, c.members), Cloud: provision.Cloud{
				Name: provision.AWS, Bus: bustest.NewMemory(),
				Function: func(_ context.Context, function string, _ ...string) (map[string]string, error) {
					if c.set == nil {
						return nil, &bus.Error{Kind: bus.NotFound, Resource: function}
					}
					return c.set, nil
				},
			}}
			p, err := pr.Plan(t.Context())
			require.NoError(t, err)
			var said []string
			for _, w := range p.Warnings {
				if w.Code == "never-held" {
					said = append(said, w.Text)
				}
			}
			assert.Equal(t, c.said, len(said) == 1, "%v", p.Warnings)
		})
	}
}

func TestACheckUpSaysThatNothingIsHeldWithoutALedger(t *testing.T) {
	pr := provisioner(t, bustest.NewMemory())
	pr.Workspace = timed(t, held)
	pr.Cloud.Name = provision.AWS
	pr.Cloud.Function = func(context.Context, string, ...string) (map[string]string, error) { return nil, nil }
	_, findings := found(t, pr)
	f := findings["ledger"]
	assert.Equal(t, provision.Missing, f.Verdict)
	assert.Contains(t, f.Text.String(), "nothing is held")
	assert.Contains(t, f.Text.String(), "r0")
}
