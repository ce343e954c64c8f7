package policy

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Redeliver ends the name of the function that sends what waits in the ledger, and
// names its role.
const Redeliver = "redeliver"

// provisionRole is the role of the function that keeps the rules.
const provisionRole = "provision"

// Roles returns the names of the functions, each of which has a role of its own.
func (o Options) Roles() []string {
	list := []string{provisionRole, Redeliver}
	for _, spec := range o.Types {
		list = append(list, spec.Type)
	}
	slices.Sort(list)
	return list
}

// Role returns the policy for the role of one function, as indented JSON:
// what this function needs, and nothing that another needs. provision has to be
// given the bus, and redeliver the bus and the ledger.
func Role(cloud, role string, o Options) (string, error) {
	switch {
	case !slices.Contains(o.Roles(), role):
		return "", fmt.Errorf("policy: there is no function %q: use %s", role, strings.Join(o.Roles(), ", "))
	case (role == provisionRole || role == Redeliver) && o.Bus == "":
		return "", fmt.Errorf("policy: the role of %s is limited to one bus: name the workspace's document", role)
	case role == Redeliver && o.Ledger == "":
		return "", fmt.Errorf("policy: %s sends what waits in a ledger: name it, as PAI_NOTIFY_LEDGER of the functions has it", Redeliver)
	}
	if err := o.CheckLedger(cloud); err != nil {
		return "", err
	}
	if role == provisionRole {
		o.Ledger = "" // it sends nothing, and reads no history
	}
	o.Least = true
	if cloud == aws {
		return roleAWS(role, o).String(), nil
	}
	return roleAliyun(role, o).String(), nil
}

// Trust returns the document that lets the functions of a cloud act with a role.
func Trust(cloud string) string {
	service, version := "fc.aliyuncs.com", "1"
	if cloud == aws {
		service, version = "lambda.amazonaws.com", "2012-10-17"
	}
	return `{
  "Version": "` + version + `",
  "Statement": [
    {
      "Effect": "Allow",
      "Action": "sts:AssumeRole",
      "Principal": {
        "Service": [
          "` + service + `"
        ]
      }
    }
  ]
}`
}

func roleAliyun(role string, o Options) document {
	of := func(service string) string {
		return "acs:" + service + ":" + cmp.Or(o.Region, "*") + ":" + cmp.Or(o.Account, "*") + ":"
	}
	queue := cmp.Or(o.DeadLetter, of("mns")+"/queues/"+FunctionName(o.Prefix, "undelivered"))
	p := document{Version: "1", Statement: []statement{
		// Function Compute keeps what was not delivered, and writes the log. Which
		// project and store it makes is known only then.
		allow([]string{"mns:SendMessage"}, []string{queue + "/messages"}),
		allow([]string{"log:PostLogStoreLogs"}, []string{of("log") + "project/*/logstore/*"}),
	}}
	functions := of("fc") + "functions/"
	switch role {
	case provisionRole:
		p.Statement = append(p.Statement, unable("eventbridge:PutEvents", policyAliyun(o).Statement)...)
		return p
	case Redeliver:
		bus := of("eventbridge") + "eventbus/" + o.Bus
		p.Statement = append(p.Statement,
			o.searches(aliyun),
			allow([]string{"eventbridge:ListRules", "eventbridge:ListTargets"}, []string{bus, bus + "/rule/*"}),
			allow([]string{"fc:InvokeFunction"}, o.each(functions)),
		)
		return p
	}
	if o.Ledger != "" {
		// What it could not deliver goes to redeliver, which it wakes in a storm.
		p.Statement = append(p.Statement, o.rows(aliyun), allow([]string{"fc:InvokeFunction"}, []string{functions + FunctionName(o.Prefix, Redeliver)}))
	}
	if !o.NoSecret {
		p.Statement = append(p.Statement, allow([]string{"kms:GetSecretValue"}, []string{of("kms") + "secret/" + cmp.Or(o.Secret, SecretName(aliyun, o.Prefix))}))
	}
	if o.Key != "" && !o.NoSecret {
		p.Statement = append(p.Statement, allow([]string{"kms:Decrypt"}, []string{of("kms") + "key/" + o.Key}))
	}
	p.Statement = append(p.Statement, o.permissions(aliyun, role)...)
	return p
}

func roleAWS(role string, o Options) document {
	name := FunctionName(o.Prefix, role)
	p := document{Version: "2012-10-17", Statement: []statement{
		allow([]string{"logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"}, []string{o.ARNs("logs") + "log-group:/aws/lambda/" + name + ":*"}),
	}}
	switch {
	case role == provisionRole:
		p.Statement = append(p.Statement, unable("events:PutEvents", policyAWS(o).Statement)...)
		return p
	case role == Redeliver:
		p.Statement = append(p.Statement,
			allow([]string{"sqs:ReceiveMessage", "sqs:DeleteMessage"}, []string{cmp.Or(o.DeadLetter, o.ARNs("sqs")+FunctionName(o.Prefix, "undelivered"))}),
			o.searches(aws),
			allow([]string{"events:ListTargetsByRule"}, []string{o.ARNs("events") + "rule/" + o.Bus + "/*"}),
			// Lists have no single resource to be limited to.
			allow([]string{"events:ListRules"}, []string{"*"}),
			allow([]string{"lambda:InvokeFunction"}, o.each(o.ARNs("lambda")+"function:")),
		)
		return p
	case o.Ledger != "":
		// What failed goes to the queue of all functions, from which redeliver takes it.
		p.Statement = append(p.Statement,
			allow([]string{"sqs:SendMessage"}, []string{cmp.Or(o.DeadLetter, o.ARNs("sqs")+FunctionName(o.Prefix, "undelivered"))}),
			o.rows(aws),
			// In a storm it has redeliver look at once for what waits.
			allow([]string{"lambda:InvokeFunction"}, []string{o.ARNs("lambda") + "function:" + FunctionName(o.Prefix, Redeliver)}),
		)
	default:
		// What failed goes to its own queue, from which Lambda hands it over again.
		takes := []string{"sqs:SendMessage", "sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility", "sqs:GetQueueAttributes"}
		p.Statement = append(p.Statement, allow(takes, []string{cmp.Or(o.DeadLetter, o.ARNs("sqs")+name+"-undelivered")}))
	}
	if !o.NoSecret {
		// Secrets Manager ends an ARN with six characters of its own.
		p.Statement = append(p.Statement, allow([]string{"secretsmanager:GetSecretValue"}, []string{o.ARNs("secretsmanager") + "secret:" + cmp.Or(o.Secret, SecretName(aws, o.Prefix)) + "-??????"}))
	}
	if o.Key != "" && !o.NoSecret {
		p.Statement = append(p.Statement, allow([]string{"kms:Decrypt"}, []string{o.ARNs("kms") + "key/" + o.Key}))
	}
	p.Statement = append(p.Statement, o.permissions(aws, role)...)
	return p
}

// permissions are those that a target type asks for itself.
func (o Options) permissions(cloud, role string) (list []statement) {
	for _, spec := range o.Types {
		if spec.Type == role && spec.Permissions != nil {
			list = append(list, allow(spec.Permissions(cloud, o.ARNs)))
		}
	}
	return list
}

// unable takes an action away: provision puts no events on the bus.
func unable(action string, list []statement) []statement {
	for i, s := range list {
		list[i].Action = slices.DeleteFunc(slices.Clone(s.Action), func(a string) bool { return a == action })
	}
	return list
}
