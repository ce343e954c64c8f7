package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/history"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/receivers"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/terminal"
	"github.com/pai-notify/pai-notify/shared/bus/local"
	"github.com/pai-notify/pai-notify/shared/event"
)

// remembered is the directory of a bus with two rules that fail, the second of
// which is two siblings, and a third that waits: three notifications of a dead
// letter each for two events on successive days, and one that waits.
func remembered(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	now := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
	invoke := func(_ context.Context, _ string, payload []byte) (json.RawMessage, error) {
		var w struct {
			Target struct{ Type, Name string }
			Event  struct{ ID string }
		}
		if err := json.Unmarshal(payload, &w); err != nil {
			return nil, err
		}
		typ := "dlc.job-failed"
		if w.Event.ID == "2" {
			typ = "dlc.job-timeout"
		}
		return nil, errors.New(`{"status":"failed","class":"permanent","reason":"no","target":"` + w.Target.Type + "/" + w.Target.Name + `","event_type":"` + typ + `"}`)
	}
	fill := func(o local.Options, first bool, ids ...string) {
		o.Dir, o.Identify, o.Now = dir, receivers.Identify, func() time.Time { return now }
		b, err := local.Open(t.Context(), o)
		require.NoError(t, err)
		if first {
			require.NoError(t, b.CreateEventBus(t.Context(), local.EventBus{Name: "bus"}))
			for _, r := range [][3]string{{"a", "dingtalk", "x"}, {"b", "lark", "x"}, {"b--2", "lark", "y z"}} {
				require.NoError(t, b.CreateRule(t.Context(), local.Rule{Name: r[0], Bus: "bus", FilterPattern: `{"source":["acs.paidlc"]}`, Enabled: true,
					Targets: []local.Target{{ID: strings.ReplaceAll(r[2], " ", ""), Type: local.FunctionType, Params: []local.Param{
						{ResourceKey: "functionName", Form: "CONSTANT", Value: "pai-notify-" + r[1]},
						{ResourceKey: "Body", Form: "TEMPLATE", Value: `{"id":"$.id"}`,
							Template: fmt.Sprintf(`{"rule":{"name":%q},"target":{"type":%q,"name":%q},"event":{"id":"${id}"}}`, receivers.RuleName(r[0]), r[1], r[2])},
					}}}}))
			}
		}
		for _, id := range ids {
			e, err := event.Parse([]byte(`{"specversion":"1.0","id":"` + id + `","source":"acs.paidlc","type":"paidlc:JobStateChange:JobFailed","data":{"JobId":"j"}}`))
			require.NoError(t, err)
			_, err = b.Publish(t.Context(), "bus", e)
			require.NoError(t, err)
			_, err = b.Wait(t.Context(), "bus", e)
			require.NoError(t, err)
			now = now.Add(24 * time.Hour)
		}
		require.NoError(t, b.Close(context.Background()))
	}
	fill(local.Options{Invoke: invoke}, true, "1", "2")
	fill(local.Options{Invoke: func(context.Context, string, []byte) (json.RawMessage, error) { return nil, errors.New("away") }}, false, "3")
	return dir
}

func TestNotificationsAreFoundByEveryFilter(t *testing.T) {
	dir := remembered(t)
	for arguments, want := range map[string]string{
		"dead list":                                    "1 a, 1 b, 1 b, 2 a, 2 b, 2 b",
		"dead list --rule a":                           "1 a, 2 a",
		"dead list --rule b":                           "1 b, 1 b, 2 b, 2 b",
		"dead list --rule c":                           "",
		"dead list --rule a --limit 0":                 "1 a, 2 a",
		"dead list --rule a --limit 1":                 "2 a",
		"dead list --limit 4":                          "1 b, 2 a, 2 b, 2 b",
		"dead list --target dingtalk/x":                "1 a, 2 a",
		"dead list --target dingtalk":                  "1 a, 2 a",
		"dead list --target x":                         "1 a, 1 b, 2 a, 2 b",
		"dead list --target lark/y_z":                  "1 b, 2 b",
		"dead list --target lark/x --rule a":           "",
		"dead list --event-id 1":                       "1 a, 1 b, 1 b",
		"dead list --event-type dlc.job-timeout":       "2 a, 2 b, 2 b",
		"dead list --since 2026-01-02T00:00:00Z":       "2 a, 2 b, 2 b",
		"dead list --until 2026-01-02T00:00:00Z":       "1 a, 1 b, 1 b",
		"history --limit 0":                            "1 a, 1 b, 1 b, 2 a, 2 b, 2 b, 3 a, 3 b, 3 b",
		"history --limit 2":                            "3 b, 3 b",
		"history --rule a --limit 0 --outcome dead":    "1 a, 2 a",
		"history --outcome waiting":                    "3 a, 3 b, 3 b",
		"history --outcome waiting --target dingtalk":  "3 a",
		"history --outcome waiting --target lark/x":    "3 b",
		"history --outcome waiting --outcome dead":     "1 a, 1 b, 1 b, 2 a, 2 b, 2 b, 3 a, 3 b, 3 b",
		"history --event-type dlc.job-failed --rule a": "1 a, 3 a",
		"history --event-type paidlc:JobStateChange:JobFailed --target dingtalk --since 2026-01-02": "2 a, 3 a",
		"history --job j --rule a":         "1 a, 2 a, 3 a",
		"history --job none":               "",
		"history --outcome sent --limit 0": "",
	} {
		t.Run(arguments, func(t *testing.T) {
			parts := strings.Fields(arguments)
			for i := range parts {
				parts[i] = strings.ReplaceAll(parts[i], "_", " ")
			}
			var out, problems bytes.Buffer
			code := run(t.Context(), append(parts, "--json", "--data", dir), terminal.Streams{In: strings.NewReader(""), Out: &out, Err: &problems})
			require.Equal(t, exitOK, code, problems.String())
			var got []string
			for line := range strings.Lines(out.String()) {
				var r history.Record
				require.NoError(t, json.Unmarshal([]byte(line), &r))
				got = append(got, r.EventID+" "+r.Rule)
			}
			assert.Equal(t, want, strings.Join(got, ", "))
		})
	}
}
