package functions_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/functions"
)

// statement is one of a policy, and where it stands.
type statement struct {
	of, effect         string
	actions, resources []string
	// conditions are the values of all conditions, by operator and key.
	conditions map[string][]string
}

func statements(of string, document any) []statement {
	var list []statement
	d, _ := document.(map[string]any)
	all, _ := d["Statement"].([]any)
	for _, one := range all {
		m, _ := one.(map[string]any)
		effect, _ := m["Effect"].(string)
		s := statement{of: of, effect: effect, actions: texts(m["Action"]), resources: texts(m["Resource"]), conditions: map[string][]string{}}
		conditions, _ := m["Condition"].(map[string]any)
		for operator, keys := range conditions {
			keys, _ := keys.(map[string]any)
			for key, values := range keys {
				s.conditions[operator+" "+key] = texts(values)
			}
		}
		list = append(list, s)
	}
	return list
}

// granted are the statements of all roles, those of the managed policy too.
func (s *stack) granted() []statement {
	var list []statement
	for id, role := range s.of("AWS::IAM::Role") {
		policies, _ := role["Policies"].([]any)
		for _, p := range policies {
			p, _ := p.(map[string]any)
			list = append(list, statements(id, p["PolicyDocument"])...)
		}
	}
	for id, policy := range s.of("AWS::IAM::ManagedPolicy") {
		list = append(list, statements(id, policy["PolicyDocument"])...)
	}
	return list
}

// grantedTo are the statements that hold for a role.
func (s *stack) grantedTo(role string) []statement {
	managed := texts(s.of("AWS::IAM::Role")[role]["ManagedPolicyArns"])
	return slices.DeleteFunc(s.granted(), func(g statement) bool { return g.of != role && !slices.Contains(managed, s.called(g.of)) })
}

// things are the ARNs of what a stack has, and of what it uses.
func (s *stack) things() map[string]string {
	bus := "pai-system-" + s.parameters["Workspace"]
	secret := s.parameters["SecretName"]
	if secret == "" {
		secret = "pai-notify/" + s.name
	}
	list := map[string]string{
		"secret":    "arn:aws:secretsmanager:eu-central-1:123456789012:secret:" + secret + "-aB3dE6",
		"bus":       "arn:aws:events:eu-central-1:123456789012:event-bus/" + bus,
		"rule":      "arn:aws:events:eu-central-1:123456789012:rule/" + bus + "/job-needs-help",
		"log group": "arn:aws:logs:eu-central-1:123456789012:log-group:" + s.called("Logs"),
		"index":     "arn:aws:dynamodb:eu-central-1:123456789012:table/" + s.called("Ledger") + "/index/due",
	}
	for id := range s.template.Resources {
		if arn := s.attribute(id, "Arn"); arn != "" && s.has(id) {
			list[id] = arn
		}
	}
	return list
}

// everywhere are the actions that AWS's service authorization reference has no
// resource for.
var everywhere = []string{"events:ListEventBuses", "events:ListRules"}

func TestRolesOfTheTemplateNameWhatTheyReach(t *testing.T) {
	s := newStack(t, "pai-notify", map[string]string{"Workspace": "lab"})
	list := s.granted()
	assert.NotEmpty(t, list)
	for _, g := range list {
		for _, action := range g.actions {
			assert.NotContains(t, action, "*", g.of)
		}
		if slices.ContainsFunc(g.actions, func(a string) bool { return !slices.Contains(everywhere, a) }) {
			for _, resource := range g.resources {
				parts := strings.SplitN(resource, ":", 6)
				if assert.Len(t, parts, 6, "%s %v: %s", g.of, g.actions, resource) {
					assert.NotContains(t, strings.Join(parts[:5], ""), "*", "%s %v", g.of, g.actions)
					assert.NotEqual(t, "*", parts[5], "%s %v", g.of, g.actions)
				}
			}
		}
	}
	// SAM gives a role that it makes itself AWSLambdaBasicExecutionRole, which
	// writes to every log group of the account.
	for id, f := range s.of("AWS::Serverless::Function") {
		assert.Equal(t, s.attribute(id+"Role", "Arn"), f["Role"], id)
		assert.NotContains(t, f, "Policies", id)
	}
	for id, role := range s.of("AWS::IAM::Role") {
		for _, arn := range texts(role["ManagedPolicyArns"]) {
			assert.Equal(t, s.called("FunctionsPolicy"), arn, id)
		}
	}
}

func TestAFunctionOfTheTemplateMayDoWhatItNeedsAndNoMore(t *testing.T) {
	s := newStack(t, "pai-notify", map[string]string{"Workspace": "lab", "AlarmEmail": "alice@example.com"})
	things := s.things()
	var those []string
	for _, spec := range functions.Register() {
		those = append(those, logicalID(spec.Type)+"Function")
	}
	for id := range s.of("AWS::Serverless::Function") {
		name := strings.TrimSuffix(id, "Function")
		may := map[string]bool{}
		for _, g := range s.grantedTo(id + "Role") {
			for thing, arn := range things {
				if slices.ContainsFunc(g.resources, func(p string) bool { return p != "*" && reaches(p, arn) }) {
					may[thing] = true
				}
			}
		}
		want := []string{"Logs", "secret", "Ledger", "Undelivered", "RedeliverFunction"}
		switch name {
		case "Provision":
			want = append([]string{"Logs", "bus", "rule"}, those...)
		case "Redeliver":
			want = append([]string{"Logs", "rule", "Ledger", "index", "Undelivered", "BusDeadLetters"}, those...)
		}
		assert.ElementsMatch(t, want, slices.Collect(maps.Keys(may)), id)
	}
}

func TestStacksWhoseNamesShareAPrefixDoNotReachEachOther(t *testing.T) {
	for _, names := range [][2]string{{"pai-notify", "pai-notify-b"}, {"pai-notify-b", "pai-notify"}, {"pai-notify", "pai-notify-dingtalk"}, {"pai", "pai-notify-lab"}} {
		one := newStack(t, names[0], map[string]string{"Workspace": names[0], "AlarmEmail": "alice@example.com"})
		other := newStack(t, names[1], map[string]string{"Workspace": names[1], "AlarmEmail": "alice@example.com"})
		patterns := map[string][]string{}
		for _, g := range one.granted() {
			if !slices.ContainsFunc(g.actions, func(a string) bool { return !slices.Contains(everywhere, a) }) {
				continue
			}
			of := fmt.Sprint(g.of, " ", g.actions)
			patterns[of] = slices.Concat(slices.Collect(maps.Values(g.conditions))...)
			patterns[of] = append(patterns[of], g.resources...)
		}
		// Whom queues, functions and the topic of this stack let in.
		for _, kind := range []string{"AWS::SQS::QueuePolicy", "AWS::SNS::TopicPolicy"} {
			for id, p := range one.of(kind) {
				for _, g := range statements(id, p["PolicyDocument"]) {
					require.NotEmpty(t, g.conditions, id)
					patterns[id] = slices.Concat(slices.Collect(maps.Values(g.conditions))...)
				}
			}
		}
		for id, p := range one.of("AWS::Lambda::Permission") {
			patterns[id] = texts(p["SourceArn"])
			require.NotEmpty(t, patterns[id], id)
		}
		require.Greater(t, len(patterns), 20)
		for of, list := range patterns {
			for _, pattern := range list {
				for thing, arn := range other.things() {
					assert.False(t, reaches(pattern, arn), "%s of the stack %s reaches %s of the stack %s: %s", of, names[0], thing, names[1], pattern)
				}
			}
		}
		of := metrics(t, other)
		for _, name := range metrics(t, one) {
			assert.NotContains(t, of, name, "what happens in one stack alarms the other")
		}
	}
}

// metrics are those that a stack has made of its log.
func metrics(t *testing.T, s *stack) []string {
	t.Helper()
	var names []string
	for id, filter := range s.of("AWS::Logs::MetricFilter") {
		list, _ := filter["MetricTransformations"].([]any)
		require.Len(t, list, 1, id)
		name, _ := at(list[0], "MetricName").(string)
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func TestTextsAndCallsComeFromTheNumbersThatAreNamed(t *testing.T) {
	const identity = "arn:aws:sms-voice:eu-west-1:999999999999:pool/pool-1"
	for given, want := range map[string][]string{
		"":       {"arn:aws:sms-voice:eu-central-1:123456789012:phone-number/*", "arn:aws:sms-voice:eu-central-1:123456789012:pool/*"},
		identity: {identity},
	} {
		s := newStack(t, "pai-notify", map[string]string{"Workspace": "lab", "OriginationIdentities": given})
		found := 0
		for _, g := range s.granted() {
			if slices.Contains(g.actions, "sms-voice:SendVoiceMessage") {
				assert.Equal(t, want, g.resources)
				found++
			}
			if slices.Contains(g.actions, "sms-voice:SendTextMessage") {
				assert.Subset(t, g.resources, want)
				found++
			}
		}
		assert.Equal(t, 2, found)
	}
}
