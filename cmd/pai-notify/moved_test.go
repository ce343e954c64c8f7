package main

import (
	"net/http"
	"net/http/httptest"
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/bus/local"
	"github.com/pai-notify/pai-notify/shared/workspace/edit"
)

// moved is a document with a target of a rule among its receivers.
func moved(t *testing.T, text, rule string, at int, name string) string {
	t.Helper()
	d, err := edit.Open([]byte(text))
	require.NoError(t, err)
	_, err = d.MoveTarget(rule, at, name)
	require.NoError(t, err)
	assert.NotEqual(t, text, string(d.Text()))
	return string(d.Text())
}

func TestNothingIsToDoForTargetsThatMoveToTheReceivers(t *testing.T) {
	a := newAliyunAccount(t, local.Options{})
	require.Equal(t, exitOK, a.run("", "apply", "--yes").code)
	before := a.run("", "rules", "--json").out
	a.write(moved(t, moved(t, labDocument, "died", 1, "lark-LARK_WEBHOOK"), "died", 0, "dingtalk-DINGTALK_WEBHOOK"))
	r := a.run("", "plan", "--exit-code")
	assert.Equal(t, exitOK, r.code, r.out+r.err)
	assert.Contains(t, r.out, "Nothing to do: 1 rule unchanged.")
	assert.Equal(t, before, a.run("", "rules", "--json").out)
}

func TestWhatWaitsForATargetStillWaitsWhenItMovesToTheReceivers(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "3600")
		w.WriteHeader(http.StatusServiceUnavailable)
	}))
	t.Cleanup(server.Close)
	file, data := ofTeam(t, "team-a", "jobs", "TEAM_A"), t.TempDir()
	up := startUp(t, []string{"TEAM_A=" + server.URL, "PAI_NOTIFY_SECRETS=TEAM_A", "PAI_NOTIFY_ALLOW=127.0.0.1"}, "-w", file, "--data", data)
	outcomes := func() (list []string) {
		for _, n := range up.history(t, "--data", data) {
			list = append(list, n.EventID+" "+n.Target+" "+n.Outcome)
		}
		return list
	}
	status, answer := up.post(t, approved)
	require.Equal(t, http.StatusAccepted, status, answer)
	require.Eventually(t, func() bool { return assert.ObjectsAreEqual([]string{"1 http/oncall waiting"}, outcomes()) }, eventually, tick)

	text, err := os.ReadFile(file)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(file, []byte(moved(t, string(text), "jobs", 0, "")), 0o600))
	r := command(t, []string{"TEAM_A=" + server.URL}, "", "apply", "-w", file, "--yes", "--bus", "local", "--data", data)
	require.Equal(t, exitOK, r.code, r.out+r.err)
	assert.Contains(t, r.out, "Nothing to do")
	assert.Equal(t, []string{"1 http/oncall waiting"}, outcomes())

	up.stop(t)
}
