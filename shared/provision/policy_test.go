package provision_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/functions"
	"github.com/pai-notify/pai-notify/shared/provision"
)

func TestTheMissionsPolicy(t *testing.T) {
	assert.JSONEq(t, `{"Version": "1", "Statement": [{"Effect": "Allow", "Resource": ["acs:eventbridge:*:*:eventbus/*"], "Action": [
		"eventbridge:CreateEventBus", "eventbridge:GetEventBus", "eventbridge:DeleteEventBus", "eventbridge:ListEventBuses",
		"eventbridge:CreateRule", "eventbridge:GetRule", "eventbridge:UpdateRule", "eventbridge:EnableRule", "eventbridge:DisableRule",
		"eventbridge:DeleteRule", "eventbridge:ListRules", "eventbridge:PutEvents", "eventbridge:UpdateTargets", "eventbridge:DeleteTargets", "eventbridge:ListTargets"]}]}`,
		provision.Policy(provision.Aliyun, provision.PolicyOptions{Types: functions.Register()}))
}

func TestTheLeastPolicyIsLimitedToTheBus(t *testing.T) {
	for _, cloud := range []string{provision.Aliyun, provision.AWS} {
		text := provision.Policy(cloud, provision.PolicyOptions{Types: functions.Register(), Least: true, Bus: busName, Region: "r-1", Account: "42"})
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
		for _, a := range provision.Actions(cloud) {
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
		text := provision.Policy(provision.AWS, provision.PolicyOptions{Types: functions.Register(), Least: true, Bus: busName, Region: region, Account: "42", Prefix: "lab-"})
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
				for _, typ := range []string{"dingtalk", "email", "http", "lark", "sms", "voice", "wecom"} {
					want = append(want, arns+typ)
				}
				assert.Equal(t, map[string]map[string][]string{"ForAllValues:ArnLike": {"events:TargetArn": want}}, s.Condition)
			}
		}
		assert.Equal(t, 1, put)
	}
}
