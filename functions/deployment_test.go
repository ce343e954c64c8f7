package functions_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// sam deploy --guided asks again and again for what has no default, and for what
// it hides even then.
func TestTheTemplateAsksForNothingButTheWorkspace(t *testing.T) {
	s := newStack(t, "pai-notify", map[string]string{"Workspace": "lab"})
	for name, parameter := range s.template.Parameters {
		assert.NotContains(t, parameter, "NoEcho", name)
		_, optional := parameter["Default"]
		assert.Equal(t, name != "Workspace", optional, name)
	}
}

func TestFunctionsOfTheTemplateReadOneSecret(t *testing.T) {
	for _, c := range []struct {
		parameters map[string]string
		want       string
	}{
		{map[string]string{}, "secretsmanager:pai-notify/lab-notify#* "},
		{map[string]string{"SecretName": "team/robots"}, "secretsmanager:team/robots#* "},
		{map[string]string{"MoreSecrets": "ssm:/pai-notify/*"}, "secretsmanager:pai-notify/lab-notify#* ssm:/pai-notify/*"},
	} {
		s := newStack(t, "lab-notify", c.parameters)
		globals, _ := s.value(&s.template.Globals).(map[string]any)
		all := environment(globals["Function"])
		functions := s.of("AWS::Serverless::Function")
		assert.NotEmpty(t, functions)
		for id, f := range functions {
			own := environment(f)
			assert.NotContains(t, own, "PAI_NOTIFY_SECRETS", "%s: SAM takes a function's own value", id)
			assert.Equal(t, c.want, all["PAI_NOTIFY_SECRETS"], id)
			if !slices.Contains([]string{"ProvisionFunction", "RedeliverFunction"}, id) {
				assert.Empty(t, own, "%s: a secret in a variable is read by whoever reads the configuration", id)
			}
		}
	}
}

func TestParametersThatCannotBeMeantAreRefused(t *testing.T) {
	s := newStack(t, "pai-notify", map[string]string{})
	for name, values := range map[string]map[string]bool{
		"SecretName": {"": true, "pai-notify/lab": true, "a*": false, "pai-notify/lab#x": false, "a b": false, "??": false, "arn:aws:secretsmanager:x": false},
		"MoreSecrets": {
			"": true, "ssm:/pai-notify/*": true, "ssm:/a, secretsmanager:team/robots#webhook": true, "secretsmanager:team/robots": true, "ssm:/a secretsmanager:b": true,
			"*": false, "ssm:*": false, "env:AWS_SECRET_ACCESS_KEY": false, "AWS_SECRET_ACCESS_KEY": false, "kms:a": false, "secretsmanager:a#*": false,
		},
		"CaDirs":        {"": true, "/var/task/ca": true, "/opt/a:/var/task/ca": true, "ca": false, "/a::/b": false},
		"SecretsPolicy": {"": true, "arn:aws:iam::123456789012:policy/robots": true, "arn:aws:iam::aws:policy/x": true, "robots": false},
	} {
		pattern := s.template.Parameters[name]["AllowedPattern"]
		expression, err := regexp.Compile("^(?:" + pattern.Value + ")$")
		require.NoError(t, err, name)
		for value, allowed := range values {
			assert.Equal(t, allowed, expression.MatchString(value), "%s %q", name, value)
		}
	}
}

func environment(function any) map[string]any {
	f, _ := function.(map[string]any)
	e, _ := f["Environment"].(map[string]any)
	v, _ := e["Variables"].(map[string]any)
	return v
}

// CloudWatch may not use alias/aws/sns: an alarm would reach nobody.
func TestTheAlarmTopicIsEncryptedWithAKeyThatAlarmsMayUse(t *testing.T) {
	s := newStack(t, "pai-notify", map[string]string{"AlarmEmail": "alice@example.com"})
	assert.Equal(t, s.called("AlarmKey"), s.of("AWS::SNS::Topic")["AlarmTopic"]["KmsMasterKeyId"])
	assert.Equal(t, "AWS::KMS::Key", s.template.Resources["AlarmKey"].Type)
	alarms := slices.DeleteFunc(statements("AlarmKey", s.of("AWS::KMS::Key")["AlarmKey"]["KeyPolicy"]), func(g statement) bool { return len(g.conditions) == 0 })
	if assert.Len(t, alarms, 1) {
		assert.Equal(t, []string{"kms:Decrypt", "kms:GenerateDataKey*"}, alarms[0].actions)
		assert.Equal(t, map[string][]string{"StringEquals aws:SourceAccount": {"123456789012"}}, alarms[0].conditions)
	}
	published := statements("AlarmTopicPolicy", s.of("AWS::SNS::TopicPolicy")["AlarmTopicPolicy"]["PolicyDocument"])
	if assert.Len(t, published, 1) {
		var arns []string
		for id, alarm := range s.of("AWS::CloudWatch::Alarm") {
			arns = append(arns, s.attribute(id, "Arn"))
			assert.Equal(t, []string{s.attribute("AlarmTopic", "Arn")}, texts(alarm["AlarmActions"]), id)
		}
		assert.ElementsMatch(t, arns, published[0].conditions["ArnEquals aws:SourceArn"])
	}

	nobody := newStack(t, "pai-notify", map[string]string{})
	assert.Empty(t, nobody.of("AWS::KMS::Key"), "a key costs money")
	assert.Empty(t, nobody.of("AWS::SNS::Topic"))
}

func TestNoAlarmWatchesMoreThanCloudWatchTakes(t *testing.T) {
	for id, alarm := range newStack(t, "pai-notify", map[string]string{}).of("AWS::CloudWatch::Alarm") {
		list, _ := alarm["Metrics"].([]any)
		assert.LessOrEqual(t, len(list), 10, "%s: CloudWatch takes ten", id)
	}
}

func TestFunctionsThatSendAreInTheNetworkTheyAreGiven(t *testing.T) {
	in := newStack(t, "pai-notify", map[string]string{"SubnetIds": "subnet-1,subnet-2", "SecurityGroupIds": "sg-1"})
	globals, _ := in.value(&in.template.Globals).(map[string]any)
	all, _ := globals["Function"].(map[string]any)
	assert.Equal(t, map[string]any{"SubnetIds": "subnet-1,subnet-2", "SecurityGroupIds": "sg-1"}, all["VpcConfig"])
	interfaces := slices.DeleteFunc(in.granted(), func(g statement) bool { return !slices.Contains(g.actions, "ec2:CreateNetworkInterface") })
	if assert.Len(t, interfaces, 2) {
		assert.Equal(t, []string{"FunctionsPolicy", "Allow"}, []string{interfaces[0].of, interfaces[0].effect})
		assert.Equal(t, []string{"FunctionsPolicy", "Deny"}, []string{interfaces[1].of, interfaces[1].effect})
		assert.Equal(t, interfaces[0].actions, interfaces[1].actions)
		for id := range in.of("AWS::Serverless::Function") {
			assert.True(t, reaches(interfaces[1].conditions["ArnLike lambda:SourceFunctionArn"][0], in.attribute(id, "Arn")), "the code of %s could use Lambda's right to interfaces", id)
		}
	}
	out := newStack(t, "pai-notify", map[string]string{})
	globals, _ = out.value(&out.template.Globals).(map[string]any)
	assert.NotContains(t, globals["Function"], "VpcConfig")
	for _, g := range out.granted() {
		assert.False(t, strings.HasPrefix(g.actions[0], "ec2:"), g.of)
	}
	provision := in.template.Resources["ProvisionFunction"].Properties
	for i := 0; i+1 < len(provision.Content); i += 2 {
		if provision.Content[i].Value == "VpcConfig" {
			assert.Equal(t, "!Ref", provision.Content[i+1].Tag, "a stack would wait for a function that cannot reach AWS")
			return
		}
	}
	assert.Fail(t, "provision is in the network, too")
}

func TestAuthoritiesOfYourOwnAreTrustedBesidesThePublicOnes(t *testing.T) {
	for dirs, want := range map[string]any{"": nil, "/var/task/ca": "/var/task/ca"} {
		s := newStack(t, "pai-notify", map[string]string{"CaDirs": dirs})
		globals, _ := s.value(&s.template.Globals).(map[string]any)
		all := environment(globals["Function"])
		assert.Equal(t, want, all["SSL_CERT_DIR"])
		assert.NotContains(t, all, "SSL_CERT_FILE", "it stands in place of the public ones")
	}
}
