package provision_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/functions"
	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/provision"
)

func TestThePolicyForLearningIsApart(t *testing.T) {
	for cloud, want := range map[string]string{
		provision.Aliyun: `{"Version":"1","Statement":[{"Effect":"Allow","Action":["eventbridge:QueryTracedEvents","eventbridge:QueryEvent"],"Resource":["acs:eventbridge:cn-hangzhou:*:eventbus/pai-system-lab"]}]}`,
		provision.AWS:    `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["logs:FilterLogEvents"],"Resource":["arn:aws-cn:logs:cn-hangzhou:*:log-group:/aws/events/pai-system-lab:*"]}]}`,
	} {
		o := provision.PolicyOptions{Types: functions.Register(), Bus: busName, Region: "cn-hangzhou"}
		assert.JSONEq(t, want, provision.LearnPolicy(cloud, o))
		for _, least := range []bool{true, false} {
			o.Least = least
			for _, action := range provision.LearnActions(cloud) {
				assert.NotContains(t, provision.Policy(cloud, o), action)
				assert.NotContains(t, provision.Actions(cloud), action)
			}
		}
	}
	assert.Len(t, provision.Actions(provision.Aliyun), 15)
	assert.Contains(t, provision.LearnPolicy(provision.Aliyun, provision.PolicyOptions{Types: functions.Register()}), "acs:eventbridge:*:*:eventbus/*")
	assert.Contains(t, provision.LearnPolicy(provision.AWS, provision.PolicyOptions{Types: functions.Register(), LogGroup: "/aws/events/all"}), ":log-group:/aws/events/all:*")
}

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
			assert.Contains(t, provision.Unlearned(&bus.Error{Kind: c.kind, Action: "a:B"}, c.cloud, "w.yaml", busName, ""), c.want)
		})
	}
	assert.Contains(t, provision.Silent(aliyun, busName, ""), "Event Tracking")
	assert.Contains(t, provision.Silent(aws, busName, "/aws/events/x"), "log-group:/aws/events/x")
	_, document, ok := strings.Cut(provision.LogCommands(aws, busName, ""), "--policy-document '")
	require.True(t, ok)
	document, _, _ = strings.Cut(document, "'")
	assert.True(t, json.Valid([]byte(document)))
}
