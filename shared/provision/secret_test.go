package provision_test

import (
	"context"
	"encoding/json"
	"errors"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/bus/bustest"
	"github.com/pai-notify/pai-notify/shared/provision"
)

// answering has functions answer so.
func answering(d *provision.Provisioner, answer string, failed bool, err error) *atomic.Int64 {
	var asked atomic.Int64
	d.Cloud.Invoke = func(_ context.Context, _ string, payload []byte) ([]byte, bool, error) {
		var q struct{ Secrets []string }
		if json.Unmarshal(payload, &q) == nil && len(q.Secrets) > 0 {
			asked.Add(1)
		}
		return []byte(answer), failed, err
	}
	return &asked
}

const (
	lacksOne  = `{"missing":[{"reference":"env:DINGTALK_WEBHOOK","reason":"environment variable DINGTALK_WEBHOOK is not set"}]}`
	lacksNone = `{"missing":[]}`
	cannotSay = `{"missing":[{"reference":"env:DINGTALK_WEBHOOK","reason":"the store did not answer","unknown":true}]}`
)

func TestACheckUpAsksTheFunctionsForTheirSecrets(t *testing.T) {
	for name, c := range map[string]struct {
		answer  string
		failed  bool
		err     error
		verdict provision.Verdict
		says    string
	}{
		"all are there":     {lacksNone, false, nil, provision.OK, "the function pai-notify-dingtalk has it"},
		"one is missing":    {lacksOne, false, nil, provision.Missing, "environment variable DINGTALK_WEBHOOK is not set"},
		"the store is away": {cannotSay, false, nil, provision.Unknown, "the store did not answer"},
		"denied":            {"", false, &bus.Error{Kind: bus.Denied, Action: "fc:InvokeFunction"}, provision.Unknown, "fc:InvokeFunction"},
		"not there":         {"", false, &bus.Error{Kind: bus.NotFound, Action: "fc:InvokeFunction"}, provision.Unknown, "cannot tell"},
		"not reached":       {"", false, errors.New("connection reset"), provision.Unknown, "connection reset"},
		"an older function": {`{"status":"failed","class":"permanent","reason":"no event"}`, true, nil, provision.Unknown, "as older versions do not"},
		"a crash":           {"Runtime exited", true, nil, provision.Unknown, "Runtime exited"},
		"another function":  {`{"hello":1}`, false, nil, provision.Unknown, "as older versions do not"},
		"nothing":           {``, false, nil, provision.Unknown, "as older versions do not"},
		"null":              {`{"missing":null}`, false, nil, provision.Unknown, "as older versions do not"},
		"of something else": {`{"missing":[{"reference":"env:OTHER","reason":"r"}]}`, false, nil, provision.Unknown, "as older versions do not"},
	} {
		t.Run(name, func(t *testing.T) {
			m := bustest.NewMemory()
			d := provisioner(t, m)
			require.NoError(t, apply(t.Context(), m, d.Workspace, provision.Options{}))
			asked := answering(&d, c.answer, c.failed, c.err)
			up, by := found(t, d)
			f := by["secret env:DINGTALK_WEBHOOK"]
			assert.Equal(t, c.verdict, f.Verdict)
			assert.Contains(t, f.Text.String(), c.says)
			assert.Equal(t, c.verdict == provision.OK, up.OK)
			assert.EqualValues(t, 1, asked.Load(), "one question for each function")
			d.Workspace.Rules[0].Enabled = false
			_, by = found(t, d)
			assert.NotContains(t, by, "secret env:DINGTALK_WEBHOOK", "a rule that is disabled sends nothing")
		})
	}
}

func TestOnlyASecretThatIsMissingForSureStopsAPlan(t *testing.T) {
	for name, c := range map[string]struct {
		answer  string
		failed  bool
		err     error
		change  func(d *provision.Provisioner)
		stopped bool
		warns   string
	}{
		"all are there":              {lacksNone, false, nil, nil, false, ""},
		"one is missing":             {lacksOne, false, nil, nil, true, "the function pai-notify-dingtalk does not have env:DINGTALK_WEBHOOK"},
		"one may be missing":         {cannotSay, false, nil, nil, false, "cannot tell whether the function"},
		"it cannot tell":             {"", false, &bus.Error{Kind: bus.Denied, Action: "fc:InvokeFunction"}, nil, false, "cannot tell whether the function"},
		"an older function":          {`{"status":"failed"}`, true, nil, nil, false, "as older versions do not"},
		"missing, and said to go on": {lacksOne, false, nil, func(d *provision.Provisioner) { d.Options.AllowMissing = true }, false, "does not have env:DINGTALK_WEBHOOK"},
		"missing on this machine":    {lacksOne, false, nil, func(d *provision.Provisioner) { d.Cloud.Name = provision.Local }, false, "does not have env:DINGTALK_WEBHOOK"},
	} {
		t.Run(name, func(t *testing.T) {
			m := bustest.NewMemory()
			d := provisioner(t, m)
			answering(&d, c.answer, c.failed, c.err)
			if c.change != nil {
				c.change(&d)
			}
			p, err := d.Plan(t.Context())
			require.NoError(t, err)
			warnings, _ := json.Marshal(p.Warnings)
			assert.Contains(t, string(warnings), c.warns)
			err = d.Cloud.Apply(t.Context(), p, nil)
			if c.stopped {
				require.ErrorContains(t, err, "a secret is missing where the functions run: env:DINGTALK_WEBHOOK: put")
				assert.Empty(t, m.Buses, "nothing was changed")
				return
			}
			require.NoError(t, err)
			p, err = d.Plan(t.Context())
			require.NoError(t, err)
			assert.Empty(t, p.Steps)
		})
	}
}
