package deliver

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/outcome"
	"github.com/pai-notify/pai-notify/shared/workspace"
)

func TestARuleShowsWhatItChoseWhicheverWayItComes(t *testing.T) {
	const says = `"description":"Look at these.","title":["name",{"path":"UserId"}],"fields":["status",{"path":"UserId","label":{"en":"Who","zh":"谁"}}]`
	const failed = `{"specversion":"1.0","id":"e1","source":"acs.paidlc","type":"paidlc:JobStateChange:JobFailed","data":{"JobId":"dlc1","DisplayName":"bert","Status":"Failed","UserId":"7","ReasonMessage":"OOM"}}`
	t.Setenv(workspace.Variable, strings.Replace(document, `"events":`, says+`,"events":`, 1))
	for way, payload := range map[string]string{
		"by hand":        failed,
		"from a bus":     strings.Replace(wrapped(failed), `"rule":"gpu-died"`, `"rule":{"name":"gpu-died",`+says+`}`, 1),
		"in a list":      `{"rules":[{"rule":{"name":"gpu-died",` + says + `},"patterns":[` + everything + `],"targets":[{"type":"station","name":"oncall","language":"zh","parameters":{"line":"x"}}]}],"event":` + failed + `}`,
		"from a version": wrapped(failed),
	} {
		t.Run(way, func(t *testing.T) {
			f, l := newFunction(nil)
			answer, err := f.Handle(t.Context(), []byte(payload))
			require.Equal(t, outcome.Sent, outcomeOf(t, answer, err).Status)
			n := l.notifications[0]
			rule := event.Rule{Name: "gpu-died"}
			if way == "by hand" { // the document says whose it is
				rule.Owner = "research"
			}
			assert.Equal(t, notificationID(n.Event, rule, "station/oncall"), n.ID, "what a rule shows makes no other notification")
			labels := map[string]string{}
			for _, f := range n.Message.Fields {
				labels[f.Label] = f.Value
			}
			if way == "from a version" {
				assert.Equal(t, "bert", n.Message.Name)
				assert.Contains(t, labels, "原因")
				return
			}
			assert.Equal(t, "bert · 7", n.Message.Name)
			assert.Equal(t, "Look at these.", n.Message.About)
			assert.Equal(t, "7", labels[map[bool]string{true: "Who", false: "谁"}[n.Message.Language == "en"]])
			assert.NotContains(t, labels, "原因")
			assert.Len(t, labels, 2)
		})
	}
}
