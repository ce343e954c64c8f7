package main

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/provision"
	"github.com/pai-notify/pai-notify/shared/target"
)

func TestARedriveWithoutItsSecretSaysSoAndSendsNothing(t *testing.T) {
	data, doc := t.TempDir(), document(t, oneRobot)
	up := startUp(t, []string{"ROBOT_A=http://127.0.0.1:9/x"}, "-w", doc, "--data", data) // ROBOT_KEY is missing
	up.post(t, failure("1"))
	list := up.ended(t, "1", "--data", data)
	require.Len(t, list, 1)
	require.Equal(t, "dead", list[0].Outcome)
	r := command(t, nil, "", "dead", "redrive", list[0].ID, "--data", data)
	assert.Equal(t, exitNo, r.code)
	assert.Contains(t, r.err, list[0].ID+" cannot be sent: its receiver has no secret there and would be given up again: ")
	assert.Contains(t, r.err, "ROBOT_KEY")
	assert.Equal(t, "0 redriven.\n", r.out)
	up.stop(t)
}

func TestTheSecretsOfAReceiverAreFoundInEveryFormOfATarget(t *testing.T) {
	a, b := target.Receiver{Type: "dingtalk", Name: "a"}, target.Receiver{Type: "dingtalk", Name: "b"}
	died, done := event.Rule{Name: "died"}, event.Rule{Name: "done"}
	for name, c := range map[string]bus.Target{
		"plain":  {Function: "f", Rule: done, Receiver: b},
		"coarse": {Function: "f", Rule: done, Receiver: b, Patterns: []string{"{}"}},
		"a list": {Function: "f", List: []bus.Carried{{Rule: died, Receivers: []target.Receiver{a, b}}, {Rule: done, Receivers: []target.Receiver{a, b}}}},
	} {
		state := provision.State{Rules: []provision.Rule{{Targets: []bus.Target{{Altered: "somebody else's"}}}, {Targets: []bus.Target{c}}}}
		function, to, ok := carriedTo(state, "done", "dingtalk/b")
		require.True(t, ok, name)
		assert.Equal(t, "f", function)
		assert.Equal(t, b, to)
		_, _, ok = carriedTo(state, "done", "dingtalk/c")
		assert.False(t, ok, name)
	}
}
