package policy_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/functions"
	"github.com/pai-notify/pai-notify/shared/provision"
	"github.com/pai-notify/pai-notify/shared/provision/policy"
)

const busName = "pai-system-lab"

func TestTheMissionsPolicy(t *testing.T) {
	assert.JSONEq(t, `{"Version": "1", "Statement": [{"Effect": "Allow", "Resource": ["acs:eventbridge:*:*:eventbus/*"], "Action": [
		"eventbridge:CreateEventBus", "eventbridge:GetEventBus", "eventbridge:DeleteEventBus", "eventbridge:ListEventBuses",
		"eventbridge:CreateRule", "eventbridge:GetRule", "eventbridge:UpdateRule", "eventbridge:EnableRule", "eventbridge:DisableRule",
		"eventbridge:DeleteRule", "eventbridge:ListRules", "eventbridge:PutEvents", "eventbridge:UpdateTargets", "eventbridge:DeleteTargets", "eventbridge:ListTargets"]}]}`,
		policy.Provision(provision.Aliyun, policy.Options{Types: functions.Register()}))
}

func TestTheLeastPolicyIsLimitedToTheBus(t *testing.T) {
	for _, cloud := range []string{provision.Aliyun, provision.AWS} {
		text := policy.Provision(cloud, policy.Options{Types: functions.Register(), Least: true, Bus: busName, Region: "r-1", Account: "42"})
		var p struct {
			Statement []struct{ Action, Resource []string }
		}
		require.NoError(t, json.Unmarshal([]byte(text), &p))
		granted := map[string]bool{}
		for _, s := range p.Statement {
			for _, a := range s.Action {
				granted[a] = true
				for _, r := range s.Resource {
					if strings.HasPrefix(a, "event") && !strings.Contains(a, "List") {
						assert.Contains(t, r, busName, a)
					}
				}
			}
		}
		for _, a := range policy.Actions(cloud) {
			assert.True(t, granted[a], a)
		}
	}
}

func TestTargetsMayBeNothingButTheFunctions(t *testing.T) {
	for region, arns := range map[string]string{
		"":               "arn:aws:lambda:*:42:function:lab-",
		"ap-southeast-1": "arn:aws:lambda:ap-southeast-1:42:function:lab-",
		"cn-north-1":     "arn:aws-cn:lambda:cn-north-1:42:function:lab-",
		"us-gov-west-1":  "arn:aws-us-gov:lambda:us-gov-west-1:42:function:lab-",
	} {
		text := policy.Provision(provision.AWS, policy.Options{Types: functions.Register(), Least: true, Bus: busName, Region: region, Account: "42", Prefix: "lab-"})
		var p struct {
			Statement []struct {
				Action    []string
				Condition map[string]map[string][]string
			}
		}
		require.NoError(t, json.Unmarshal([]byte(text), &p))
		put := 0
		for _, s := range p.Statement {
			if slices.Contains(s.Action, "events:PutTargets") {
				put++
				want := []string{}
				for _, spec := range functions.Register() {
					want = append(want, arns+spec.Type)
				}
				assert.Equal(t, map[string]map[string][]string{"ForAllValues:ArnLike": {"events:TargetArn": want}}, s.Condition)
			}
		}
		assert.Equal(t, 1, put)
	}
}

func TestThePolicyForLearningIsApart(t *testing.T) {
	for cloud, want := range map[string]string{
		provision.Aliyun: `{"Version":"1","Statement":[{"Effect":"Allow","Action":["eventbridge:QueryTracedEvents","eventbridge:QueryEvent"],"Resource":["acs:eventbridge:cn-hangzhou:*:eventbus/pai-system-lab"]}]}`,
		provision.AWS:    `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["logs:FilterLogEvents"],"Resource":["arn:aws-cn:logs:cn-hangzhou:*:log-group:/aws/events/pai-system-lab:*"]}]}`,
	} {
		o := policy.Options{Types: functions.Register(), Bus: busName, Region: "cn-hangzhou"}
		assert.JSONEq(t, want, policy.Learn(cloud, o))
		for _, least := range []bool{true, false} {
			o.Least = least
			for _, action := range []string{"logs:FilterLogEvents", "eventbridge:QueryTracedEvents", "eventbridge:QueryEvent"} {
				assert.NotContains(t, policy.Provision(cloud, o), action)
				assert.NotContains(t, policy.Actions(cloud), action)
			}
		}
	}
	assert.Len(t, policy.Actions(provision.Aliyun), 15)
	assert.Contains(t, policy.Learn(provision.Aliyun, policy.Options{Types: functions.Register()}), "acs:eventbridge:*:*:eventbus/*")
	assert.Contains(t, policy.Learn(provision.AWS, policy.Options{Types: functions.Register(), LogGroup: "/aws/events/all"}), ":log-group:/aws/events/all:*")
}
