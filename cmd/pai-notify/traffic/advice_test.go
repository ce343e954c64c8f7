package traffic

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/provision"
)

func TestWhatKeepsTheBusFromBeingReadIsSaid(t *testing.T) {
	aws := provision.Cloud{Name: provision.AWS, Region: "ap-southeast-1", Account: "123456789012"}
	aliyun := provision.Cloud{Name: provision.Aliyun, Region: "cn-hangzhou"}
	for name, c := range map[string]struct {
		cloud provision.Cloud
		kind  bus.Kind
		want  string
	}{
		"a permission":    {aliyun, bus.Denied, "pai-notify policy --learn -w w.yaml --bus aliyun"},
		"a permission on": {aws, bus.Denied, "pai-notify policy --learn -w w.yaml --bus aws"},
		"a log group":     {aws, bus.NotFound, "aws events put-targets --region ap-southeast-1 --event-bus-name pai-system-lab --rule pai-notify-learn --targets Id=logs,Arn=arn:aws:logs:ap-southeast-1:123456789012:log-group:/aws/events/pai-system-lab"},
		"a bus":           {aliyun, bus.NotFound, "the bus is not there"},
		"activation":      {aliyun, bus.NotActivated, "https://eventbridge.console.aliyun.com"},
	} {
		t.Run(name, func(t *testing.T) {
			assert.Contains(t, unreadable(&bus.Error{Kind: c.kind, Action: "a:B"}, c.cloud, "w.yaml", "pai-system-lab", ""), c.want)
		})
	}
	assert.Contains(t, quiet(aliyun, "pai-system-lab", ""), "Event Tracking")
	assert.Contains(t, quiet(aws, "pai-system-lab", "/aws/events/x"), "log-group:/aws/events/x")
	_, document, ok := strings.Cut(logCommands(aws, "pai-system-lab", ""), "--policy-document '")
	require.True(t, ok)
	document, _, _ = strings.Cut(document, "'")
	assert.True(t, json.Valid([]byte(document)))
}
