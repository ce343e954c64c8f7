package declared

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/functions"
	"github.com/pai-notify/pai-notify/shared/secret"
	"github.com/pai-notify/pai-notify/shared/target"
)

// document writes one with a robot and its signing key.
func document(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "workspace.yaml")
	require.NoError(t, os.WriteFile(path, []byte(`
workspace: lab
rules: [{name: jobs, source: dlc, events: ["*"], targets: [{type: dingtalk, name: jobs, webhook: env:ROBOT_A, signing_key: env:ROBOT_KEY}]}]
`), 0o600))
	return path
}

func TestFunctionsOfTheirOwnGetNoMoreThanTheyNeed(t *testing.T) {
	t.Setenv("DB_PASSWORD", "hunter2")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "hunter2")
	t.Setenv("PAI_NOTIFY_CONSOLE_TOKEN", "hunter2")
	t.Setenv("ROBOT_A", "https://oapi.dingtalk.com/robot/send?access_token=x")
	d := &Secrets{Path: document(t), Kept: func() []string { return nil }, Inbox: &secret.Declared{}}
	d.Update(t.Context())
	list := d.Environment("dingtalk")
	assert.Contains(t, list, "ROBOT_A=https://oapi.dingtalk.com/robot/send?access_token=x")
	assert.Contains(t, list, "PAI_NOTIFY_SECRETS=ROBOT_A@env:ROBOT_A ROBOT_KEY@env:ROBOT_A")
	assert.NotContains(t, strings.Join(list, "\n"), "hunter2")
	assert.Contains(t, d.Environment("sms"), "AWS_SECRET_ACCESS_KEY=hunter2", "it calls the cloud in the name of the process")
	assert.NotContains(t, strings.Join(d.Environment("sms"), "\n"), "DB_PASSWORD")
}

func TestWhatAListHasForSigningIsShownToNobody(t *testing.T) {
	const evil = "https://evil.example.com/"
	spec, _ := functions.Lookup("http")
	signs := json.RawMessage(`{"url":"` + evil + `","secret":"env:SIGNING"}`)
	shows := json.RawMessage(`{"url":"` + evil + `","headers":{"X":"env:SIGNING"}}`)
	onBus := func(context.Context) []target.Receiver { return []target.Receiver{{Type: "http", Parameters: signs}} }
	kept := func() []string { return []string{"SIGNING", "OTHER"} }
	for _, list := range []string{"SIGNING@", "SIGNING@good.example.com"} {
		t.Setenv(secret.DeclaredVariable, list)
		d := &Secrets{Path: document(t), Kept: kept, Inbox: &secret.Declared{}, onBus: onBus}
		d.recompute(t.Context())
		require.Error(t, spec.Allowed(d.Declared(), shows), "%s: by a target that stands on the bus", list)
		draft := target.Receiver{Type: "http", Parameters: signs}
		require.Error(t, spec.Allowed(d.Declared(draft), shows), "%s: by a draft", list)
		specs, err := d.Specs()
		require.NoError(t, err)
		i := slices.IndexFunc(specs, func(s target.Spec) bool { return s.Type == "http" })
		require.Error(t, specs[i].Check(shows), "%s: by a document", list)
	}
	t.Setenv(secret.DeclaredVariable, "ELSE")
	d := &Secrets{Path: document(t), Kept: kept, Inbox: &secret.Declared{}, onBus: onBus}
	d.recompute(t.Context())
	assert.NoError(t, spec.Allowed(d.Declared(), signs), "what the list does not have and the console keeps is the document's")
}
