package provision

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// provisionRole is the role of the function that keeps the rules.
const provisionRole = "provision"

// Roles returns the names of the functions, each of which has a role of its own.
func (o PolicyOptions) Roles() []string {
	list := []string{provisionRole}
	for _, spec := range o.Types {
		list = append(list, spec.Type)
	}
	slices.Sort(list)
	return list
}

// RolePolicy returns the policy for the role of one function, as indented JSON:
// what this function needs, and nothing that another needs. provision has to be
// given the bus.
func RolePolicy(cloud, role string, o PolicyOptions) (string, error) {
	switch {
	case !slices.Contains(o.Roles(), role):
		return "", fmt.Errorf("provision: there is no function %q: use %s", role, strings.Join(o.Roles(), ", "))
	case role == provisionRole && o.Bus == "":
		return "", fmt.Errorf("provision: the role of %s is limited to one bus: name the workspace's document", provisionRole)
	}
	o.Least = true
	if cloud == AWS {
		return roleAWS(role, o).String(), nil
	}
	return roleAliyun(role, o).String(), nil
}

// Trust returns the document that lets the functions of a cloud act with a role.
func Trust(cloud string) string {
	service, version := "fc.aliyuncs.com", "1"
	if cloud == AWS {
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

// SecretName returns what a deployment calls its secret when nothing else is
// said: template.yaml after the stack, whose name with a "-" is the prefix.
func SecretName(cloud, prefix string) string {
	if cloud == AWS {
		return "pai-notify/" + strings.TrimSuffix(cmp.Or(prefix, DefaultPrefix), "-")
	}
	return "pai-notify"
}

func roleAliyun(role string, o PolicyOptions) policy {
	of := func(service string) string {
		return "acs:" + service + ":" + cmp.Or(o.Region, "*") + ":" + cmp.Or(o.Account, "*") + ":"
	}
	queue := cmp.Or(o.DeadLetter, of("mns")+"/queues/"+prefixed(o.Prefix, "undelivered"))
	p := policy{Version: "1", Statement: []statement{
		// Function Compute keeps what was not delivered, and writes the log. Which
		// project and store it makes is known only then.
		allow([]string{"mns:SendMessage"}, []string{queue + "/messages"}),
		allow([]string{"log:PostLogStoreLogs"}, []string{of("log") + "project/*/logstore/*"}),
	}}
	if role == provisionRole {
		p.Statement = append(p.Statement, unable("eventbridge:PutEvents", policyAliyun(o).Statement)...)
		return p
	}
	if !o.NoSecret {
		p.Statement = append(p.Statement, allow([]string{"kms:GetSecretValue"}, []string{of("kms") + "secret/" + cmp.Or(o.Secret, SecretName(Aliyun, o.Prefix))}))
	}
	if o.Key != "" && !o.NoSecret {
		p.Statement = append(p.Statement, allow([]string{"kms:Decrypt"}, []string{of("kms") + "key/" + o.Key}))
	}
	// Text messages and calls have no resource that a policy could name.
	switch role {
	case "sms":
		p.Statement = append(p.Statement, allow([]string{"dysms:SendSms", "dysms:QuerySendDetails"}, []string{"*"}))
	case "voice":
		p.Statement = append(p.Statement, allow([]string{"dyvms:SingleCallByTts"}, []string{"*"}))
	}
	return p
}

func roleAWS(role string, o PolicyOptions) policy {
	name := prefixed(o.Prefix, role)
	p := policy{Version: "2012-10-17", Statement: []statement{
		allow([]string{"logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"}, []string{o.arns("logs") + "log-group:/aws/lambda/" + name + ":*"}),
	}}
	if role == provisionRole {
		p.Statement = append(p.Statement, unable("events:PutEvents", policyAWS(o).Statement)...)
		return p
	}
	// What failed goes to the queue, from which the function takes it again.
	p.Statement = append(p.Statement, allow(
		[]string{"sqs:SendMessage", "sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility", "sqs:GetQueueAttributes"},
		[]string{cmp.Or(o.DeadLetter, o.arns("sqs")+name+"-undelivered")},
	))
	if !o.NoSecret {
		// Secrets Manager ends an ARN with six characters of its own.
		p.Statement = append(p.Statement, allow([]string{"secretsmanager:GetSecretValue"}, []string{o.arns("secretsmanager") + "secret:" + cmp.Or(o.Secret, SecretName(AWS, o.Prefix)) + "-??????"}))
	}
	if o.Key != "" && !o.NoSecret {
		p.Statement = append(p.Statement, allow([]string{"kms:Decrypt"}, []string{o.arns("kms") + "key/" + o.Key}))
	}
	numbers := o.arns("sms-voice")
	switch role {
	case "sms":
		p.Statement = append(p.Statement, allow([]string{"sms-voice:SendTextMessage"}, []string{numbers + "phone-number/*", numbers + "pool/*", numbers + "sender-id/*"}))
	case "voice":
		p.Statement = append(p.Statement, allow([]string{"sms-voice:SendVoiceMessage"}, []string{numbers + "phone-number/*", numbers + "pool/*"}))
	}
	return p
}

// unable takes an action away: provision puts no events on the bus.
func unable(action string, list []statement) []statement {
	for i, s := range list {
		list[i].Action = slices.DeleteFunc(slices.Clone(s.Action), func(a string) bool { return a == action })
	}
	return list
}
