package policy_test

import (
	"encoding/json"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/functions"
	"github.com/pai-notify/pai-notify/shared/provision"
	"github.com/pai-notify/pai-notify/shared/provision/policy"
)

// installation is one in an account, whose roles are printed with everything
// that can be said.
func installation(prefix, workspace string) policy.Options {
	return policy.Options{
		Types: functions.Register(), Region: "cn-hangzhou", Account: "123456789012", Prefix: prefix, Bus: "pai-system-" + workspace,
		Secret: "pai-notify/" + strings.TrimSuffix(prefix, "-"),
	}
}

func withLedger(cloud, prefix string) policy.Options {
	name := strings.TrimSuffix(prefix, "-")
	o := installation(prefix, name)
	o.Ledger = map[string]string{provision.AWS: "dynamodb:" + prefix + "ledger", provision.Aliyun: "tablestore:https://" + name + ".cn-hangzhou.vpc.tablestore.aliyuncs.com/pai_notify"}[cloud]
	return o
}

// grants are the resources of a role, by action.
func grants(t *testing.T, cloud, role string, o policy.Options) map[string][]string {
	t.Helper()
	text, err := policy.Role(cloud, role, o)
	require.NoError(t, err)
	var p struct {
		Statement []struct{ Effect, Action, Resource json.RawMessage }
	}
	require.NoError(t, json.Unmarshal([]byte(text), &p))
	may := map[string][]string{}
	for _, s := range p.Statement {
		var actions, resources []string
		assert.JSONEq(t, `"Allow"`, string(s.Effect))
		require.NoError(t, json.Unmarshal(s.Action, &actions))
		require.NoError(t, json.Unmarshal(s.Resource, &resources))
		for _, a := range actions {
			may[a] = append(may[a], resources...)
		}
	}
	return may
}

func TestARoleReadsNoStoreWhenItsFunctionHasItsSecretsInItsPackage(t *testing.T) {
	for _, cloud := range []string{provision.Aliyun, provision.AWS} {
		o := installation("lab-", "lab")
		o.Key = "0d0e"
		with := grants(t, cloud, "dingtalk", o)
		o.NoSecret = true
		without := grants(t, cloud, "dingtalk", o)
		reads := map[string]string{provision.Aliyun: "kms:GetSecretValue", provision.AWS: "secretsmanager:GetSecretValue"}[cloud]
		for _, action := range []string{reads, "kms:Decrypt"} {
			assert.Contains(t, with, action)
			delete(with, action)
		}
		assert.Equal(t, with, without)
	}
}

func TestARoleMayDoWhatItsFunctionNeedsAndNoMore(t *testing.T) {
	const queue = "acs:mns:cn-hangzhou:123456789012:/queues/lab-undelivered/messages"
	const logs = "acs:log:cn-hangzhou:123456789012:project/*/logstore/*"
	for role, more := range map[string][]string{
		"dingtalk": nil, "email": nil, "http": nil, "lark": nil, "wecom": nil,
		"sms": {"dysms:SendSms", "dysms:QuerySendDetails"}, "voice": {"dyvms:SingleCallByTts"},
	} {
		want := map[string][]string{
			"mns:SendMessage": {queue}, "log:PostLogStoreLogs": {logs},
			"kms:GetSecretValue": {"acs:kms:cn-hangzhou:123456789012:secret/pai-notify/lab"},
		}
		for _, a := range more {
			want[a] = []string{"*"}
		}
		assert.Equal(t, want, grants(t, provision.Aliyun, role, installation("lab-", "lab")), role)
	}
	may := grants(t, provision.Aliyun, "provision", installation("lab-", "lab"))
	assert.Equal(t, []string{
		"acs:fc:cn-hangzhou:123456789012:functions/lab-dingtalk", "acs:fc:cn-hangzhou:123456789012:functions/lab-email",
		"acs:fc:cn-hangzhou:123456789012:functions/lab-http", "acs:fc:cn-hangzhou:123456789012:functions/lab-lark",
		"acs:fc:cn-hangzhou:123456789012:functions/lab-sms", "acs:fc:cn-hangzhou:123456789012:functions/lab-voice",
		"acs:fc:cn-hangzhou:123456789012:functions/lab-wecom",
	}, may["fc:InvokeFunction"])
	for _, action := range []string{"kms:GetSecretValue", "dysms:SendSms", "dyvms:SingleCallByTts", "eventbridge:PutEvents", "ram:PassRole", "fc:UpdateFunction"} {
		assert.NotContains(t, may, action)
	}
	for action, resources := range may {
		assert.NotContains(t, resources, "*", action)
	}
}

func TestRolesOfOneInstallationDoNotReachAnother(t *testing.T) {
	// What texts, calls, logs and lists are about belongs to the account.
	shared := []string{"dysms:", "dyvms:", "sms-voice:", "log:", "eventbridge:ListEventBuses", "events:List", "ram:GetRole"}
	for _, cloud := range []string{provision.Aliyun, provision.AWS} {
		for _, names := range [][2]string{{"pai-notify-", "pai-notify-b-"}, {"pai-notify-b-", "pai-notify-"}} {
			for _, role := range (policy.Options{Types: functions.Register()}).Roles() {
				one := grants(t, cloud, role, withLedger(cloud, names[0]))
				var other []string
				for _, list := range grants(t, cloud, role, withLedger(cloud, names[1])) {
					other = append(other, list...)
				}
				for action, patterns := range one {
					if slices.ContainsFunc(shared, func(s string) bool { return strings.HasPrefix(action, s) }) {
						continue
					}
					for _, pattern := range patterns {
						for _, arn := range other {
							arn = strings.NewReplacer("??????", "aB3dE6", "*", "x").Replace(arn)
							// A * of a policy takes a / as well, for which path.Match has no sign.
							reached, err := path.Match(strings.ReplaceAll(pattern, "/", "|"), strings.ReplaceAll(arn, "/", "|"))
							require.NoError(t, err)
							assert.False(t, reached, "%s %s of %s reaches %s of %s", role, action, names[0], arn, names[1])
						}
					}
				}
			}
		}
	}
}

func TestASecretWithAKeyOfItsOwnIsDecrypted(t *testing.T) {
	o := installation("lab-", "lab")
	o.Key = "key-1"
	assert.Equal(t, []string{"acs:kms:cn-hangzhou:123456789012:key/key-1"}, grants(t, provision.Aliyun, "http", o)["kms:Decrypt"])
	assert.Equal(t, []string{"arn:aws-cn:kms:cn-north-1:123456789012:key/key-1"}, grants(t, provision.AWS, "http", policy.Options{Types: functions.Register(), Region: "cn-north-1", Account: "123456789012", Key: "key-1"})["kms:Decrypt"])
}

func TestARoleThatNoFunctionHasIsRefused(t *testing.T) {
	_, err := policy.Role(provision.Aliyun, "dingtalks", policy.Options{Types: functions.Register()})
	require.ErrorContains(t, err, `no function "dingtalks": use dingtalk, email, http, lark, provision, redeliver, sms, voice, wecom`)
	for _, role := range []string{"provision", "redeliver"} {
		_, err = policy.Role(provision.AWS, role, policy.Options{Types: functions.Register()})
		require.ErrorContains(t, err, "name the workspace's document")
	}
	_, err = policy.Role(provision.AWS, "redeliver", installation("lab-", "lab"))
	require.ErrorContains(t, err, "as PAI_NOTIFY_LEDGER of the functions has it")
}

const tablestore = "tablestore:https://Lab.cn-hangzhou.vpc.tablestore.aliyuncs.com/lab_job"

func TestALedgerIsReadAndWrittenByWhoNeedsItAndNothingIsDeleted(t *testing.T) {
	const here = "acs:ots:cn-hangzhou:123456789012:instance/lab/table/lab_job"
	const queue, table = "arn:aws-cn:sqs:cn-hangzhou:123456789012:lab-undelivered", "arn:aws-cn:dynamodb:cn-hangzhou:123456789012:table/lab-ledger"
	o := installation("lab-", "lab")
	for cloud, ledger := range map[string]string{provision.Aliyun: tablestore, provision.AWS: "dynamodb:lab-ledger"} {
		for _, role := range o.Roles() {
			o.Ledger = ledger
			with := grants(t, cloud, role, o)
			for action := range with {
				assert.NotRegexp(t, "^(ots|dynamodb):(Delete|Update|BatchWrite|Scan|Create)", action)
			}
			rows, all := []string{here, here + "_control"}, []string{here, here + "_control", here + "_open", here + "_time", here + "_job"}
			reads, writes, searches := "ots:GetRow", "ots:PutRow", "ots:GetRange"
			if cloud == provision.AWS {
				rows, all = []string{table}, []string{table, table + "/index/*"}
				reads, writes, searches = "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query"
			}
			people := policy.Options{Types: o.Types, Region: o.Region, Account: o.Account, Bus: o.Bus, Ledger: ledger, Least: true}
			for _, action := range []string{reads, writes, searches} {
				assert.Contains(t, policy.Provision(cloud, people), action, "people read the history and send dead letters again")
			}
			switch role {
			case "provision":
				o.Ledger = ""
				assert.Equal(t, grants(t, cloud, role, o), with, "it needs no ledger")
			case "redeliver":
				for _, action := range []string{reads, writes, searches} {
					assert.Equal(t, all, with[action], action)
				}
				for _, action := range []string{"kms:GetSecretValue", "secretsmanager:GetSecretValue", "sqs:SendMessage"} {
					assert.NotContains(t, with, action, "it sends nothing itself")
				}
			default:
				assert.Equal(t, rows, with[reads], role)
				assert.Equal(t, rows, with[writes], role)
				assert.NotContains(t, with, searches, role)
				if cloud == provision.Aliyun {
					assert.Equal(t, []string{"acs:fc:cn-hangzhou:123456789012:functions/lab-redeliver"}, with["fc:InvokeFunction"], role)
				} else {
					assert.Equal(t, []string{queue}, with["sqs:SendMessage"], role)
					assert.NotContains(t, with, "sqs:ReceiveMessage", role)
					assert.Equal(t, []string{"arn:aws-cn:lambda:cn-hangzhou:123456789012:function:lab-redeliver"}, with["lambda:InvokeFunction"], role)
				}
			}
		}
	}
	o.Ledger = "dynamodb:lab-ledger"
	may := grants(t, provision.AWS, "redeliver", o)
	assert.Equal(t, []string{queue}, may["sqs:ReceiveMessage"])
	assert.NotContains(t, may, "sqs:GetQueueAttributes", "it fetches from the queue itself")
	assert.Len(t, may["lambda:InvokeFunction"], len(functions.Register()))
	assert.Equal(t, []string{"arn:aws-cn:events:cn-hangzhou:123456789012:rule/pai-system-lab/*"}, may["events:ListTargetsByRule"])
}

func TestALedgerInAnotherRegionThanTheBusIsReachedThere(t *testing.T) {
	o := installation("lab-", "lab")
	o.Ledger = "tablestore:https://lab.cn-shanghai.ots.aliyuncs.com/lab_job"
	const instance = "acs:ots:cn-shanghai:123456789012:instance/lab"
	assert.Equal(t, []string{instance + "/table/lab_job", instance + "/table/lab_job_control"}, grants(t, provision.Aliyun, "http", o)["ots:GetRow"])
	o.Least = true
	assert.Contains(t, policy.Provision(provision.Aliyun, o), `"`+instance+`"`)
}

func TestALedgerThatIsNoneIsRefused(t *testing.T) {
	o := installation("lab-", "lab")
	for cloud, wrong := range map[string][]string{
		provision.Aliyun: {"dynamodb:lab", "tablestore:", "tablestore:https://lab.cn-hangzhou.vpc.tablestore.aliyuncs.com", "tablestore:https://*.cn-hangzhou.vpc.tablestore.aliyuncs.com/lab", "tablestore:https://lab.x/*", "tablestore:https://lab.*.ots.aliyuncs.com/lab"},
		provision.AWS:    {tablestore, "dynamodb:", "dynamodb:*", "lab"},
	} {
		for _, o.Ledger = range wrong {
			_, err := policy.Role(cloud, "sms", o)
			assert.ErrorContains(t, err, "policy: the ledger on", o.Ledger)
		}
	}
}

func TestFunctionsOfACloudAreTrustedAndNobodyElse(t *testing.T) {
	for cloud, service := range map[string]string{provision.Aliyun: "fc.aliyuncs.com", provision.AWS: "lambda.amazonaws.com"} {
		var document struct {
			Statement []struct {
				Action    string
				Principal map[string][]string
			}
		}
		require.NoError(t, json.Unmarshal([]byte(policy.Trust(cloud)), &document))
		require.Len(t, document.Statement, 1)
		assert.Equal(t, "sts:AssumeRole", document.Statement[0].Action)
		assert.Equal(t, map[string][]string{"Service": {service}}, document.Statement[0].Principal)
	}
}
