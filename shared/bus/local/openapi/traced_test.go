package openapi_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	openapiclient "github.com/alibabacloud-go/darabonba-openapi/v2/client"
	openapiutil "github.com/alibabacloud-go/darabonba-openapi/v2/utils"
	eventbridge "github.com/alibabacloud-go/eventbridge-20200401/v2/client"
	teautil "github.com/alibabacloud-go/tea-utils/v2/service"
	"github.com/alibabacloud-go/tea/tea"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/bus/local"
	"github.com/pai-notify/pai-notify/shared/event"
)

func publish(t *testing.T, c *cloud, bus string, texts ...string) {
	t.Helper()
	for _, text := range texts {
		e, err := event.Parse([]byte(text))
		require.NoError(t, err)
		puts, err := c.bus.Publish(t.Context(), bus, e)
		require.NoError(t, err)
		require.Empty(t, puts[0].Text)
	}
}

func job(id, source, typ string) string {
	return fmt.Sprintf(`{"specversion":"1.0","id":%q,"source":%q,"type":%q,"subject":"job/%s","data":{"big":12345678901234567890,"markup":"<b>&"}}`, id, source, typ, id)
}

// day is the query of everything of a bus.
func day(bus string) *eventbridge.QueryTracedEventsRequest {
	return &eventbridge.QueryTracedEventsRequest{EventBusName: tea.String(bus), StartTime: tea.Int64(0), EndTime: tea.Int64(time.Now().Add(time.Hour).UnixMilli())}
}

func ids(answer *eventbridge.QueryTracedEventsResponse) []string {
	list := []string{}
	for _, e := range answer.Body.Data.Events {
		list = append(list, *e.EventId)
	}
	return list
}

func TestTheOfficialSDKReadsWhatPassedABus(t *testing.T) {
	now := time.Now().Truncate(time.Millisecond)
	var ahead atomic.Int64 // the bus reads its clock while the test moves it
	c := startWith(t, local.Options{Now: func() time.Time { return now.Add(time.Duration(ahead.Load())) }})
	c.furnish(t)
	require.NoError(t, c.bus.CreateRule(t.Context(), local.Rule{Bus: "b", Name: "failed", FilterPattern: `{"type":["paidlc:Job:Failed"]}`, Enabled: true, Targets: []local.Target{
		{ID: "t", Type: "acs.fc.function", Endpoint: "acs:fc:local:1:functions/f"}}}))
	client := c.client(t, rootID, rootSecret)
	publish(t, c, "b", job("1", "acs.paidlc", "paidlc:Job:Failed"))
	publish(t, c, "spare", job("2", "acs.paidlc", "paidlc:Job:Failed"))
	ahead.Store(int64(time.Minute))
	publish(t, c, "b", job("3", "acs.pai", "paidlc:Job:Failed"), job("4", "acs.paidlc", "other"))

	answer, err := client.QueryTracedEvents(day("b"))
	require.NoError(t, err)
	assert.Equal(t, "Success", *answer.Body.Code)
	assert.True(t, *answer.Body.Success)
	assert.Equal(t, []string{"4", "3", "1"}, ids(answer))
	assert.EqualValues(t, 3, *answer.Body.Data.Total)
	assert.Nil(t, answer.Body.Data.NextToken)
	first := answer.Body.Data.Events[2]
	assert.Equal(t, []any{"b", "acs.paidlc", "paidlc:Job:Failed", now.UnixMilli()}, []any{*first.EventBusName, *first.EventSource, *first.EventType, *first.EventReceivedTime})

	for name, q := range map[string]struct {
		ask  func(r *eventbridge.QueryTracedEventsRequest)
		want []string
	}{
		"one source":               {func(r *eventbridge.QueryTracedEventsRequest) { r.EventSource = tea.String("acs.pai") }, []string{"3"}},
		"one type":                 {func(r *eventbridge.QueryTracedEventsRequest) { r.EventType = tea.String("other") }, []string{"4"}},
		"one rule":                 {func(r *eventbridge.QueryTracedEventsRequest) { r.MatchedRule = tea.String("failed") }, []string{"3", "1"}},
		"a rule that is not there": {func(r *eventbridge.QueryTracedEventsRequest) { r.MatchedRule = tea.String("gone") }, []string{}},
		"from a time on": {func(r *eventbridge.QueryTracedEventsRequest) {
			r.StartTime = tea.Int64(now.Add(time.Minute).UnixMilli())
		}, []string{"4", "3"}},
		"until a time": {func(r *eventbridge.QueryTracedEventsRequest) { r.EndTime = tea.Int64(now.Add(time.Minute).UnixMilli()) }, []string{"1"}},
		"no time":      {func(r *eventbridge.QueryTracedEventsRequest) { r.StartTime = r.EndTime }, []string{}},
	} {
		request := day("b")
		q.ask(request)
		answer, err := client.QueryTracedEvents(request)
		require.NoError(t, err, name)
		assert.Equal(t, q.want, ids(answer), name)
		assert.EqualValues(t, len(q.want), *answer.Body.Data.Total, name)
	}

	// The pinned SDK does not know Subject, which the service has since.
	raw, err := openapiclient.NewClient(c.config(rootID, rootSecret))
	require.NoError(t, err)
	said, err := raw.CallApi(&openapiutil.Params{Action: tea.String("QueryTracedEvents"), Version: tea.String("2020-04-01"), Protocol: tea.String("HTTP"), Pathname: tea.String("/"), Method: tea.String("POST"), AuthType: tea.String("AK"), Style: tea.String("RPC"), ReqBodyType: tea.String("formData"), BodyType: tea.String("json")},
		&openapiutil.OpenApiRequest{Query: map[string]*string{"EventBusName": tea.String("b"), "StartTime": tea.String("0"), "EndTime": tea.String("99999999999999"), "Subject": tea.String("job/3")}}, &teautil.RuntimeOptions{})
	require.NoError(t, err)
	text, err := json.Marshal(said["body"])
	require.NoError(t, err)
	assert.Contains(t, string(text), `"EventId":"3"`)
	assert.Contains(t, string(text), `"Total":1`)

	one, err := client.QueryEvent(&eventbridge.QueryEventRequest{EventBusName: tea.String("b"), EventId: tea.String("3")})
	require.NoError(t, err)
	text, err = json.Marshal(one.Body.Data)
	require.NoError(t, err)
	assert.JSONEq(t, job("3", "acs.pai", "paidlc:Job:Failed"), string(text))
	assert.Contains(t, string(text), "12345678901234567890", "numbers keep their digits")
}

func TestAnEventIsFoundByIDAndSource(t *testing.T) {
	c := furnished(t)
	client := c.client(t, rootID, rootSecret)
	publish(t, c, "b", job("same", "one", "t"), job("same", "two", "t"), job("other", "one", "t"))
	hostile := "a'/*%_?&\"\\; -- \u0000 列 🚀"
	publish(t, c, "b", string(must(json.Marshal(map[string]string{"specversion": "1.0", "id": hostile, "source": "s", "type": "t"}))))
	for name, q := range map[string]struct{ id, source, want string }{
		"of one source":          {"same", "one", "one"},
		"the newest of several":  {"same", "", "two"},
		"by a hostile id":        {hostile, "s", "s"},
		"by an id with a source": {hostile, "", "s"},
	} {
		request := &eventbridge.QueryEventRequest{EventBusName: tea.String("b"), EventId: tea.String(q.id)}
		if q.source != "" {
			request.EventSource = tea.String(q.source)
		}
		answer, err := client.QueryEvent(request)
		require.NoError(t, err, name)
		assert.Equal(t, q.id, answer.Body.Data["id"], name)
		assert.Equal(t, q.want, answer.Body.Data["source"], name)
	}
	for name, id := range map[string][2]string{"an id that is unknown": {"b", "%"}, "an id of another bus": {"spare", "same"}} {
		_, err := client.QueryEvent(&eventbridge.QueryEventRequest{EventBusName: tea.String(id[0]), EventId: tea.String(id[1])})
		said, status := code(t, err)
		assert.Equal(t, "EventNotExist", said, name)
		assert.Equal(t, http.StatusConflict, status, name)
		_, err = client.QueryEventTraces(&eventbridge.QueryEventTracesRequest{EventBusName: tea.String(id[0]), EventId: tea.String(id[1])})
		said, _ = code(t, err)
		assert.Equal(t, "EventNotExist", said, name)
	}
}

func must(text []byte, _ error) []byte { return text }

func TestTheTracesOfAnEventTellWhatBecameOfIt(t *testing.T) {
	c := startWith(t, local.Options{Invoke: func(_ context.Context, function string, _ []byte) (json.RawMessage, error) {
		if function == "bad" {
			return nil, errors.New(`{"status":"failed","class":"permanent","reason":"310000 sign not match"}`)
		}
		return json.RawMessage(`{"status":"sent"}`), nil
	}})
	c.furnish(t)
	require.NoError(t, c.bus.CreateRule(t.Context(), local.Rule{Bus: "b", Name: "told", FilterPattern: `{}`, Enabled: true, Targets: []local.Target{
		{ID: "t", Type: "acs.fc.function", Endpoint: "acs:fc:local:1:functions/good"}, {ID: "u", Type: "acs.fc.function", Endpoint: "acs:fc:local:1:functions/bad"}}}))
	publish(t, c, "b", job("1", "acs.paidlc", "t"))
	require.Eventually(t, func() bool { return c.bus.Waiting() == 0 }, 10*time.Second, time.Millisecond)
	answer, err := c.client(t, rootID, rootSecret).QueryEventTraces(&eventbridge.QueryEventTracesRequest{EventBusName: tea.String("b"), EventId: tea.String("1")})
	require.NoError(t, err)
	list := answer.Body.Data
	require.Len(t, list, 4)
	for i, want := range []string{"PutEvent", "FilterEvent", "PushEvent", "PushEvent"} {
		assert.Equal(t, []any{want, "b", "1", "acs.paidlc"}, []any{*list[i].Action, *list[i].EventBusName, *list[i].EventId, *list[i].EventSource})
		assert.Positive(t, *list[i].ActionTime)
	}
	assert.Equal(t, *list[0].ActionTime, *list[0].ReceivedTime)
	assert.Equal(t, "told", *list[1].RuleName)
	assert.NotEmpty(t, *list[1].RuleMatchingTime)
	assert.Equal(t, []any{"told", "acs:fc:local:1:functions/good", "[200]Ok"}, []any{*list[2].RuleName, *list[2].Endpoint, *list[2].NotifyStatus})
	assert.Equal(t, []any{"told", "acs:fc:local:1:functions/bad", "[500]310000 sign not match"}, []any{*list[3].RuleName, *list[3].Endpoint, *list[3].NotifyStatus})
	assert.NotEmpty(t, *list[2].NotifyLatency)
	assert.GreaterOrEqual(t, *list[2].NotifyTime, *list[2].ActionTime)
}

func TestPagesOfTracesAreStableWhileEventsArrive(t *testing.T) {
	c := furnished(t)
	client := c.client(t, rootID, rootSecret)
	const before = 25
	for i := range before {
		publish(t, c, "b", job(fmt.Sprint(i), "s", "t"))
	}
	request := day("b")
	request.Limit = tea.Int32(10)
	var got []string
	for page := 0; ; page++ {
		answer, err := client.QueryTracedEvents(request)
		require.NoError(t, err)
		got = append(got, ids(answer)...)
		assert.EqualValues(t, before, *answer.Body.Data.Total)
		if request.NextToken = answer.Body.Data.NextToken; request.NextToken == nil {
			assert.Equal(t, 2, page)
			break
		}
		publish(t, c, "b", job(fmt.Sprintf("new-%d", page), "s", "t"))
	}
	var want []string
	for i := range before {
		want = append(want, fmt.Sprint(before-1-i))
	}
	assert.Equal(t, want, got, "each once, and what came meanwhile on none")
	request = day("b")
	request.Limit = tea.Int32(27)
	answer, err := client.QueryTracedEvents(request)
	require.NoError(t, err)
	assert.Nil(t, answer.Body.Data.NextToken, "a page that is full and the last has no next one")
}

func TestAQueryOfTracesThatCannotBeAnsweredIsRefused(t *testing.T) {
	c := furnished(t)
	client := c.client(t, rootID, rootSecret)
	publish(t, c, "b", job("1", "s", "t"), job("2", "s", "t"))
	request := day("b")
	request.Limit = tea.Int32(1)
	answer, err := client.QueryTracedEvents(request)
	require.NoError(t, err)
	token := answer.Body.Data.NextToken
	forged := base64.RawURLEncoding.EncodeToString([]byte(`{"q":"","b":1}`))
	end := *day("b").EndTime
	for name, q := range map[string]struct {
		request *eventbridge.QueryTracedEventsRequest
		code    string
	}{
		"an unknown bus":           {day("unknown"), "EventBusNotExist"},
		"a bus of hostile name":    {day("b' OR 1=1 --"), "EventBusNotExist"},
		"no bus":                   {&eventbridge.QueryTracedEventsRequest{StartTime: tea.Int64(0), EndTime: tea.Int64(end)}, "MissingEventBusName"},
		"no start":                 {&eventbridge.QueryTracedEventsRequest{EventBusName: tea.String("b"), EndTime: tea.Int64(end)}, "MissingStartTime"},
		"no end":                   {&eventbridge.QueryTracedEventsRequest{EventBusName: tea.String("b"), StartTime: tea.Int64(0)}, "MissingEndTime"},
		"an end before the start":  {&eventbridge.QueryTracedEventsRequest{EventBusName: tea.String("b"), StartTime: tea.Int64(2), EndTime: tea.Int64(1)}, "RequestParameterInvalid"},
		"a start before 1970":      {&eventbridge.QueryTracedEventsRequest{EventBusName: tea.String("b"), StartTime: tea.Int64(-1), EndTime: tea.Int64(end)}, "RequestParameterInvalid"},
		"a limit of none":          {&eventbridge.QueryTracedEventsRequest{EventBusName: tea.String("b"), StartTime: tea.Int64(0), EndTime: tea.Int64(end), Limit: tea.Int32(0)}, "RequestParameterInvalid"},
		"a limit over 100":         {&eventbridge.QueryTracedEventsRequest{EventBusName: tea.String("b"), StartTime: tea.Int64(0), EndTime: tea.Int64(end), Limit: tea.Int32(101)}, "RequestParameterInvalid"},
		"a token of another query": {&eventbridge.QueryTracedEventsRequest{EventBusName: tea.String("b"), StartTime: tea.Int64(1), EndTime: request.EndTime, NextToken: token}, "RequestParameterInvalid"},
		"a token of another bus":   {&eventbridge.QueryTracedEventsRequest{EventBusName: tea.String("spare"), StartTime: tea.Int64(0), EndTime: request.EndTime, NextToken: token}, "RequestParameterInvalid"},
		"a token of nothing":       {&eventbridge.QueryTracedEventsRequest{EventBusName: tea.String("b"), StartTime: tea.Int64(0), EndTime: tea.Int64(end), NextToken: tea.String("!")}, "RequestParameterInvalid"},
		"a token that was made up": {&eventbridge.QueryTracedEventsRequest{EventBusName: tea.String("b"), StartTime: tea.Int64(0), EndTime: tea.Int64(end), NextToken: tea.String(forged)}, "RequestParameterInvalid"},
	} {
		_, err := client.QueryTracedEvents(q.request)
		said, _ := code(t, err)
		assert.Equal(t, q.code, said, name)
	}
	_, err = client.QueryEvent(&eventbridge.QueryEventRequest{EventBusName: tea.String("b")})
	said, _ := code(t, err)
	assert.Equal(t, "MissingEventId", said)
}

func TestReadingWhatPassedNeedsPermissionsOfItsOwn(t *testing.T) {
	queries := map[string]func(c *eventbridge.Client, bus string) error{
		"QueryTracedEvents": func(c *eventbridge.Client, bus string) error {
			_, err := c.QueryTracedEvents(day(bus))
			return err
		},
		"QueryEvent": func(c *eventbridge.Client, bus string) error {
			_, err := c.QueryEvent(&eventbridge.QueryEventRequest{EventBusName: tea.String(bus), EventId: tea.String("1")})
			return err
		},
		"QueryEventTraces": func(c *eventbridge.Client, bus string) error {
			_, err := c.QueryEventTraces(&eventbridge.QueryEventTracesRequest{EventBusName: tea.String(bus), EventId: tea.String("1")})
			return err
		},
	}
	for name, query := range queries {
		allowed := fmt.Sprintf(`{"Version":"1","Statement":[{"Effect":"Allow","Action":"eventbridge:%s","Resource":"acs:eventbridge:*:*:eventbus/b"}]}`, name)
		for policy, may := range map[string]bool{theMissionsPolicy: false, allowed: true} {
			c := furnished(t, policy)
			publish(t, c, "b", job("1", "s", "t"))
			err := query(c.client(t, userID, userSecret), "b")
			if may {
				assert.NoError(t, err, name)
				err = query(c.client(t, userID, userSecret), "spare")
			}
			said, status := code(t, err)
			assert.Equal(t, "AccessDenied", said, name)
			assert.Equal(t, http.StatusForbidden, status, name)
			assert.ErrorContains(t, err, "eventbridge:"+name+" on acs:eventbridge:local:1000000000000000:eventbus/", name)
		}
		said, status := code(t, query(startWith(t, local.Options{NotActivated: true}).client(t, userID, userSecret), "b"))
		assert.Equal(t, "ServiceNotEnable", said, name)
		assert.Equal(t, http.StatusForbidden, status, name)
	}
}
