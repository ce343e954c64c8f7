package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/fatih/color"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/terminal"
	"github.com/pai-notify/pai-notify/shared/secret"
	"github.com/pai-notify/pai-notify/shared/workspace"
)

// steering is what may steer a terminal or turn a line around.
var steering = regexp.MustCompile(`[\x00-\x08\x0b-\x1f\x7f-\x{9f}\x{200b}\x{200e}\x{200f}\x{2028}-\x{202e}\x{2066}-\x{2069}\x{feff}]`)

// TestNoNameSteersTheTerminal publishes an event whose texts are hostile and
// looks at what every command shows of it.
func TestNoNameSteersTheTerminal(t *testing.T) {
	const hostile = "\x1b[2J\x1b[31ma\x1b]0;b\a\r\u009b2Jb\nforged sent\u202ec\u2028\x7f\x00"
	_, environment := standIns(t)
	for _, variable := range environment {
		name, value, _ := strings.Cut(variable, "=")
		t.Setenv(name, value)
	}
	t.Setenv("ROBOT_KEY", "SECanother")
	t.Setenv("HOME", t.TempDir())
	for _, name := range []string{secret.DeclaredVariable, workspace.Variable} { // send sets them
		t.Setenv(name, "")
		require.NoError(t, os.Unsetenv(name))
	}
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		return path
	}
	document := write("workspace.yaml", "workspace: research\nrules:\n- name: jobs\n  source: dlc\n  events: ['*']\n  targets:\n  - type: dingtalk\n    webhook: env:ROBOT_A\n    signing_key: env:ROBOT_KEY\n")
	eventOf := func(name string) string {
		text, err := json.Marshal(map[string]any{
			"specversion": "1.0", "id": name, "source": "acs.paidlc", "type": "paidlc:" + name, "subject": name,
			"data": map[string]string{"JobId": name, "DisplayName": name, "Status": name, "ReasonMessage": name, name: name},
		})
		require.NoError(t, err)
		return string(text)
	}
	evil, tame := write("evil/e.json", eventOf(hostile)), write("tame/e.json", eventOf("abc"))
	broken := write("broken\x1b[2J\u202e.json", `{"id": "`+hostile+`"`)
	defer func(before bool) { color.NoColor = before }(color.NoColor)

	for _, coloured := range []bool{true, false} {
		color.NoColor = !coloured
		shows := func(arguments ...string) string {
			var out, diagnostics bytes.Buffer
			run(t.Context(), arguments, terminal.Streams{In: strings.NewReader(""), Out: &out, Err: &diagnostics})
			all := out.String() + diagnostics.String()
			clean := all
			if coloured {
				clean = regexp.MustCompile(`\x1b\[[0-9;]+m`).ReplaceAllString(all, "")
			}
			assert.Empty(t, steering.FindAllString(clean, -1), "%q shows %q", arguments, all)
			return all
		}
		data, other := t.TempDir(), t.TempDir()
		for _, both := range [][2][]string{
			{{"match", "-w", document, evil}, {"match", "-w", document, tame}},
			{{"match", "-v", "-w", document, evil}, {"match", "-v", "-w", document, tame}},
			{{"match", "--bus", "aws", "-w", document, evil}, {"match", "--bus", "aws", "-w", document, tame}},
			{{"up", "--once", "-w", document, "--events", filepath.Dir(evil), "--data", data}, {"up", "--once", "-w", document, "--events", filepath.Dir(tame), "--data", other}},
			{{"history", "--data", data}, {"history", "--data", other}},
			{{"dead", "list", "--data", data}, {"dead", "list", "--data", other}},
		} {
			got, want := shows(both[0]...), shows(both[1]...)
			assert.NotEmpty(t, got)
			assert.NotContains(t, got, "\nforged", "%q", both[0])
			assert.Equal(t, strings.Count(want, "\x1b"), strings.Count(got, "\x1b"), "%q: a name has a colour: %q", both[0], got)
		}
		records := shows("dead", "list", "--json", "--data", data)
		var record struct {
			ID      string
			EventID string `json:"event_id"`
		}
		require.NoError(t, json.Unmarshal([]byte(records), &record), records)
		assert.Equal(t, hostile, record.EventID, "JSON is exact")
		assert.Contains(t, shows("dead", "show", record.ID, "--data", data), `\u001b[2J`)
		var shown struct{ Event struct{ ID string } }
		require.NoError(t, json.Unmarshal([]byte(shows("dead", "show", "--json", record.ID, "--data", data)), &shown))
		assert.Equal(t, hostile, shown.Event.ID)
		shows("send", "-w", document, "dingtalk", evil)
		shows("publish", "-w", document, evil)
		shows("match", "-w", document, broken)
		shows("match", "-w", document, hostile)
		shows(hostile)
		shows("history", "--outcome", hostile, "--data", data)
	}
}
