package functions_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

// stack is template.yaml as CloudFormation makes a stack of it, as far as names,
// policies and alarms go. What stands for nothing in a template is nil.
type stack struct {
	name       string
	parameters map[string]string
	template   struct {
		Parameters map[string]map[string]yaml.Node `yaml:"Parameters"`
		Conditions map[string]yaml.Node            `yaml:"Conditions"`
		Globals    yaml.Node                       `yaml:"Globals"`
		Resources  map[string]resource             `yaml:"Resources"`
	}
}

type resource struct {
	Type       string    `yaml:"Type"`
	Condition  string    `yaml:"Condition"`
	DependsOn  yaml.Node `yaml:"DependsOn"`
	Properties yaml.Node `yaml:"Properties"`

	DeletionPolicy      string `yaml:"DeletionPolicy"`
	UpdateReplacePolicy string `yaml:"UpdateReplacePolicy"`
}

func newStack(t *testing.T, name string, parameters map[string]string) *stack {
	t.Helper()
	var template yaml.Node
	decode(t, "../template.yaml", &template)
	return stackOf(t, &template, name, parameters)
}

func stackOf(t *testing.T, template *yaml.Node, name string, parameters map[string]string) *stack {
	t.Helper()
	s := &stack{name: name, parameters: parameters}
	require.NoError(t, template.Decode(&s.template))
	for name, parameter := range s.template.Parameters {
		if _, given := parameters[name]; !given {
			value := parameter["Default"]
			s.parameters[name] = value.Value
		}
	}
	require.NotEmpty(t, s.template.Resources)
	return s
}

// has tells whether the stack makes a resource.
func (s *stack) has(id string) bool {
	r, ok := s.template.Resources[id]
	return ok && (r.Condition == "" || s.holds(r.Condition))
}

// of returns the properties of all resources of a type, by their ids.
func (s *stack) of(kind string) map[string]map[string]any {
	list := map[string]map[string]any{}
	for id, r := range s.template.Resources {
		if r.Type == kind && s.has(id) {
			list[id], _ = s.value(&r.Properties).(map[string]any)
		}
	}
	return list
}

func (s *stack) holds(condition string) bool {
	node := s.template.Conditions[condition]
	holds, _ := s.value(&node).(bool)
	return holds
}

// value works out what a part of the template stands for.
func (s *stack) value(n *yaml.Node) any {
	list := func() []any {
		var list []any
		for _, child := range n.Content {
			if v := s.value(child); v != nil {
				list = append(list, v)
			}
		}
		return list
	}
	switch n.Tag {
	case "!Ref":
		return s.ref(n.Value)
	case "!GetAtt":
		id, attribute, _ := strings.Cut(n.Value, ".")
		return s.attribute(id, attribute)
	case "!Sub":
		text, own := n.Value, map[string]any{}
		if n.Kind == yaml.SequenceNode {
			text = n.Content[0].Value
			own, _ = s.value(n.Content[1]).(map[string]any)
		}
		return variable.ReplaceAllStringFunc(text, func(v string) string {
			name := v[2 : len(v)-1]
			if given, ok := own[name].(string); ok {
				return given
			}
			if id, attribute, ok := strings.Cut(name, "."); ok {
				return s.attribute(id, attribute)
			}
			text, _ := s.ref(name).(string)
			return text
		})
	case "!If":
		if s.holds(n.Content[0].Value) {
			return s.value(n.Content[1])
		}
		return s.value(n.Content[2])
	case "!Not":
		return list()[0] != true
	case "!Equals":
		both := list()
		return both[0] == both[1]
	case "!Join": // of a parameter that is a list
		return s.value(n.Content[1])
	}
	switch n.Kind {
	case yaml.MappingNode:
		object := map[string]any{}
		for i := 0; i < len(n.Content); i += 2 {
			if v := s.value(n.Content[i+1]); v != nil {
				object[n.Content[i].Value] = v
			}
		}
		return object
	case yaml.SequenceNode:
		return list()
	}
	return n.Value
}

var variable = regexp.MustCompile(`\$\{[^}]+\}`)

func (s *stack) ref(name string) any {
	switch name {
	case "AWS::Partition":
		return "aws"
	case "AWS::Region":
		return "eu-central-1"
	case "AWS::AccountId":
		return "123456789012"
	case "AWS::StackName":
		return s.name
	case "AWS::NoValue":
		return nil
	}
	if value, ok := s.parameters[name]; ok {
		return value
	}
	if s.template.Resources[name].Type == "AWS::SNS::Topic" {
		return s.attribute(name, "Arn")
	}
	return s.called(name)
}

// called is the name of a resource: CloudFormation's own where the template
// gives none.
func (s *stack) called(id string) string {
	r := s.template.Resources[id]
	for i := 0; i+1 < len(r.Properties.Content); i += 2 {
		switch r.Properties.Content[i].Value {
		case "FunctionName", "LogGroupName", "TableName":
			if name, ok := s.value(r.Properties.Content[i+1]).(string); ok && slices.Contains([]string{"AWS::Serverless::Function", "AWS::Logs::LogGroup", "AWS::DynamoDB::Table"}, r.Type) {
				return name
			}
		}
	}
	return s.name + "-" + id + "-1A2B3C4D5E6F"
}

func (s *stack) attribute(id, attribute string) string {
	if attribute != "Arn" {
		return s.called(id)
	}
	const here = ":eu-central-1:123456789012:"
	switch s.template.Resources[id].Type {
	case "AWS::Serverless::Function":
		return "arn:aws:lambda" + here + "function:" + s.called(id)
	case "AWS::SQS::Queue":
		return "arn:aws:sqs" + here + s.called(id)
	case "AWS::SNS::Topic":
		return "arn:aws:sns" + here + s.called(id)
	case "AWS::CloudWatch::Alarm":
		return "arn:aws:cloudwatch" + here + "alarm:" + s.called(id)
	case "AWS::Logs::LogGroup":
		return "arn:aws:logs" + here + "log-group:" + s.called(id) + ":log-stream:2026/11/27/[$LATEST]0a1b"
	case "AWS::DynamoDB::Table":
		return "arn:aws:dynamodb" + here + "table/" + s.called(id)
	case "AWS::Events::Rule":
		return "arn:aws:events" + here + "rule/" + s.called(id)
	case "AWS::IAM::Role":
		return "arn:aws:iam::123456789012:role/" + s.called(id)
	}
	return ""
}

// texts returns what may be one text or a list of them.
func texts(v any) []string {
	if one, ok := v.(string); ok {
		return []string{one}
	}
	var list []string
	all, _ := v.([]any)
	for _, one := range all {
		text, _ := one.(string)
		list = append(list, text)
	}
	return list
}

// reaches tells whether a pattern of IAM takes an ARN.
func reaches(pattern, arn string) bool {
	expression := regexp.QuoteMeta(pattern)
	expression = strings.NewReplacer(`\*`, ".*", `\?`, ".").Replace(expression)
	return regexp.MustCompile("^" + expression + "$").MatchString(arn)
}
