package main

import (
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// ofTeam is a document of a team: its rule has the same key as those of other teams,
// and its receiver the same name.
func ofTeam(t *testing.T, owner, rule, receiver string) string {
	return document(t, strings.NewReplacer("OWNER", owner, "RULE", rule, "RECEIVER", receiver).Replace(`
workspace: lab
owner: OWNER
language: en
rules:
  - name: RULE
    id: jobs
    source: model
    events: ["*"]
    targets: [{type: http, name: oncall, url: env:RECEIVER}]
`))
}

func TestTwoDocumentsOnOneBusOfThisMachineTellTheirOwnTeams(t *testing.T) {
	var told [2]atomic.Int32
	var away atomic.Bool
	var urls [2]string
	for i := range told {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			if away.Load() {
				w.Header().Set("Retry-After", "3600")
				w.WriteHeader(http.StatusServiceUnavailable)
				return
			}
			told[i].Add(1)
		}))
		t.Cleanup(server.Close)
		urls[i] = server.URL
	}
	a, b, data := ofTeam(t, "team-a", "jobs", "TEAM_A"), ofTeam(t, "team-b", "jobs-b", "TEAM_B"), t.TempDir()
	up := startUp(t, []string{"TEAM_A=" + urls[0], "TEAM_B=" + urls[1], "PAI_NOTIFY_SECRETS=TEAM_A,TEAM_B", "PAI_NOTIFY_ALLOW=127.0.0.1"}, "-w", a, "--data", data)
	run := func(arguments ...string) result {
		return command(t, []string{"TEAM_A=" + urls[0], "TEAM_B=" + urls[1]}, "", append(arguments, "--bus", "local", "--data", data)...)
	}
	// A rule keeps its name on the bus when its document gives it another key.
	text, err := os.ReadFile(b)
	require.NoError(t, err)
	var r result
	for _, as := range []string{strings.Replace(string(text), "    id: jobs\n", "", 1), string(text)} {
		require.NoError(t, os.WriteFile(b, []byte(as), 0o600))
		r = run("apply", "-w", b, "--yes")
		require.Equal(t, exitOK, r.code, r.out+r.err)
	}
	post := func(id string) {
		status, text := up.post(t, strings.Replace(approved, `"id":"1"`, `"id":"`+id+`"`, 1))
		require.Equal(t, http.StatusAccepted, status, text)
	}
	rules := map[string]string{"team-a": "jobs", "team-b": "jobs-b"}
	owners := func(id, outcome string) map[string]int {
		count := map[string]int{}
		for _, n := range up.history(t, "--data", data) {
			if n.EventID == id && n.Outcome == outcome {
				assert.Equal(t, []string{rules[n.Owner], "http/oncall"}, []string{n.Rule, n.Target})
				count[n.Owner]++
			}
		}
		return count
	}
	post("1")
	require.Eventually(t, func() bool { return told[0].Load() == 1 && told[1].Load() == 1 }, eventually, tick)
	require.Eventually(t, func() bool {
		return assert.ObjectsAreEqual(map[string]int{"team-a": 1, "team-b": 1}, owners("1", "sent"))
	}, eventually, tick)

	away.Store(true)
	post("2")
	require.Eventually(t, func() bool { return len(owners("2", "waiting")) == 2 }, eventually, tick)
	r = run("delete", "-w", a, "jobs", "--yes")
	require.Equal(t, exitOK, r.code, r.out+r.err)
	assert.Contains(t, r.out, "1 notification waits for jobs/http/oncall", "the other team's is none of its business")
	assert.Equal(t, map[string]int{"team-a": 1}, owners("2", "dead"))
	assert.Equal(t, map[string]int{"team-b": 1}, owners("2", "waiting"), "the other team's work goes on")
	var dead string
	for _, n := range up.history(t, "--data", data, "--outcome", "dead") {
		dead = n.ID
	}
	r = run("dead", "redrive", dead)
	assert.Equal(t, exitNo, r.code)
	assert.Contains(t, r.err, "no rule sends to http/oncall of the rule jobs any more")
	r = run("dead", "redrive", dead, "--to", "jobs-b/oncall")
	assert.Equal(t, exitNo, r.code)
	assert.Contains(t, r.err, "the rule jobs-b belongs to team-b, and the notification to team-a")
	up.stop(t)
	assert.Equal(t, [2]int32{1, 1}, [2]int32{told[0].Load(), told[1].Load()})
}
