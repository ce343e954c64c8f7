package provision_test

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/bus/bustest"
	"github.com/pai-notify/pai-notify/shared/provision"
)

// onTheBus names the rules of a document that lists carry.
func onTheBus(m *bustest.Memory) (names []string) {
	for _, targets := range m.Targets {
		for _, target := range targets {
			for _, c := range target.List {
				names = append(names, c.Rule.Name)
			}
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func TestCommandsKnowTheRulesThatShareOne(t *testing.T) {
	rules := []string{
		ruleOf("a", robots(0, 2)), ruleOf("b", robots(0, 1)), ruleOf("c", robots(2, 3)),
		strings.Replace(ruleOf("off", robots(3, 4)), `"source"`, `"enabled":false,"source"`, 1),
	}
	m := small(1, 10240)
	w := parse(t, strings.Join(rules, ","))
	var invoked []string
	d := provision.Provisioner{Cloud: provision.Cloud{Name: provision.AWS, Bus: m, DeadLetter: "q"}, Workspace: w}
	d.Cloud.Invoke = func(_ context.Context, _ string, payload []byte) ([]byte, bool, error) {
		invoked = append(invoked, string(payload))
		return []byte(`{"status":"sent"}`), false, nil
	}
	p, err := d.Plan(t.Context())
	require.NoError(t, err)
	require.NoError(t, d.Cloud.Apply(t.Context(), p, nil))
	require.Len(t, m.Rules, 1)
	assert.Equal(t, []string{"a", "b", "c"}, onTheBus(m))

	list, err := d.List(t.Context())
	require.NoError(t, err)
	require.Len(t, list, 3)
	assert.Equal(t, "shared--dlc", list[0].Rule)
	assert.Equal(t, "a", list[0].Name)
	assert.True(t, list[0].Ours)
	assert.Equal(t, []string{w.Rules[0].Patterns()[0].String()}, list[0].Exact)
	assert.Len(t, list[0].Targets, 2)

	tested, err := d.Test(t.Context(), "b", "", false)
	require.NoError(t, err)
	require.Len(t, tested, 1)
	assert.Equal(t, "dingtalk/robot-00", tested[0].Target)
	require.Len(t, invoked, 2, "the plan asked for the secrets")
	assert.Contains(t, invoked[1], `"name":"b"`)
	assert.NotContains(t, invoked[1], `"rules"`)

	d.Cloud.Waiting = func(context.Context, string) ([]provision.Waiting, error) {
		return []provision.Waiting{{Rule: "b", Receiver: "dingtalk/robot-00", Count: 2}}, nil
	}
	waiting, _, err := d.Cancelled(t.Context(), "b")
	require.NoError(t, err)
	assert.Equal(t, []provision.Waiting{{Rule: "b", Receiver: "dingtalk/robot-00", Count: 2, Fate: provision.BecomesDead}}, waiting, "it leaves the list")
	changed, err := d.Switch(t.Context(), "b", false)
	require.NoError(t, err)
	assert.Equal(t, []string{"shared--dlc"}, changed)
	assert.Equal(t, []string{"a", "c"}, onTheBus(m))
	_, err = d.Switch(t.Context(), "b", false)
	require.ErrorContains(t, err, "has no rule b")
	changed, err = d.Switch(t.Context(), "b", true)
	require.NoError(t, err)
	assert.Equal(t, []string{"shared--dlc"}, changed)
	settled(t, m, w, provision.Options{})

	changed, err = d.Switch(t.Context(), "off", false)
	require.NoError(t, err)
	assert.Empty(t, changed, "it is on no bus")
	_, err = d.Switch(t.Context(), "off", true)
	require.NoError(t, err)
	assert.Equal(t, []string{"a", "b", "c", "off"}, onTheBus(m))
	p, err = d.Plan(t.Context())
	require.NoError(t, err)
	require.Len(t, p.Steps, 1, "the document says that it is disabled")
	assert.Equal(t, []provision.Difference{{Property: "rule off", Old: "dingtalk/robot-03"}}, p.Steps[0].Differences)
	require.NoError(t, d.Cloud.Apply(t.Context(), p, nil))

	p, err = d.Removal(t.Context(), "a")
	require.NoError(t, err)
	require.NoError(t, d.Cloud.Apply(t.Context(), p, nil))
	assert.Equal(t, []string{"b", "c"}, onTheBus(m))
	p, err = d.Removal(t.Context(), "")
	require.NoError(t, err)
	require.NoError(t, d.Cloud.Apply(t.Context(), p, nil))
	assert.Empty(t, m.Rules)
}

func TestWhoseAListIsIsToldByWhatItCarries(t *testing.T) {
	rules := ruleOf("a", robots(0, 2)) + "," + ruleOf("b", robots(0, 1))
	m := small(1, 10240)
	require.NoError(t, apply(t.Context(), m, parse(t, rules), provision.Options{}))
	describe(m, "shared--dlc", "checked by ops")
	w := parse(t, rules)
	p, err := plan(t.Context(), m, w, provision.Options{})
	require.NoError(t, err)
	assert.Equal(t, []string{"change rule shared--dlc"}, steps(p))
	require.NoError(t, provision.Cloud{Bus: m}.Apply(t.Context(), p, nil))

	other := parse(t, rules, `"owner": "team-b"`)
	m.Quotas.RulesPerBus = 3
	p, err = plan(t.Context(), m, other, provision.Options{})
	require.NoError(t, err)
	assert.Equal(t, []provision.Foreign{{Rule: "shared--dlc", Owner: "lab"}}, p.Foreign)
	_, err = plan(t.Context(), m, other, provision.Options{TakeOver: "lab/a"})
	require.ErrorContains(t, err, `the rule a of the owner "lab" shares the rule shared--dlc on the bus with others`)
	m.Quotas.RulesPerBus = 1
	require.NoError(t, apply(t.Context(), m, other, provision.Options{TakeOver: "lab"}))
	assert.Equal(t, "team-b", m.Targets[busName+"/shared--dlc"]["dingtalk"].List[1].Rule.Owner)

	// A copy that somebody makes of it in a console is reported, and goes on request.
	m.Quotas.RulesPerBus = 2
	copied := m.Rules[busName+"/shared--dlc"]
	copied.Name = "copy"
	m.Rules[busName+"/copy"], m.Targets[busName+"/copy"] = copied, m.Targets[busName+"/shared--dlc"]
	p, err = plan(t.Context(), m, other, provision.Options{})
	require.NoError(t, err)
	require.NotEmpty(t, p.Foreign)
	assert.Equal(t, "shared--dlc", p.Foreign[0].CopyOf)
	require.NoError(t, apply(t.Context(), m, other, provision.Options{DeleteCopies: true}))
	assert.NotContains(t, m.Rules, busName+"/copy")
}

func TestAListThatWasEditedIsComparedRuleByRule(t *testing.T) {
	w := parse(t, ruleOf("a", robots(0, 2))+","+ruleOf("b", robots(0, 1)))
	m := small(1, 10240)
	require.NoError(t, apply(t.Context(), m, w, provision.Options{}))
	target := m.Targets[busName+"/shared--dlc"]["dingtalk"]
	target.List = []bus.Carried{target.List[1], target.List[0]} // another order is the same
	m.Targets[busName+"/shared--dlc"]["dingtalk"] = target
	settled(t, m, w, provision.Options{})
	edited := target.List[0]
	edited.Patterns = []string{`{"source":["x"]}`}
	edited.Receivers = slices.Clone(edited.Receivers)
	edited.Receivers[0].Parameters = json.RawMessage(`{"webhook":"https://oapi.dingtalk.com/robot/send?access_token=secret"}`)
	target.List = []bus.Carried{edited, target.List[1]}
	m.Targets[busName+"/shared--dlc"]["dingtalk"] = target
	p, err := plan(t.Context(), m, w, provision.Options{})
	require.NoError(t, err)
	require.Len(t, p.Steps, 1)
	var properties []string
	for _, d := range p.Steps[0].Differences {
		properties = append(properties, d.Property)
		assert.NotContains(t, d.Old+d.New, "secret")
	}
	assert.Equal(t, []string{"rule b: filtered by", "b/dingtalk/robot-00: signing_key", "b/dingtalk/robot-00: webhook"}, properties)
	require.NoError(t, provision.Cloud{Bus: m}.Apply(t.Context(), p, nil))
	settled(t, m, w, provision.Options{})
	holds(t, m, w)
}
