package functions_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/pai-notify/pai-notify/shared/inbox"
)

// TestEveryPieceThatIsTakenAwayIsMissed takes each piece of wecom out of a copy of
// the deploy files, and changes what is more than a name.
func TestEveryPieceThatIsTakenAwayIsMissed(t *testing.T) {
	const fn, redeliver = "WecomFunction", "Resources/RedeliverFunctionRole/Properties/Policies/PolicyName=redeliver/PolicyDocument/Statement/Sid="
	reported := map[string]bool{}
	for _, c := range []struct {
		file, path string
		value      string // in place of what is taken away
		want       []string
	}{
		{"template.yaml", "Resources/WecomFunction", "", []string{
			"IDFunction does not run TYPE", "IDFunction does not have the role IDFunctionRole",
			"IDFunction does not hand what it cannot deliver to a queue with dead letters",
		}},
		{"template.yaml", "Resources/WecomFunction/Properties/CodeUri", "build/lambda/lark", []string{"IDFunction does not run TYPE"}},
		{"template.yaml", "Resources/WecomFunctionRole", "", []string{
			"IDFunction does not have the role IDFunctionRole", "IDFunctionRole may not send to the queue of IDFunction", "IDFunctionRole may not read and write rows of the ledger",
		}},
		{"template.yaml", "Resources/WecomFunction/Properties/Role", "", []string{"IDFunction does not have the role IDFunctionRole"}},
		{"template.yaml", "Resources/WecomPermission", "", []string{"no AWS::Lambda::Permission lets the bus invoke IDFunction"}},
		{"template.yaml", "Resources/WecomPermission/Properties/FunctionName", "lark", []string{"no AWS::Lambda::Permission lets the bus invoke IDFunction"}},
		{"template.yaml", "Resources/WecomPermission/Properties/Principal", "sns.amazonaws.com", []string{"no AWS::Lambda::Permission lets the bus invoke IDFunction"}},
		{"template.yaml", "Resources/WecomPermission/Properties/Action", "lambda:GetFunction", []string{"no AWS::Lambda::Permission lets the bus invoke IDFunction"}},
		{"template.yaml", "Resources/WecomPermission/Properties/SourceArn", "", []string{"no AWS::Lambda::Permission lets the bus invoke IDFunction"}},
		{"template.yaml", "Resources/Rules/DependsOn/WecomPermission", "", []string{"Rules does not depend on the permission to invoke IDFunction"}},
		{"template.yaml", "Resources/Undelivered", "", []string{"IDFunction does not hand what it cannot deliver to a queue with dead letters"}},
		{"template.yaml", "Resources/Undelivered/Properties/RedrivePolicy", "", []string{"IDFunction does not hand what it cannot deliver to a queue with dead letters"}},
		{"template.yaml", "Resources/WecomFunction/Properties/EventInvokeConfig", "", []string{"IDFunction does not hand what it cannot deliver to a queue with dead letters"}},
		{"template.yaml", "Resources/WecomFunctionRole/Properties/ManagedPolicyArns", "", []string{"IDFunctionRole may not send to the queue of IDFunction", "IDFunctionRole may not read and write rows of the ledger"}},
		{"template.yaml", "Resources/FunctionsPolicy/Properties/PolicyDocument/Statement/Sid=WhatFailed", "", []string{"IDFunctionRole may not send to the queue of IDFunction"}},
		{"template.yaml", "Resources/FunctionsPolicy/Properties/PolicyDocument/Statement/Sid=Ledger/Action/dynamodb:GetItem", "", []string{"IDFunctionRole may not read and write rows of the ledger"}},
		{"template.yaml", "Resources/RedeliverFunction/Properties/Environment", "", []string{"redeliver does not take up what is in the queue of IDFunction"}},
		{"template.yaml", "Resources/RedeliverFunction/Properties/Environment/Variables/PAI_NOTIFY_UNDELIVERED", "DeadLetters", []string{"redeliver does not take up what is in the queue of IDFunction"}},
		{"template.yaml", redeliver + "WhatFailed", "", []string{"redeliver does not take up what is in the queue of IDFunction"}},
		{"template.yaml", redeliver + "TheseFunctionsSend/Resource/" + fn + ".Arn", "", []string{"RedeliverFunctionRole may not invoke IDFunction"}},
		{"template.yaml", "Resources/ProvisionFunctionRole/Properties/Policies/PolicyName=provision/PolicyDocument/Statement/Sid=TargetsAreTheseFunctions/Condition/ForAllValues:ArnEquals/events:TargetArn/" + fn + ".Arn", "", []string{"ProvisionFunctionRole may not put targets on the bus that are IDFunction"}},
		{"template.yaml", "Resources/ProvisionFunctionRole/Properties/Policies/PolicyName=provision/PolicyDocument/Statement/Sid=StatusAndTests/Resource/" + fn + ".Arn", "", []string{"ProvisionFunctionRole may not look at IDFunction and test it"}},
		{"template.yaml", "Resources/LostAlarm/Properties/Metrics/Id=wecom", "", []string{"LostAlarm does not watch IDFunction"}},

		{"s.yaml", "resources/wecom", "", []string{
			"TYPE does not run its bootstrap under the name of the type", "TYPE does not have the role ${vars.roles}TYPE", "TYPE has no failure destination",
		}},
		{"s.yaml", "resources/wecom/props/functionName", "", []string{"TYPE does not run its bootstrap under the name of the type"}},
		{"s.yaml", "resources/wecom/props/code", "", []string{"TYPE does not run its bootstrap under the name of the type"}},
		{"s.yaml", "resources/wecom/props/role", "", []string{"TYPE does not have the role ${vars.roles}TYPE"}},
		{"s.yaml", "resources/dingtalk/props/asyncInvokeConfig/destinationConfig", "", []string{"TYPE has no failure destination"}},
	} {
		t.Run(c.file+" "+c.path+" "+c.value, func(t *testing.T) {
			p := asItStands(t, func(template, serverlessDevs *yaml.Node) {
				require.True(t, replace(map[string]*yaml.Node{"template.yaml": template, "s.yaml": serverlessDevs}[c.file].Content[0], strings.Split(c.path, "/"), c.value))
			})
			var want []string
			for _, text := range c.want {
				want = append(want, demand{text: c.file + ": " + text}.of("wecom"))
				reported[c.file+": "+text] = true
			}
			assert.ElementsMatch(t, want, p.lacks("wecom"))
		})
	}
	for _, d := range demands {
		if strings.HasPrefix(d.text, "template.yaml: ") || strings.HasPrefix(d.text, "s.yaml: ") {
			assert.True(t, reported[d.text], "nothing shows that this is missed: %s", d.text)
		}
	}
}

func TestEveryTextThatIsTakenAwayIsMissed(t *testing.T) {
	for what, take := range map[string]func(*inbox.Platform){
		"the name": func(p *inbox.Platform) { p.Name.JA = "" },
		"the help": func(p *inbox.Platform) { p.Help.ZH = "" },
		"the label of template_code": func(p *inbox.Platform) {
			p.Parameters["template_code"] = inbox.Parameter{Help: p.Parameters["template_code"].Help}
		},
		"the help of template_code": func(p *inbox.Platform) {
			p.Parameters["template_code"] = inbox.Parameter{Label: p.Parameters["template_code"].Label}
		},
		"the help of access_key_id": func(p *inbox.Platform) {
			about := p.Parameters["access_key_id"]
			about.Help.EN = ""
			p.Parameters["access_key_id"] = about
		},
	} {
		t.Run(what, func(t *testing.T) {
			p := asItStands(t, asTheyAre)
			for i := range p.platforms {
				if platform := &p.platforms[i]; platform.Type == "sms" {
					platform.Parameters = maps.Clone(platform.Parameters)
					take(platform)
				}
			}
			assert.Equal(t, []string{"the stand-in of sms lacks " + what + " in a language"}, p.lacks("sms"))
		})
	}
}

func TestAnAlarmThatIsFullHasASecondOne(t *testing.T) {
	metric := func(typ string) *yaml.Node {
		var n yaml.Node
		require.NoError(t, yaml.Unmarshal([]byte("{Id: "+typ+", MetricStat: {Metric: {Namespace: AWS/Lambda, MetricName: DestinationDeliveryFailures, Dimensions: [{Name: FunctionName, Value: !Ref "+logicalID(typ)+"Function}]}}}"), &n))
		return n.Content[0]
	}
	full := asItStands(t, func(template, _ *yaml.Node) {
		metrics := find(template.Content[0], "Resources", "LostAlarm", "Properties", "Metrics")
		for len(metrics.Content) <= mostMetrics+1 { // the expression is none
			metrics.Content = append(metrics.Content, metric("wecom"))
		}
	})
	assert.Equal(t, []string{"template.yaml: LostAlarm has 11 metrics and may have 10: copy it as LostAlarm2, and move the last ones there"}, full.aws.crowded())
	moved := asItStands(t, func(template, _ *yaml.Node) {
		require.True(t, replace(template.Content[0], strings.Split("Resources/LostAlarm/Properties/Metrics/Id=wecom", "/"), ""))
		var second yaml.Node
		require.NoError(t, yaml.Unmarshal([]byte("LostAlarm2: {Type: AWS::CloudWatch::Alarm, Properties: {Metrics: []}}"), &second))
		find(second.Content[0], "LostAlarm2", "Properties", "Metrics").Content = []*yaml.Node{metric("wecom")}
		resources := find(template.Content[0], "Resources")
		resources.Content = append(resources.Content, second.Content[0].Content...)
	})
	assert.Empty(t, moved.aws.crowded())
	assert.Empty(t, moved.lacks("wecom"))
}

// find is a member of a member of a mapping.
func find(n *yaml.Node, path ...string) *yaml.Node {
	for i := 0; len(path) > 0 && i < len(n.Content); i += 2 {
		if n.Content[i].Value == path[0] {
			return find(n.Content[i+1], path[1:]...)
		}
	}
	return n
}

// replace puts a text in place of a part of a document, or takes the part out. In
// a list, a step is the text of an element, or a member of it, as in Id=wecom.
func replace(n *yaml.Node, path []string, value string) bool {
	for i, step := 0, 1; i < len(n.Content); i += step {
		found, child := n.Content[i].Value == path[0], n.Content[i]
		if n.Kind == yaml.MappingNode {
			step, child = 2, n.Content[i+1]
		} else if key, want, ok := strings.Cut(path[0], "="); ok && child.Kind == yaml.MappingNode {
			for at := 0; at < len(child.Content); at += 2 {
				found = found || child.Content[at].Value == key && child.Content[at+1].Value == want
			}
		}
		switch {
		case !found:
		case len(path) > 1:
			return replace(child, path[1:], value)
		case value != "":
			*child = yaml.Node{Kind: yaml.ScalarNode, Value: value}
			return true
		default:
			n.Content = slices.Delete(n.Content, i, i+step)
			return true
		}
	}
	return false
}
