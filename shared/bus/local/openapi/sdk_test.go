package openapi_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	openapiclient "github.com/alibabacloud-go/darabonba-openapi/v2/client"
	openapiutil "github.com/alibabacloud-go/darabonba-openapi/v2/utils"
	eventbridge "github.com/alibabacloud-go/eventbridge-20200401/v2/client"
	"github.com/alibabacloud-go/tea/tea"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/bus/local"
	"github.com/pai-notify/pai-notify/shared/bus/local/account"
	"github.com/pai-notify/pai-notify/shared/bus/local/openapi"
)

// theMissionsPolicy is the policy that PAI's documentation gives to RAM users,
// as it is written there.
const theMissionsPolicy = `{
  "Version": "1",
  "Statement": [{
    "Effect": "Allow",
    "Action": [
      "eventbridge:CreateEventBus", "eventbridge:GetEventBus", "eventbridge:DeleteEventBus", "eventbridge:ListEventBuses",
      "eventbridge:CreateRule", "eventbridge:GetRule", "eventbridge:UpdateRule", "eventbridge:EnableRule", "eventbridge:DisableRule",
      "eventbridge:DeleteRule", "eventbridge:ListRules", "eventbridge:PutEvents", "eventbridge:UpdateTargets",
      "eventbridge:DeleteTargets", "eventbridge:ListTargets"
    ],
    "Resource": "acs:eventbridge:*:*:eventbus/*"
  }]
}`

const (
	rootID, rootSecret = "LTAIroot", "rootSecret"
	userID, userSecret = "LTAIuser", "userSecret"
)

func policy(t *testing.T, text string) account.Policy {
	t.Helper()
	p, err := account.ParsePolicy([]byte(text))
	require.NoError(t, err)
	return p
}

// cloud is the API over a bus, with the account's own key and a user's.
type cloud struct {
	bus *local.Bus
	url string
}

func start(t *testing.T, policies ...string) *cloud {
	t.Helper()
	return startWith(t, local.Options{}, policies...)
}

func startWith(t *testing.T, o local.Options, policies ...string) *cloud {
	t.Helper()
	a := &account.Account{Keys: []account.Key{{ID: rootID, Secret: rootSecret}, {ID: userID, Secret: userSecret, User: "alice"}}, Roles: []string{"AliyunServiceRoleForPAIWorkspace"}}
	for _, text := range policies {
		a.Keys[1].Policies = append(a.Keys[1].Policies, policy(t, text))
	}
	bus, err := local.Open(t.Context(), o)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, bus.Close(context.Background())) })
	c := &cloud{bus: bus}
	server := httptest.NewServer(openapi.New(c.bus, a))
	t.Cleanup(server.Close)
	c.url = server.URL
	return c
}

// client returns the official SDK's client with a key, unchanged but for its
// endpoint.
func (c *cloud) client(t *testing.T, id, secret string) *eventbridge.Client {
	t.Helper()
	client, err := eventbridge.NewClient(c.config(id, secret))
	require.NoError(t, err)
	return client
}

func (c *cloud) config(id, secret string) *openapiclient.Config {
	return &openapiutil.Config{AccessKeyId: tea.String(id), AccessKeySecret: tea.String(secret), Protocol: tea.String("HTTP"), Endpoint: tea.String(strings.TrimPrefix(c.url, "http://")), RegionId: tea.String("local")}
}

// code returns the code of an SDK's error.
func code(t *testing.T, err error) (string, int) {
	t.Helper()
	var sdk *tea.SDKError
	require.ErrorAs(t, err, &sdk)
	return tea.StringValue(sdk.Code), tea.IntValue(sdk.StatusCode)
}

func TestTheOfficialSDKManagesBusesRulesAndTargets(t *testing.T) {
	c := start(t, theMissionsPolicy)
	client := c.client(t, userID, userSecret)
	const busARN = "acs:eventbridge:local:1000000000000000:eventbus/pai-system-lab"

	made, err := client.CreateEventBus(&eventbridge.CreateEventBusRequest{EventBusName: tea.String("pai-system-lab"), Description: tea.String("工作空间")})
	require.NoError(t, err)
	assert.Equal(t, http.StatusOK, int(*made.StatusCode))
	assert.Equal(t, "Success", *made.Body.Code)
	assert.True(t, *made.Body.Success)
	assert.NotEmpty(t, *made.Body.Message, "a message is no sign of failure")
	assert.NotEmpty(t, *made.Body.RequestId)
	assert.Equal(t, busARN, *made.Body.Data.EventBusARN)

	got, err := client.GetEventBus(&eventbridge.GetEventBusRequest{EventBusName: tea.String("pai-system-lab")})
	require.NoError(t, err)
	assert.Equal(t, "工作空间", *got.Body.Data.Description)
	assert.Equal(t, busARN, *got.Body.Data.EventBusARN)

	target := &eventbridge.CreateRuleRequestEventTargets{
		Id: tea.String("oncall"), Type: tea.String("acs.fc.function"), Endpoint: tea.String("acs:fc:local:1000000000000000:functions/pai-notify-dingtalk"),
		PushRetryStrategy: tea.String("EXPONENTIAL_DECAY_RETRY"), ErrorsTolerance: tea.String("ALL"),
		DeadLetterQueue: &eventbridge.CreateRuleRequestEventTargetsDeadLetterQueue{Arn: tea.String("acs:mns:local:1000000000000000:/queues/dead")},
		ParamList: []*eventbridge.CreateRuleRequestEventTargetsParamList{{
			ResourceKey: tea.String("Body"), Form: tea.String("TEMPLATE"), Value: tea.String(`{"id":"$.id"}`), Template: tea.String(`{"event":{"id":"${id}"}} & <"'+ *~`)}},
	}
	rule, err := client.CreateRule(&eventbridge.CreateRuleRequest{EventBusName: tea.String("pai-system-lab"), RuleName: tea.String("job-died"),
		FilterPattern: tea.String(`{"source":["acs.paidlc"]}`), Description: tea.String("a b+c [pai-notify:lab]"), EventTargets: []*eventbridge.CreateRuleRequestEventTargets{target}})
	require.NoError(t, err)
	assert.Equal(t, busARN+"/rule/job-died", *rule.Body.Data.RuleARN)

	read, err := client.GetRule(&eventbridge.GetRuleRequest{EventBusName: tea.String("pai-system-lab"), RuleName: tea.String("job-died")})
	require.NoError(t, err)
	assert.Equal(t, "ENABLE", *read.Body.Data.Status)
	assert.Equal(t, "a b+c [pai-notify:lab]", *read.Body.Data.Description)
	assert.Equal(t, `{"source":["acs.paidlc"]}`, *read.Body.Data.FilterPattern)
	require.Len(t, read.Body.Data.Targets, 1)
	assert.Equal(t, "EXPONENTIAL_DECAY_RETRY", *read.Body.Data.Targets[0].PushRetryStrategy)
	assert.Equal(t, "acs:mns:local:1000000000000000:/queues/dead", *read.Body.Data.Targets[0].DeadLetterQueue.Arn)
	assert.Equal(t, `{"event":{"id":"${id}"}} & <"'+ *~`, *read.Body.Data.Targets[0].ParamList[0].Template)

	updated, err := client.UpdateRule(&eventbridge.UpdateRuleRequest{EventBusName: tea.String("pai-system-lab"), RuleName: tea.String("job-died"), FilterPattern: tea.String(`{"source":["acs.paidsw"]}`)})
	require.NoError(t, err)
	assert.True(t, *updated.Body.Data)
	_, err = client.DisableRule(&eventbridge.DisableRuleRequest{EventBusName: tea.String("pai-system-lab"), RuleName: tea.String("job-died")})
	require.NoError(t, err)
	read, err = client.GetRule(&eventbridge.GetRuleRequest{EventBusName: tea.String("pai-system-lab"), RuleName: tea.String("job-died")})
	require.NoError(t, err)
	assert.Equal(t, "DISABLE", *read.Body.Data.Status)
	assert.Equal(t, "a b+c [pai-notify:lab]", *read.Body.Data.Description, "what an update does not name stays")
	assert.Equal(t, `{"source":["acs.paidsw"]}`, *read.Body.Data.FilterPattern)
	_, err = client.EnableRule(&eventbridge.EnableRuleRequest{EventBusName: tea.String("pai-system-lab"), RuleName: tea.String("job-died")})
	require.NoError(t, err)

	put, err := client.PutTargets(&eventbridge.PutTargetsRequest{EventBusName: tea.String("pai-system-lab"), RuleName: tea.String("job-died"), Targets: []*eventbridge.PutTargetsRequestTargets{
		{Id: tea.String("second"), Type: tea.String("acs.fc.function"), Endpoint: tea.String("acs:fc:local:1000000000000000:functions/pai-notify-lark"),
			ParamList: []*eventbridge.PutTargetsRequestTargetsParamList{{ResourceKey: tea.String("Body"), Form: tea.String("ORIGINAL")}}}}})
	require.NoError(t, err)
	assert.Zero(t, *put.Body.Data.ErrorEntriesCount)
	targets, err := client.ListTargets(&eventbridge.ListTargetsRequest{EventBusName: tea.String("pai-system-lab"), RuleName: tea.String("job-died")})
	require.NoError(t, err)
	require.Len(t, targets.Body.Data.Targets, 2)
	assert.Equal(t, "oncall", *targets.Body.Data.Targets[0].Id)
	assert.Equal(t, "job-died", *targets.Body.Data.Targets[0].RuleName)
	assert.Equal(t, "ORIGINAL", *targets.Body.Data.Targets[1].ParamList[0].Form)
	assert.Equal(t, 2, int(*targets.Body.Data.Total))

	rules, err := client.ListRules(&eventbridge.ListRulesRequest{EventBusName: tea.String("pai-system-lab"), RuleNamePrefix: tea.String("job-")})
	require.NoError(t, err)
	require.Len(t, rules.Body.Data.Rules, 1)
	assert.Len(t, rules.Body.Data.Rules[0].Targets, 2)

	gone, err := client.DeleteTargets(&eventbridge.DeleteTargetsRequest{EventBusName: tea.String("pai-system-lab"), RuleName: tea.String("job-died"), TargetIds: []*string{tea.String("second"), tea.String("oncall")}})
	require.NoError(t, err)
	assert.Zero(t, *gone.Body.Data.ErrorEntriesCount)
	_, err = client.DeleteRule(&eventbridge.DeleteRuleRequest{EventBusName: tea.String("pai-system-lab"), RuleName: tea.String("job-died")})
	require.NoError(t, err)
	_, err = client.DeleteEventBus(&eventbridge.DeleteEventBusRequest{EventBusName: tea.String("pai-system-lab")})
	require.NoError(t, err)
	_, err = client.GetEventBus(&eventbridge.GetEventBusRequest{EventBusName: tea.String("pai-system-lab")})
	said, status := code(t, err)
	assert.Equal(t, "EventBusNotExist", said)
	assert.Equal(t, http.StatusConflict, status)

	_, err = c.client(t, rootID, rootSecret).CreateEventBus(&eventbridge.CreateEventBusRequest{EventBusName: tea.String("b")})
	require.NoError(t, err)
	_, err = c.client(t, rootID, rootSecret).UpdateEventBus(&eventbridge.UpdateEventBusRequest{EventBusName: tea.String("b"), Description: tea.String("d")})
	require.NoError(t, err)
}

func TestTheOfficialSDKTestsPatterns(t *testing.T) {
	c := startWith(t, local.Options{})
	client := c.client(t, userID, userSecret)
	for name, want := range map[string]bool{`{"source":["acs.paidlc"]}`: true, `{"source":[{"prefix":"acs.oss"}]}`: false} {
		answer, err := client.TestEventPattern(&eventbridge.TestEventPatternRequest{Event: tea.String(`{"id":"1","source":"acs.paidlc","type":"t"}`), EventPattern: tea.String(name)})
		require.NoError(t, err)
		assert.Equal(t, want, *answer.Body.Data.Result, name)
	}
	_, err := client.TestEventPattern(&eventbridge.TestEventPatternRequest{Event: tea.String(`{}`), EventPattern: tea.String(`{"source":[]}`)})
	said, _ := code(t, err)
	assert.Equal(t, "EventRuleFilterPatternSchemaError", said)
}

func TestListsComeInPages(t *testing.T) {
	c := startWith(t, local.Options{EventBuses: 300})
	client := c.client(t, rootID, rootSecret)
	for i := range 250 {
		require.NoError(t, c.bus.CreateEventBus(t.Context(), busNamed(fmt.Sprintf("bus-%03d", i))))
	}
	var names []string
	token, pages := "", 0
	for {
		request := &eventbridge.ListEventBusesRequest{Limit: tea.Int32(99), NamePrefix: tea.String("bus-")}
		if token != "" {
			request.NextToken = tea.String(token)
		}
		answer, err := client.ListEventBuses(request)
		require.NoError(t, err)
		pages++
		assert.Equal(t, 250, int(*answer.Body.Data.Total))
		for _, b := range answer.Body.Data.EventBuses {
			names = append(names, *b.EventBusName)
		}
		if token = tea.StringValue(answer.Body.Data.NextToken); token == "" {
			break
		}
		// What goes between two pages takes none of the others along.
		require.NoError(t, c.bus.DeleteEventBus(t.Context(), names[len(names)-1]))
		require.NoError(t, c.bus.CreateEventBus(t.Context(), busNamed(names[len(names)-1])))
	}
	assert.Equal(t, 3, pages)
	assert.Len(t, names, 250)
	assert.IsIncreasing(t, names)

	for name, request := range map[string]*eventbridge.ListEventBusesRequest{
		"a limit over 100":     {Limit: tea.Int32(101)},
		"a limit of none":      {Limit: tea.Int32(0)},
		"a token of no page":   {NextToken: tea.String("!")},
		"a limit below nought": {Limit: tea.Int32(-1)},
	} {
		_, err := client.ListEventBuses(request)
		said, status := code(t, err)
		assert.Equal(t, "RequestParameterInvalid", said, name)
		assert.Equal(t, http.StatusConflict, status, name)
	}
}

func TestBeforeActivationEveryCallSaysSo(t *testing.T) {
	c := startWith(t, local.Options{NotActivated: true}, theMissionsPolicy)
	for name, call := range calls {
		said, status := code(t, call(c.client(t, userID, userSecret)))
		assert.Equal(t, "ServiceNotEnable", said, name)
		assert.Equal(t, http.StatusForbidden, status, name)
	}
	_, err := c.client(t, userID, userSecret).TestEventPattern(&eventbridge.TestEventPatternRequest{Event: tea.String("{}"), EventPattern: tea.String("{}")})
	said, status := code(t, err)
	assert.Equal(t, "ServiceNotEnable", said)
	assert.Equal(t, http.StatusForbidden, status)
}

func TestAParameterThatIsMissingIsNamed(t *testing.T) {
	_, err := start(t).client(t, rootID, rootSecret).CreateRule(&eventbridge.CreateRuleRequest{EventBusName: tea.String("b"), RuleName: tea.String("r")})
	said, _ := code(t, err)
	assert.Equal(t, "MissingFilterPattern", said)
}
