package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A bus of a cloud takes 50 rules; a machine belongs to whoever runs it.
func TestAThousandRulesWithFiveTargetsEachDeliver(t *testing.T) {
	t.Parallel() // the slowest run beside each other
	const rules, targets = 1000, 5
	var took atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		took.Add(1)
	}))
	t.Cleanup(server.Close)
	environment := []string{"PAI_NOTIFY_ALLOW=127.0.0.1"}
	list := ""
	for i := range targets {
		environment = append(environment, fmt.Sprintf("RECEIVER_%d=%s/%d", i, server.URL, i))
		list += fmt.Sprintf("      - {type: http, url: env:RECEIVER_%d}\n", i)
	}
	var text strings.Builder
	fmt.Fprintln(&text, "workspace: lab\nlanguage: en\nrules:")
	for i := range rules {
		fmt.Fprintf(&text, "  - name: rule-%d\n    source: model\n    events: [version-approved]\n    targets:\n%s", i, list)
	}
	sample, err := os.ReadFile(filepath.Join("..", "..", "events", "model-version-approved.json"))
	require.NoError(t, err)

	data := t.TempDir()
	up := startUp(t, environment, "-w", document(t, text.String()), "--data", data)
	status, answer := up.post(t, string(sample))
	require.Equal(t, http.StatusAccepted, status, answer)
	sent := map[string]bool{}
	require.Eventually(t, func() bool {
		if took.Load() < rules*targets {
			return false
		}
		for _, n := range up.history(t, "--data", data, "--outcome", "sent") {
			sent[n.Rule+" "+n.Target] = true
		}
		return len(sent) == rules*targets
	}, 6*eventually, 10*tick)
	up.stop(t)
	assert.EqualValues(t, rules*targets, took.Load(), "each is told once")
}
