package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/provision"
)

func TestCommandsTellWhatWaitsForWhatTheyChange(t *testing.T) {
	s := newSlow(t)
	up := s.sending(t)
	status, _ := up.post(t, strings.Replace(approved, `"id":"1"`, `"id":"2"`, 1))
	require.Equal(t, http.StatusAccepted, status)
	removed := filepath.Join(t.TempDir(), "removed.yaml")
	text, err := os.ReadFile(s.doc)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(removed, []byte(strings.NewReplacer("{name: models,", "{name: others,", "env:RECEIVER", "env:OTHER").Replace(string(text))), 0o600))
	run := func(said, what, doc string, arguments ...string) result {
		return command(t, nil, said, append([]string{what, "-w", doc, "--bus", "local", "--data", s.data}, arguments...)...)
	}

	const dead = "2 notifications wait for models/http/registry: they will be dead letters unless they are being sent"
	r := run("", "plan", removed)
	assert.Equal(t, exitOK, r.code)
	assert.Contains(t, r.out, "Waiting: "+dead)
	var p provision.Plan
	require.NoError(t, json.Unmarshal([]byte(run("", "plan", removed, "--json").out), &p))
	assert.Equal(t, []provision.Waiting{{Rule: "models", Receiver: "http/registry", Count: 2, Fate: provision.BecomesDead}}, p.Waiting)
	for what, r := range map[string]result{"apply": run("n\n", "apply", removed), "delete": run("n\n", "delete", s.doc, "models")} {
		assert.Equal(t, exitNo, r.code, what)
		question := map[string]string{"apply": "Apply this?", "delete": "Delete this?"}[what]
		assert.Less(t, strings.Index(r.out, dead), strings.Index(r.out, question), "%s says it before it asks: %s", what, r.out)
		assert.Contains(t, r.out, dead, what)
	}

	const cancelled = "2 notifications wait for models/http/registry: they will be cancelled unless they are being sent; pai-notify dead redrive --cancelled revives them"
	r = run("n\n", "disable", s.doc, "models")
	assert.Equal(t, exitNo, r.code)
	assert.Contains(t, r.err, cancelled)
	assert.Contains(t, r.out, "Disable models? [y/N]")
	assert.Contains(t, r.out, "Nothing was changed.")
	r = run("", "disable", s.doc, "models", "--json")
	assert.Equal(t, exitTrying, r.code, "nobody can be asked")
	r = run("", "disable", s.doc, "models", "--yes")
	assert.Equal(t, exitOK, r.code, r.err)
	assert.Contains(t, r.err, cancelled)
	require.Eventually(t, func() bool {
		for _, n := range up.history(t, "--data", s.data) {
			if n.EventID == "2" {
				return n.Outcome == "cancelled"
			}
		}
		return false
	}, eventually, tick)
	close(s.release)
	assert.Equal(t, "sent", up.ended(t, "1", "--data", s.data)[0].Outcome, "what is under way ends as it does")
	r = run("", "enable", s.doc, "models")
	assert.Equal(t, exitOK, r.code, r.err)
	r = run("", "disable", s.doc, "models")
	assert.Equal(t, exitOK, r.code, "nothing waits, nobody is asked: %s", r.err)
	up.stop(t)
	assert.EqualValues(t, 1, s.calls.Load())
}

func TestADisabledRuleSendsNothingToWhoAskedToBeSpared(t *testing.T) {
	var calls atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		calls.Add(1)
		w.Header().Set("Retry-After", "2")
		w.WriteHeader(http.StatusTooManyRequests)
	}))
	t.Cleanup(server.Close)
	s := newSlow(t)
	up := startUp(t, []string{"RECEIVER=" + server.URL, "PAI_NOTIFY_ALLOW=127.0.0.1"}, "-w", s.doc, "--data", s.data)
	status, text := up.post(t, approved)
	require.Equal(t, http.StatusAccepted, status, text)
	require.Eventually(t, func() bool { return calls.Load() == 1 }, eventually, tick)
	r := command(t, nil, "", "disable", "-w", s.doc, "--bus", "local", "--data", s.data, "--yes", "models")
	require.Equal(t, exitOK, r.code, r.err)
	assert.Equal(t, "cancelled", up.ended(t, "1", "--data", s.data)[0].Outcome)
	up.stop(t)
	assert.EqualValues(t, 1, calls.Load())
}
