package main

import (
	"bytes"
	"crypto/tls"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/functions"
	"github.com/pai-notify/pai-notify/shared/deliver"
	"github.com/pai-notify/pai-notify/shared/inbox"
	"github.com/pai-notify/pai-notify/shared/outcome"
)

// receivingEnd is the platforms with a receiver for each of the event files.
type receivingEnd struct {
	*platforms
	// known puts these receivers in the place of those that the event files name,
	// and unknown puts ones there that the platforms refuse.
	known, unknown *strings.Replacer
}

func newReceivingEnd(t *testing.T, host string, certificates ...tls.Certificate) receivingEnd {
	t.Helper()
	p := receivingEnd{platforms: startPlatforms(t, host, certificates...)}
	p.inbox.Add("dingtalk", "oncall", inbox.Keys{Secret: robotKey})
	p.inbox.Add("lark", "oncall", inbox.Keys{Secret: "larkKey"})
	p.inbox.Add("wecom", "oncall", inbox.Keys{})
	p.inbox.Add("email", "alice@example.com", inbox.Keys{})
	account := inbox.Keys{ID: "id", Secret: "key"}
	p.inbox.Add("sms", "+8613800138000", account)
	p.inbox.Add("voice", "+8613800138000", account)
	p.inbox.Add("http", "registry", inbox.Keys{Secret: httpSecret})

	at := func(robot, endpoint, password, key string) *strings.Replacer {
		return strings.NewReplacer(
			"env:DINGTALK_WEBHOOK", p.url+"/robot/send?access_token="+robot, "env:DINGTALK_SIGNING_KEY", robotKey,
			"env:LARK_WEBHOOK", p.url+"/open-apis/bot/v2/hook/"+robot, "env:LARK_SIGNING_KEY", "larkKey",
			"env:WECOM_WEBHOOK", p.url+"/cgi-bin/webhook/send?key="+robot,
			"smtp.example.com:587", p.smtp, "env:SMTP_PASSWORD", password,
			`"env:SMS_ACCESS_KEY_ID"`, `"id","endpoint":"`+p.url+`"`, "env:SMS_ACCESS_KEY_SECRET", key,
			"env:MODEL_WEBHOOK_URL", p.url+"/receive/"+endpoint, "env:MODEL_WEBHOOK_SECRET", httpSecret,
			// In a batch the text of a message is a string.
			`\"env:SMS_ACCESS_KEY_ID\"`, `\"id\",\"endpoint\":\"`+p.url+`\"`,
		)
	}
	p.known, p.unknown = at("oncall", "registry", "password", "key"), at("gone", "gone", "wrong", "wrong")
	return p
}

// accepted is how many messages a platform has taken.
func (p receivingEnd) accepted(platform string) int {
	n := 0
	for _, m := range p.inbox.Received() {
		if m.Platform == platform && m.Accepted {
			n++
		}
	}
	return n
}

// eventFile returns a file of events/invoke for these receivers.
func (p receivingEnd) eventFile(t *testing.T, name string, receivers *strings.Replacer) []byte {
	t.Helper()
	text, err := os.ReadFile(eventFiles + name)
	require.NoError(t, err)
	return []byte(receivers.Replace(string(text)))
}

// document is the one beside the event files, as pai-notify json prints it.
func (p receivingEnd) document(t *testing.T) []byte {
	t.Helper()
	text, err := exec.Command(root+"build/pai-notify", "json", "-w", eventFiles+"workspace.yaml").Output()
	require.NoError(t, err, "run make build first")
	return []byte(p.known.Replace(string(text)))
}

// packed copies what make build wrote for the functions on Lambda into a folder,
// with the document in the package of each; nil is none.
func packed(t *testing.T, document []byte) (build string) {
	t.Helper()
	build = filepath.Join(t.TempDir(), "build")
	for _, name := range functionNames() {
		folder := filepath.Join(build, packageOf(name))
		require.NoError(t, os.MkdirAll(folder, 0o755)) //nolint:gosec // mounted for another user
		executable, err := os.ReadFile(filepath.Join(root, "build", packageOf(name), "bootstrap"))
		require.NoError(t, err, "run make build first")
		require.NoError(t, os.WriteFile(filepath.Join(folder, "bootstrap"), executable, 0o755)) //nolint:gosec // it is run
		if document != nil {
			require.NoError(t, os.WriteFile(filepath.Join(folder, "workspace.json"), document, 0o644)) //nolint:gosec // read by another user
		}
	}
	return build
}

// packageOf is the folder of a function's package in build: provision records
// nothing, and is the same on both clouds.
func packageOf(function string) string {
	if function == "provision" {
		return function
	}
	return filepath.Join("lambda", function)
}

// functionNames are the functions of both deployments that people invoke.
func functionNames() []string {
	names := []string{"provision"}
	for _, spec := range functions.Register() {
		names = append(names, spec.Type)
	}
	return names
}

// bareFor is the bare event that the rules beside the event files have for a
// function.
func bareFor(function string) string {
	for sample, of := range bareEvents {
		if of == function {
			return sample
		}
	}
	return "dlc-job-failed.json"
}

// ended reads what Lambda answers about one notification: the outcome, also where
// it is the message of an error.
func ended(t *testing.T, answer []byte) outcome.Outcome {
	t.Helper()
	var failure struct{ ErrorMessage, ErrorType string }
	if json.Unmarshal(answer, &failure) == nil && failure.ErrorMessage != "" {
		answer = []byte(failure.ErrorMessage)
	}
	answer = bytes.TrimSpace(answer)
	if list := []json.RawMessage{}; json.Unmarshal(answer, &list) == nil && assert.Len(t, list, 1) {
		answer = list[0]
	}
	o, err := deliver.ReadOutcome(answer)
	require.NoError(t, err, "%s", answer)
	if failure.ErrorType != "" {
		assert.Equal(t, outcome.Failed, o.Status, "an error with another outcome")
	} else {
		assert.NotEqual(t, outcome.Failed, o.Status, "a failure that Lambda takes for a success")
	}
	return o
}
