package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestAVariableThatIsNotSetIsSaidAtTheStart(t *testing.T) {
	doc, events := document(t, oneRobot), t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(events, "other.json"), []byte(`{"id":"1","source":"acs.oss","type":"t"}`), 0o600))
	const warning = "warning: rule jobs, target dingtalk/jobs: env:ROBOT_KEY is not set on this machine"
	r := command(t, []string{"ROBOT_A=http://127.0.0.1:9/x"}, "", "up", "-w", doc, "--data", ":memory:", "--listen", "127.0.0.1:0", "--events", events, "--once")
	assert.Contains(t, r.err, warning)
	assert.NotContains(t, r.err, "ROBOT_A is not set")
	r = command(t, []string{"ROBOT_A=http://127.0.0.1:9/x", "ROBOT_KEY=SEC1"}, "", "up", "-w", doc, "--data", ":memory:", "--listen", "127.0.0.1:0", "--events", events, "--once")
	assert.NotContains(t, r.err, "is not set")
}

func TestTheCheckUpAsksTheFunctionsForTheirSecrets(t *testing.T) {
	data, doc := t.TempDir(), document(t, oneRobot)
	up := startUp(t, []string{"ROBOT_A=http://127.0.0.1:9/x"}, "-w", doc, "--data", data)
	r := command(t, []string{"ROBOT_KEY=SEConlyhere"}, "", "status", "-w", doc, "--bus", "local", "--data", data)
	require.Equal(t, exitNo, r.code, r.out+r.err)
	assert.Contains(t, r.out, "ok      secret env:ROBOT_A: the function pai-notify-dingtalk has it")
	assert.Contains(t, r.out, "missing secret env:ROBOT_KEY: the function pai-notify-dingtalk does not have it, so notifications that need it fail: environment variable ROBOT_KEY is not set")
	up.stop(t)
}
