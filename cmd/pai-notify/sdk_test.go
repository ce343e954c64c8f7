package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	eventbridge "github.com/alibabacloud-go/eventbridge-20200401/v2/client"
	"github.com/alibabacloud-go/tea/tea"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/running"
	"github.com/pai-notify/pai-notify/events"
	"github.com/pai-notify/pai-notify/functions"
	"github.com/pai-notify/pai-notify/shared/bus/local/cloudevents"
	"github.com/pai-notify/pai-notify/shared/workspace"
	"github.com/pai-notify/pai-notify/shared/workspace/yaml"
)

// mailOnly is a workspace of its own, beside which the demo's is made.
const mailOnly = `
workspace: lab
language: en
contacts: [{name: alice, email: alice@example.com}]
rules:
  - name: jobs
    source: dlc
    events: ["*"]
    targets: [{type: email, contacts: [alice], server: "inbox.local:25", from: alerts@example.com, password: env:INBOX_SMTP_PASSWORD}]
`

// TestTheOfficialSDKMakesTheDemoWorkspace runs a program that knows nothing of
// this project but the address and a key.
func TestTheOfficialSDKMakesTheDemoWorkspace(t *testing.T) {
	up := startUp(t, nil, "-w", document(t, mailOnly), "--inbox", "--data", ":memory:")
	place, err := running.Read(filepath.Join(up.home, ".local", "state", "pai-notify"), running.BusFile)
	require.NoError(t, err)
	w := demoOn(t, up, place)

	type target struct{ ID, Endpoint, Value, Template string }
	type rule struct {
		Name, Pattern string
		Targets       []target
	}
	plan := struct {
		Endpoint, ID, Secret, Bus string
		Rules                     []rule
	}{strings.TrimPrefix(up.url, "http://"), place.AccessKeyID, place.AccessKeySecret, w.Bus(), nil}
	for _, r := range w.Rules {
		for i, p := range r.Patterns() {
			made := rule{Name: r.Name, Pattern: p.String()}
			if i > 0 {
				made.Name += fmt.Sprintf("--%d", i+1)
			}
			for j, to := range r.Receivers() {
				receiver, err := json.Marshal(to)
				require.NoError(t, err)
				made.Targets = append(made.Targets, target{fmt.Sprintf("target-%d", j+1), "acs:fc:local:" + place.AccountID + ":functions/pai-notify-" + to.Type,
					`{"event":"$"}`, fmt.Sprintf(`{"rule":{"name":%q},"target":%s,"event":${event}}`, r.Name, receiver)})
			}
			plan.Rules = append(plan.Rules, made)
		}
	}
	program := filepath.Join(t.TempDir(), "sdk")
	out, err := exec.Command("go", "build", "-o", program, "./testdata/sdk").CombinedOutput()
	require.NoError(t, err, "%s", out)
	text, err := json.Marshal(plan)
	require.NoError(t, err)
	cmd := exec.Command(program)
	cmd.Stdin = bytes.NewReader(text)
	out, err = cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)

	last := ""
	for _, name := range events.Story() {
		e := sample(t, name)
		status, text := up.postTo(t, cloudevents.Path(w.Bus()), string(e.JSON()))
		require.Equal(t, http.StatusAccepted, status, text)
		last = e.ID()
	}
	outcomes := map[string]int{}
	require.NotEmpty(t, up.ended(t, last))
	require.Eventually(t, func() bool {
		clear(outcomes)
		for _, n := range up.history(t) {
			if n.Bus == w.Bus() {
				outcomes[n.Outcome]++
			}
		}
		return outcomes["waiting"] == 0
	}, eventually, tick)
	assert.Equal(t, map[string]int{"sent": 24}, outcomes, "as many as make run sends")
	up.stop(t)
}

// demoOn returns the demo's workspace with the addresses of a running inbox.
func demoOn(t *testing.T, up *upProcess, place running.Process) *workspace.Workspace {
	t.Helper()
	got, err := up.client(t, place.AccessKeyID, place.AccessKeySecret).GetRule(&eventbridge.GetRuleRequest{EventBusName: tea.String("pai-system-lab"), RuleName: tea.String("jobs")})
	require.NoError(t, err)
	mail := regexp.MustCompile(`"server":"([^"]+)"`).FindStringSubmatch(got.String())
	if mail == nil {
		mail = regexp.MustCompile(`\\"server\\":\\"([^"\\]+)`).FindStringSubmatch(got.String())
	}
	require.NotNil(t, mail, got.String())
	text, err := os.ReadFile("demo/workspace.yaml")
	require.NoError(t, err)
	t.Setenv("PAI_NOTIFY_ALLOW", "127.0.0.1") // where the inbox is
	completed := strings.NewReplacer("http://inbox.local", up.url, "inbox.local:25", mail[1]).Replace(string(text))
	w, err := yaml.Parse([]byte(completed), "demo", functions.Register()...)
	require.NoError(t, err)
	return w
}
