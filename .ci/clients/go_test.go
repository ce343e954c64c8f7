package clients

import (
	"encoding/json"
	"testing"
	"time"

	openapi "github.com/alibabacloud-go/darabonba-openapi/v2/client"
	eventbridge "github.com/alibabacloud-go/eventbridge-20200401/v2/client"
	rpc "github.com/alibabacloud-go/tea-rpc/client"
	util "github.com/alibabacloud-go/tea-utils/service"
	"github.com/alibabacloud-go/tea/tea"
	cloudevents "github.com/cloudevents/sdk-go/v2"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const function = "acs:fc:local:1000000000000000:functions/pai-notify-dingtalk"

// teaRPC makes the calls that Terraform's provider makes for a bus, a rule and
// its targets, by GET and by POST, with parameters in the query and in a form.
func teaRPC(t *testing.T, m machine) {
	client, err := rpc.NewClient(&rpc.Config{AccessKeyId: &m.KeyID, AccessKeySecret: &m.Secret, Protocol: tea.String("http"), RegionId: tea.String("cn-shanghai"), Endpoint: &m.host})
	require.NoError(t, err)
	targets, err := json.Marshal([]map[string]any{{"Id": "t", "Endpoint": function, "Type": "acs.fc.function", "ParamList": []map[string]any{{"ResourceKey": "Body", "Form": "ORIGINAL"}}}})
	require.NoError(t, err)
	rule := map[string]any{"EventBusName": "terraform", "RuleName": "r"}
	for _, call := range []struct {
		method, action string
		query, form    map[string]any
	}{
		{"POST", "CreateEventBus", map[string]any{"EventBusName": "terraform", "Description": "a b+c*~ 工作空间"}, nil},
		{"GET", "ListEventBuses", map[string]any{"Limit": 50, "NamePrefix": "terraform"}, nil},
		{"POST", "CreateRule", map[string]any{"EventBusName": "terraform", "RuleName": "r", "FilterPattern": `{"source":["acs.paidlc"]}`, "EventTargets": string(targets), "ClientToken": "x"}, nil},
		{"GET", "GetRule", rule, nil},
		{"POST", "DisableRule", nil, rule},
		{"POST", "ListTargets", map[string]any{"EventBusName": "terraform"}, map[string]any{"RuleName": "r"}},
		{"POST", "DeleteRule", rule, nil},
		{"POST", "DeleteEventBus", map[string]any{"EventBusName": "terraform"}, nil},
	} {
		answer, err := client.DoRequest(&call.action, nil, &call.method, tea.String("2020-04-01"), tea.String("AK"), call.query, call.form, &util.RuntimeOptions{})
		require.NoError(t, err, call.action)
		require.Equal(t, "Success", answer["Code"], call.action)
		switch call.action {
		case "ListEventBuses":
			assert.Contains(t, tea.ToString(answer["Data"]), "工作空间")
		case "GetRule":
			assert.Contains(t, tea.ToString(answer["Data"]), function)
		}
	}
	passed("tea-rpc, the RPC library of Terraform's provider: 8 calls")
}

// officialGo has the control plane's SDK manage a bus, and read what passed the
// one that others publish to.
func officialGo(t *testing.T, m machine) {
	client, err := eventbridge.NewClient(&openapi.Config{AccessKeyId: &m.KeyID, AccessKeySecret: &m.Secret, Protocol: tea.String("HTTP"), Endpoint: &m.host, RegionId: tea.String("local")})
	require.NoError(t, err)
	name, rule := tea.String("official-go"), tea.String("r")
	_, err = client.CreateEventBus(&eventbridge.CreateEventBusRequest{EventBusName: name})
	require.NoError(t, err)
	_, err = client.CreateRule(&eventbridge.CreateRuleRequest{EventBusName: name, RuleName: rule, FilterPattern: tea.String(`{}`)})
	require.NoError(t, err)
	_, err = client.PutTargets(&eventbridge.PutTargetsRequest{EventBusName: name, RuleName: rule, Targets: []*eventbridge.PutTargetsRequestTargets{{Id: tea.String("t"), Type: tea.String("acs.fc.function"), Endpoint: tea.String(function)}}})
	require.NoError(t, err)
	targets, err := client.ListTargets(&eventbridge.ListTargetsRequest{EventBusName: name, RuleName: rule})
	require.NoError(t, err)
	require.Len(t, targets.Body.Data.Targets, 1)
	traced, err := client.QueryTracedEvents(&eventbridge.QueryTracedEventsRequest{EventBusName: name, StartTime: tea.Int64(0), EndTime: tea.Int64(time.Now().UnixMilli())})
	require.NoError(t, err)
	assert.Empty(t, traced.Body.Data.Events)
	_, err = client.DeleteTargets(&eventbridge.DeleteTargetsRequest{EventBusName: name, RuleName: rule, TargetIds: []*string{tea.String("t")}})
	require.NoError(t, err)
	_, err = client.DeleteRule(&eventbridge.DeleteRuleRequest{EventBusName: name, RuleName: rule})
	require.NoError(t, err)
	_, err = client.DeleteEventBus(&eventbridge.DeleteEventBusRequest{EventBusName: name})
	require.NoError(t, err)
	passed("official SDK of Go, control plane: 8 calls")
}

// cloudEventsGo publishes an event of a model in each mode, the second time in
// vain: a bus takes an event once.
func cloudEventsGo(t *testing.T, m machine, sample map[string]any) {
	client, err := cloudevents.NewClientHTTP(cloudevents.WithTarget(m.URL + "/eventbuses/" + bus + "/events"))
	require.NoError(t, err)
	event := cloudevents.NewEvent()
	event.SetID("cloudevents-go")
	event.SetSource(sample["source"].(string))
	event.SetType(sample["type"].(string))
	require.NoError(t, event.SetData(cloudevents.ApplicationJSON, sample["data"]))
	for _, mode := range []func() error{
		func() error { return client.Send(cloudevents.WithEncodingBinary(t.Context()), event) },
		func() error { return client.Send(cloudevents.WithEncodingStructured(t.Context()), event) },
	} {
		require.True(t, cloudevents.IsACK(mode()))
	}
}
