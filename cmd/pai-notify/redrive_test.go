package main

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
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
	assert.Contains(t, r.err, list[0].ID+" cannot be sent: its receiver has no secret there and would fail again: ")
	assert.Contains(t, r.err, "ROBOT_KEY")
	assert.Equal(t, "0 redriven.\n", r.out)
	up.stop(t)
}
