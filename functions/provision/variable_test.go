package provision_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/functions/provision"
	"github.com/pai-notify/pai-notify/shared/bus"
)

func TestACheckUpAsksTheFunctionsForTheirVariables(t *testing.T) {
	for name, c := range map[string]struct {
		has     map[string]bool
		err     error
		verdict provision.Verdict
		says    string
	}{
		"both":         {map[string]bool{"DINGTALK_WEBHOOK": true, "DINGTALK_SIGNING_KEY": true}, nil, provision.OK, "the function pai-notify-dingtalk has it"},
		"one is empty": {map[string]bool{"DINGTALK_WEBHOOK": false, "DINGTALK_SIGNING_KEY": true}, nil, provision.Missing, "the function pai-notify-dingtalk does not have it"},
		"it has none":  {map[string]bool{}, nil, provision.Missing, "does not have it"},
		"not told":     {nil, nil, provision.Unknown, "are not told"},
		"denied":       {nil, &bus.Error{Kind: bus.Denied, Action: "fc:GetFunction"}, provision.Unknown, "fc:GetFunction"},
	} {
		t.Run(name, func(t *testing.T) {
			m := newMemory()
			d := desk(t, m)
			d.Cloud.Variables = func(_ context.Context, function string) (map[string]bool, error) {
				assert.Equal(t, "pai-notify-dingtalk", function)
				return c.has, c.err
			}
			require.NoError(t, apply(t.Context(), m, d.Workspace, provision.Options{}))
			up, by := found(t, d)
			f := by["variable DINGTALK_WEBHOOK"]
			assert.Equal(t, c.verdict, f.Verdict)
			assert.Contains(t, f.Text, c.says)
			assert.Equal(t, c.verdict == provision.OK, up.OK)
			d.Workspace.Rules[0].Enabled = false
			_, by = found(t, d)
			assert.NotContains(t, by, "variable DINGTALK_WEBHOOK", "a rule that is disabled sends nothing")
		})
	}
}
