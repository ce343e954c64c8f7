package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// packedModel is the model of the samples.
const packedModel = "model-0v3h7q2ctd8w5k1m"

// packedDocument has 200 rules for eight receivers each, of which every fortieth
// wants the model of the samples, and a rule for 300 models.
func packedDocument() string {
	var text strings.Builder
	fmt.Fprintln(&text, "workspace: lab\nlanguage: en\nquota: 100\nrules:")
	targets := ""
	for i := range 8 {
		targets += fmt.Sprintf("      - {type: http, name: receiver-%d, url: env:RECEIVER_%d}\n", i, i)
	}
	for i := range 200 {
		model := fmt.Sprintf("model-%d", i)
		if i%40 == 0 {
			model = packedModel
		}
		events := []string{"[version-approved]", "[version-approved, version-rejected]", "['*']", "[version-rejected]"}[i/40%4]
		fmt.Fprintf(&text, "  - name: rule-%d\n    source: model\n    events: %s\n    scope: {models: ['%s']}\n    targets:\n%s", i, events, model, targets)
	}
	models := []string{packedModel}
	for i := range 299 {
		models = append(models, fmt.Sprintf("model-%016d", i))
	}
	fmt.Fprintf(&text, "  - name: many\n    source: model\n    events: [version-approved]\n    scope: {models: [%s]}\n    targets:\n      - {type: http, name: all, url: env:RECEIVER_0}\n", strings.Join(models, ", "))
	return text.String()
}

func TestABusOfFiftyRulesTellsWhatTwoHundredRulesAsk(t *testing.T) {
	var took atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		took.Add(1)
	}))
	t.Cleanup(server.Close)
	environment := []string{"PAI_NOTIFY_ALLOW=127.0.0.1"}
	for i := range 8 {
		environment = append(environment, fmt.Sprintf("RECEIVER_%d=%s/%d", i, server.URL, i))
	}
	data := t.TempDir()
	up := startUp(t, environment, "-w", document(t, packedDocument()), "--data", data, "--rules-per-bus", "50")
	var wanted []string
	for _, sample := range []struct {
		name  string
		kinds []int // of the rules that want it: see packedDocument
	}{{"model-version-approved", []int{0, 1, 2}}, {"model-version-rejected", []int{1, 2, 3}}} {
		text, err := os.ReadFile(filepath.Join("..", "..", "events", sample.name+".json"))
		require.NoError(t, err)
		before, rest, found := strings.Cut(string(text), `"ModelId": "`)
		require.True(t, found)
		_, rest, _ = strings.Cut(rest, `"`)
		status, answer := up.post(t, strings.Replace(before, `"id": "`, `"id": "`+sample.name+"-", 1)+`"ModelId": "`+packedModel+`"`+rest)
		require.Equal(t, http.StatusAccepted, status, answer)
		for i := 0; i < 200; i += 40 {
			for j := range 8 {
				if slices.Contains(sample.kinds, i/40%4) {
					wanted = append(wanted, fmt.Sprintf("%s rule-%d http/receiver-%d", sample.name, i, j))
				}
			}
		}
	}
	wanted = append(wanted, "model-version-approved many http/all")
	slices.Sort(wanted)
	require.Eventually(t, func() bool { return took.Load() >= int64(len(wanted)) }, 6*eventually, tick)
	var sent []string
	require.Eventually(t, func() bool { // the last outcomes are written after the receivers know
		sent = nil
		for _, n := range up.history(t, "--data", data, "--outcome", "sent") {
			sent = append(sent, strings.Join([]string{n.EventID[:len("model-version-approved")], n.Rule, n.Target}, " "))
		}
		return len(sent) >= len(wanted)
	}, eventually, 10*tick)
	up.stop(t)
	slices.Sort(sent)
	assert.Equal(t, wanted, sent)
	assert.EqualValues(t, len(wanted), took.Load(), "each is told once")
}
