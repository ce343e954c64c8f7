// Package policy prints the least-privilege policies that a workspace needs: for
// whoever runs plan and apply, for each function's role, and for whoever reads
// which events passed a bus.
package policy

import (
	"cmp"
	"encoding/json"
	"strings"

	"github.com/pai-notify/pai-notify/shared/target"
)

// Options limit a policy; what is empty stands for any.
type Options struct {
	// Bus is the name of the one bus that is meant.
	Bus             string
	Region, Account string
	// Types are those of targets, each of which has a function.
	Types []target.Spec
	// Prefix is that of the functions, which are invoked for tests.
	Prefix string
	// DeadLetter is the ARN of the queue that a function's role may send to, Secret
	// the name of the one secret it reads, and Key the id of a key of the account
	// that the secret is encrypted with, when it has one.
	DeadLetter, Secret, Key string
	// Ledger is the ledger of the functions as PAI_NOTIFY_LEDGER names it; "" for
	// none. [Options.CheckLedger] says whether it can be one.
	Ledger string
	// Alarms tells that who applies the document makes alarms on Alibaba Cloud.
	Alarms bool
	// NoSecret tells that functions have their secrets in their packages.
	NoSecret bool
	// LogGroup is where a rule writes the events of the bus on AWS; "" for the
	// bus's own.
	LogGroup string
	// Least leaves out what is not needed for one bus.
	Least bool
}

type document struct {
	Version   string      `json:"Version"`
	Statement []statement `json:"Statement"`
}

type statement struct {
	Effect   string   `json:"Effect"`
	Action   []string `json:"Action"`
	Resource []string `json:"Resource"`
	// Condition is by operator and key.
	Condition map[string]map[string][]string `json:"Condition,omitempty"`
}

func allow(actions, resources []string) statement {
	return statement{Effect: "Allow", Action: actions, Resource: resources}
}

// Provision returns the policy for whoever runs plan and apply in a cloud: the one
// PAI documents for Alibaba Cloud, with the same reach on AWS, or one that is
// limited to a bus, with the ledger where one is named. It is indented JSON.
func Provision(cloud string, o Options) string {
	var p document
	if cloud == aws {
		p = policyAWS(o)
	} else {
		p = policyAliyun(o)
	}
	return p.String()
}

// String returns the policy as indented JSON.
func (p document) String() string {
	text, _ := json.MarshalIndent(p, "", "  ") // texts can always be written
	return string(text)
}

// each returns the ARNs of the functions of all target types. A prefix with a *
// would take those of another installation whose prefix continues this one.
func (o Options) each(arns string) []string {
	var list []string
	for _, spec := range o.Types {
		list = append(list, arns+FunctionName(o.Prefix, spec.Type))
	}
	return list
}

func policyAliyun(o Options) document {
	region, account := cmp.Or(o.Region, "*"), cmp.Or(o.Account, "*")
	buses := "acs:eventbridge:" + region + ":" + account + ":eventbus/"
	p := document{Version: "1"}
	if !o.Least {
		p.Statement = []statement{allow(Actions(aliyun), []string{buses + "*"})}
		return p
	}
	var actions []string
	for _, a := range Actions(aliyun) {
		if a != "eventbridge:ListEventBuses" {
			actions = append(actions, a)
		}
	}
	p.Statement = []statement{
		allow(actions, []string{buses + o.Bus, buses + o.Bus + "/rule/*"}),
		// Listing has no single bus to be limited to.
		allow([]string{"eventbridge:ListEventBuses"}, []string{buses + "*"}),
		allow([]string{"fc:InvokeFunction", "fc:GetFunction"}, o.each("acs:fc:"+region+":"+account+":functions/")),
		allow([]string{"ram:GetRole"}, serviceRoles("acs:ram:*:"+account+":role/")),
	}
	return p.with(o, aliyun).making(o)
}

// serviceRoles returns the ARNs of the roles that a check-up looks for, also in
// the small letters that RAM writes names of roles in.
func serviceRoles(arns string) []string {
	return []string{arns + WorkspaceRole, arns + strings.ToLower(WorkspaceRole), arns + SendRole, arns + strings.ToLower(SendRole)}
}

func policyAWS(o Options) document {
	events, targets := o.ARNs("events"), o.each(o.ARNs("lambda")+"function:")
	lambda := allow([]string{"lambda:InvokeFunction", "lambda:GetFunctionConfiguration", "lambda:GetPolicy"}, targets)
	p := document{Version: "2012-10-17"}
	if !o.Least {
		p.Statement = []statement{allow(Actions(aws), []string{events + "event-bus/*", events + "rule/*"}), lambda}
		return p
	}
	var onBus, onRule []string
	for _, a := range Actions(aws) {
		switch a {
		case "events:CreateEventBus", "events:DescribeEventBus", "events:DeleteEventBus", "events:PutEvents":
			onBus = append(onBus, a)
		case "events:ListEventBuses", "events:ListRules", "events:PutTargets":
		default:
			onRule = append(onRule, a)
		}
	}
	// Whoever may put any target could have the bus's events sent elsewhere.
	ours := allow([]string{"events:PutTargets"}, []string{events + "rule/" + o.Bus + "/*"})
	ours.Condition = map[string]map[string][]string{"ForAllValues:ArnLike": {"events:TargetArn": targets}}
	p.Statement = []statement{
		allow(onBus, []string{events + "event-bus/" + o.Bus}),
		allow(onRule, []string{events + "rule/" + o.Bus + "/*"}),
		ours,
		// Lists have no single resource to be limited to.
		allow([]string{"events:ListEventBuses", "events:ListRules"}, []string{"*"}),
		lambda,
	}
	return p.with(o, aws)
}

// with lets people read the history in a ledger, whose name redeliver has, and send
// dead letters again.
func (p document) with(o Options, cloud string) document {
	if o.Ledger == "" {
		return p
	}
	looks, function := "fc:GetFunction", "acs:fc:"+cmp.Or(o.Region, "*")+":"+cmp.Or(o.Account, "*")+":functions/"
	if cloud == aws {
		looks, function = "lambda:GetFunctionConfiguration", o.ARNs("lambda")+"function:"
	}
	p.Statement = append(p.Statement, o.searches(cloud), allow([]string{looks}, []string{function + FunctionName(o.Prefix, Redeliver)}))
	return p
}

// ARNs returns what ARNs of a service of AWS begin with.
func (o Options) ARNs(service string) string {
	partition := "aws"
	switch {
	case strings.HasPrefix(o.Region, "cn-"):
		partition = "aws-cn"
	case strings.HasPrefix(o.Region, "us-gov-"):
		partition = "aws-us-gov"
	}
	return "arn:" + partition + ":" + service + ":" + cmp.Or(o.Region, "*") + ":" + cmp.Or(o.Account, "*") + ":"
}
