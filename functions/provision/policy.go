package provision

import (
	"cmp"
	"encoding/json"
	"strings"
)

// PolicyOptions limit a policy; what is empty stands for any.
type PolicyOptions struct {
	// Bus is the name of the one bus that is meant.
	Bus             string
	Region, Account string
	// Prefix is that of the functions, which are invoked for tests.
	Prefix string
	// Least leaves out what is not needed for one bus.
	Least bool
}

type policy struct {
	Version   string      `json:"Version"`
	Statement []statement `json:"Statement"`
}

type statement struct {
	Effect   string   `json:"Effect"`
	Action   []string `json:"Action"`
	Resource []string `json:"Resource"`
}

// Policy returns the policy that who provisions a workspace needs in a cloud:
// the mission's for Alibaba Cloud, with the same reach on AWS, or one that is
// limited to a bus. It is indented JSON.
func Policy(cloud string, o PolicyOptions) string {
	var p policy
	if cloud == AWS {
		p = policyAWS(o)
	} else {
		p = policyAliyun(o)
	}
	text, _ := json.MarshalIndent(p, "", "  ") // texts can always be written
	return string(text)
}

func policyAliyun(o PolicyOptions) policy {
	region, account := cmp.Or(o.Region, "*"), cmp.Or(o.Account, "*")
	buses := "acs:eventbridge:" + region + ":" + account + ":eventbus/"
	p := policy{Version: "1"}
	if !o.Least {
		p.Statement = []statement{{"Allow", Actions(Aliyun), []string{buses + "*"}}}
		return p
	}
	var actions []string
	for _, a := range Actions(Aliyun) {
		if a != "eventbridge:ListEventBuses" {
			actions = append(actions, a)
		}
	}
	p.Statement = []statement{
		{"Allow", actions, []string{buses + o.Bus, buses + o.Bus + "/rule/*"}},
		// Listing has no single bus to be limited to.
		{"Allow", []string{"eventbridge:ListEventBuses"}, []string{buses + "*"}},
		{"Allow", []string{"fc:InvokeFunction", "fc:GetFunction"}, []string{"acs:fc:" + region + ":" + account + ":functions/" + cmp.Or(o.Prefix, DefaultPrefix) + "*"}},
		{"Allow", []string{"ram:GetRole"}, []string{"acs:ram:*:" + account + ":role/*"}},
	}
	return p
}

func policyAWS(o PolicyOptions) policy {
	region, account := cmp.Or(o.Region, "*"), cmp.Or(o.Account, "*")
	partition := "aws"
	if strings.HasPrefix(region, "cn-") {
		partition = "aws-cn"
	}
	events := "arn:" + partition + ":events:" + region + ":" + account + ":"
	lambda := statement{"Allow", []string{"lambda:InvokeFunction", "lambda:GetFunctionConfiguration", "lambda:GetPolicy"}, []string{"arn:" + partition + ":lambda:" + region + ":" + account + ":function:" + cmp.Or(o.Prefix, DefaultPrefix) + "*"}}
	p := policy{Version: "2012-10-17"}
	if !o.Least {
		p.Statement = []statement{{"Allow", Actions(AWS), []string{events + "event-bus/*", events + "rule/*"}}, lambda}
		return p
	}
	var onBus, onRule []string
	for _, a := range Actions(AWS) {
		switch a {
		case "events:CreateEventBus", "events:DescribeEventBus", "events:DeleteEventBus", "events:PutEvents":
			onBus = append(onBus, a)
		case "events:ListEventBuses", "events:ListRules":
		default:
			onRule = append(onRule, a)
		}
	}
	p.Statement = []statement{
		{"Allow", onBus, []string{events + "event-bus/" + o.Bus}},
		{"Allow", onRule, []string{events + "rule/" + o.Bus + "/*"}},
		// Lists have no single resource to be limited to.
		{"Allow", []string{"events:ListEventBuses", "events:ListRules"}, []string{"*"}},
		lambda,
	}
	return p
}
