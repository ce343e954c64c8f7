package main

import (
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/functions"
	"github.com/pai-notify/pai-notify/shared/bus/local"
	"github.com/pai-notify/pai-notify/shared/provision"
	"github.com/pai-notify/pai-notify/shared/provision/policy"
)

func TestPoliciesArePrinted(t *testing.T) {
	a := newAliyunAccount(t, local.Options{})
	r := command(t, nil, "", "policy")
	assert.Equal(t, 0, r.code)
	assert.JSONEq(t, policy.Provision(provision.Aliyun, policy.Options{Types: functions.Register()}), r.out)
	r = command(t, nil, "", "policy", "--bus", "aws", "-w", a.document, "--account", "123456789012")
	assert.Equal(t, 0, r.code, r.err)
	assert.Contains(t, r.out, "arn:aws:events:*:123456789012:rule/pai-system-lab/*")
}

func TestTheCommandSaysHowARoleIsMadeOfItsPolicy(t *testing.T) {
	r := command(t, nil, "", "policy", "--role", "voice", "--region", "cn-hangzhou", "--account", "1234567890123456", "--functions", "lab-", "--name", "lab/robots")
	require.Equal(t, 0, r.code, r.err)
	assert.Contains(t, r.out, `"acs:kms:cn-hangzhou:1234567890123456:secret/lab/robots"`)
	assert.Contains(t, r.err, "aliyun ram AttachPolicyToRole --PolicyType Custom --PolicyName lab-voice --RoleName lab-voice")
	assert.NotContains(t, r.err, "every region")

	r = command(t, nil, "", "policy", "--role", "sms", "--bus", "aws")
	require.Equal(t, 0, r.code, r.err)
	assert.Contains(t, r.out, `"arn:aws:secretsmanager:*:*:secret:pai-notify/pai-notify-??????"`)
	assert.Contains(t, r.err, "aws iam create-role --role-name pai-notify-sms")
	assert.Contains(t, r.err, "every region or account")

	r = command(t, nil, "", "policy", "--trust", "--bus", "aws")
	assert.Equal(t, policy.Trust(provision.AWS)+"\n", r.out)
	for _, wrong := range [][]string{{"--role", "slack"}, {"--role", "provision"}, {"--role", "sms", "--functions", "lab*"},
		{"--role", "sms", "--dead-letter", "acs:mns:cn-hangzhou:1234567890123456:/topics/t"}, {"--role", "sms", "--bus", "aws", "--dead-letter", "arn:aws:sns:eu-central-1:123456789012:t"},
		{"--role", "sms", "--region", "cn-beijing", "--dead-letter", "acs:mns:cn-hangzhou:1234567890123456:/queues/q"},
	} {
		r = command(t, nil, "", append([]string{"policy"}, wrong...)...)
		assert.Equal(t, 2, r.code, wrong)
		assert.Empty(t, r.out, wrong)
	}
}

func TestTheRoleOfProvisionKeepsTheRulesOfItsBus(t *testing.T) {
	role := func(function, bus string) string {
		text, err := policy.Role(provision.Aliyun, function, policy.Options{Types: functions.Register(), Region: "local", Account: "1000000000000000", Bus: bus})
		require.NoError(t, err)
		return text
	}
	a := newAliyunAccount(t, local.Options{}, role("provision", "pai-system-lab"))
	for _, did := range [][]string{{"apply", "--yes"}, {"disable", "died"}, {"enable", "died"}, {"apply", "--yes"}, {"plan"}, {"delete", "--yes"}} {
		r := command(t, a.environment, "", append(append(did[:1:1], a.flags...), did[1:]...)...)
		assert.Equal(t, 0, r.code, "%v: %s%s", did, r.out, r.err)
	}
	for _, other := range []string{role("provision", "pai-system-lab-b"), role("dingtalk", ""), role("sms", "")} {
		a := newAliyunAccount(t, local.Options{}, other)
		r := a.run("", "apply", "--yes")
		assert.Equal(t, 2, r.code, r.out)
		assert.Contains(t, r.err, "lacks the permission")
	}
}

// What people paste from the page is what the command prints.
func TestTheAlibabaPageShowsThePoliciesThatTheCommandPrints(t *testing.T) {
	shown := regexp.MustCompile("(?s)```json\n(.*?)\n```").FindAllStringSubmatch(read(t, "docs/deploy-aliyun.md"), -1)
	require.Len(t, shown, 2)
	assert.JSONEq(t, policy.Trust(provision.Aliyun), shown[0][1])
	r := command(t, nil, "", "policy", "--role", "dingtalk", "--region", "cn-hangzhou", "--account", "1234567890123456",
		"--ledger", "tablestore:https://pai-567890123456.cn-hangzhou.vpc.tablestore.aliyuncs.com/pai_notify")
	assert.JSONEq(t, r.out, shown[1][1])
}
