package provision_test

import (
	"context"
	"encoding/json"
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/bus/bustest"
	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/provision"
)

func TestAPlanTellsWhatWaitsForWhatItChanges(t *testing.T) {
	const before = `{"name":"died","source":"dlc","events":["job-failed"],"targets":[
		{"type":"dingtalk","name":"oncall","webhook":"env:A"},{"type":"lark","name":"team","webhook":"env:B"}]}`
	for name, c := range map[string]struct {
		after  string
		says   []string
		counts map[string]int
	}{
		"nothing changes": {before, nil, nil},
		"a receiver goes": {
			`{"name":"died","source":"dlc","events":["job-failed"],"targets":[{"type":"lark","name":"team","webhook":"env:B"}]}`,
			[]string{"2 notifications wait for died/dingtalk/oncall: they will be dead letters unless they are being sent"}, nil},
		"the rule goes": {
			`{"name":"other","source":"dlc","events":["job-failed"],"targets":[{"type":"lark","name":"team","webhook":"env:B"}]}`,
			[]string{"2 notifications wait for died/dingtalk/oncall: they will be dead letters unless they are being sent", "1 notification waits for died/lark/team: it will be a dead letter unless it is being sent"}, nil},
		"the rule is disabled": {
			`{"name":"died","enabled":false,"source":"dlc","events":["job-failed"],"targets":[{"type":"dingtalk","name":"oncall","webhook":"env:A"},{"type":"lark","name":"team","webhook":"env:B"}]}`,
			[]string{"2 notifications wait for died/dingtalk/oncall: they will be cancelled unless they are being sent; pai-notify dead redrive --cancelled revives them", "1 notification waits for died/lark/team: it will be cancelled unless it is being sent; pai-notify dead redrive --cancelled revives it"}, nil},
		"a receiver gets another address": {
			`{"name":"died","source":"dlc","events":["job-failed"],"targets":[{"type":"dingtalk","name":"oncall","webhook":"env:C"},{"type":"lark","name":"team","webhook":"env:B"}]}`,
			[]string{"2 notifications wait for died/dingtalk/oncall: they will be sent with the new parameters unless they are being sent"}, nil},
		"a receiver is put in front, and the events are others": {
			`{"name":"died","source":"dlc","events":["job-stopped"],"targets":[{"type":"dingtalk","name":"new","webhook":"env:C"},{"type":"dingtalk","name":"oncall","webhook":"env:A"},{"type":"lark","name":"team","webhook":"env:B"}]}`,
			nil, nil},
		"nothing waits for what goes": {
			`{"name":"died","source":"dlc","events":["job-failed"],"targets":[{"type":"lark","name":"team","webhook":"env:B"}]}`,
			nil, map[string]int{"dingtalk/oncall": 0, "lark/team": 5}},
	} {
		t.Run(name, func(t *testing.T) {
			if c.counts == nil {
				c.counts = map[string]int{"dingtalk/oncall": 2, "lark/team": 1}
			}
			m := bustest.NewMemory()
			require.NoError(t, apply(t.Context(), m, parse(t, before), provision.Options{}))
			d := provision.Provisioner{Workspace: parse(t, c.after), Cloud: provision.Cloud{Name: provision.Local, Bus: m,
				Waiting: func(_ context.Context, bus string) ([]provision.Waiting, error) {
					assert.Equal(t, busName, bus)
					return []provision.Waiting{
						{Rule: "died", Receiver: "dingtalk/oncall", Count: c.counts["dingtalk/oncall"]}, {Rule: "died", Receiver: "lark/team", Count: c.counts["lark/team"]},
						{Rule: "of somebody else", Receiver: "lark/team", Count: 7},
						{Owner: "another", Rule: "died", Receiver: "dingtalk/oncall", Count: 9}, {Owner: "another", Rule: "died", Receiver: "lark/team", Count: 9},
					}, nil
				}}}
			p, err := d.Plan(t.Context())
			require.NoError(t, err)
			var says []string
			for _, a := range p.Waiting {
				says = append(says, a.String())
			}
			assert.Equal(t, c.says, says)
			assert.Empty(t, p.Warnings)
		})
	}
}

func TestADeletionTellsWhatWaits(t *testing.T) {
	m := bustest.NewMemory()
	w := parse(t, ruleOf("died", robots(0, 7))+","+ruleOf("kept", robots(0, 1)))
	require.NoError(t, apply(t.Context(), m, w, provision.Options{}))
	d := provision.Provisioner{Workspace: w, Cloud: provision.Cloud{Name: provision.Local, Bus: m, Waiting: func(context.Context, string) ([]provision.Waiting, error) {
		return []provision.Waiting{{Rule: "died", Receiver: "dingtalk/" + robots(6, 7)[0], Count: 3}, {Rule: "kept", Receiver: "dingtalk/" + robots(0, 1)[0], Count: 4}}, nil
	}}}
	p, err := d.Removal(t.Context(), "died")
	require.NoError(t, err)
	assert.Equal(t, []provision.Waiting{{Rule: "died", Receiver: "dingtalk/" + robots(6, 7)[0], Count: 3, Fate: provision.BecomesDead}}, p.Waiting)
	p, err = d.Removal(t.Context(), "")
	require.NoError(t, err)
	assert.Len(t, p.Waiting, 2)

	list, warning, err := d.Cancelled(t.Context(), "died")
	require.NoError(t, err)
	assert.Empty(t, warning)
	assert.Equal(t, []provision.Waiting{{Rule: "died", Receiver: "dingtalk/" + robots(6, 7)[0], Count: 3, Fate: provision.BecomesCancelled}}, list)
	_, err = d.Switch(t.Context(), "died", false)
	require.NoError(t, err)
	list, _, err = d.Cancelled(t.Context(), "died")
	require.NoError(t, err)
	assert.Empty(t, list, "it is disabled already")
}

func TestWhereNobodyCanSayWhatWaitsThePlanSaysThatItIsStillSent(t *testing.T) {
	both, one := parse(t, ruleOf("died", robots(0, 2))), parse(t, ruleOf("died", robots(0, 1)))
	m := bustest.NewMemory()
	require.NoError(t, apply(t.Context(), m, both, provision.Options{}))
	d := provision.Provisioner{Workspace: one, Cloud: provision.Cloud{Name: provision.Aliyun, Bus: m, DeadLetter: "queue"}}
	p, err := d.Plan(t.Context())
	require.NoError(t, err)
	require.Len(t, p.Warnings, 1)
	assert.Equal(t, "notifications in progress are still sent or retried, also those for what is removed or disabled", p.Warnings[0].Text)
	assert.Contains(t, p.Warnings[0].In(message.Chinese), "仍会发送或重试")

	d.Workspace = parse(t, ruleOf("died", robots(0, 3)))
	p, err = d.Plan(t.Context())
	require.NoError(t, err)
	require.False(t, p.Empty())
	assert.Empty(t, p.Warnings, "nothing is taken away")

	d.Workspace, d.Cloud.Waiting = one, func(context.Context, string) ([]provision.Waiting, error) { return nil, errors.New("no answer") }
	p, err = d.Plan(t.Context())
	require.NoError(t, err)
	text, err := json.Marshal(p.Warnings)
	require.NoError(t, err)
	assert.JSONEq(t, `[{"code":"waiting-unknown","arguments":{"error":"no answer"},"text":"cannot tell how many notifications wait for what changes: no answer"}]`, string(text))
}
