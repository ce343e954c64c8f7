package aws

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/awsapi"
	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/bus/aws/mototest"
	"github.com/pai-notify/pai-notify/shared/event"
)

const labBus = "pai-system-lab"

var logFrom = time.Date(2026, 11, 26, 8, 0, 0, 0, time.UTC)

// logging returns the bus of a service whose log groups answer so.
func logging(t *testing.T, c Config, answer func(q map[string]any) (status int, body any)) *Bus {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		assert.Equal(t, "Logs_20140328.FilterLogEvents", r.Header.Get("X-Amz-Target"))
		assert.Contains(t, r.Header.Get("Authorization"), "/ap-southeast-1/logs/aws4_request")
		var q map[string]any
		assert.NoError(t, json.NewDecoder(r.Body).Decode(&q))
		status, body := answer(q)
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(body)
	}))
	t.Cleanup(s.Close)
	c.Region, c.Account, c.Endpoint = "ap-southeast-1", mototest.Account, s.URL
	c.Credentials = credentials.NewStaticCredentialsProvider("AKIDTEST", "secret-of-test", "")
	c.Retry = bus.Retry{Sleep: func(ctx context.Context, _ time.Duration) error { return ctx.Err() }}
	return opened(t, c)
}

// logLine is an envelope as EventBridge writes it to a log group.
func logLine(at time.Time, message string) map[string]any {
	return map[string]any{"timestamp": at.UnixMilli(), "ingestionTime": at.UnixMilli() + 900, "logStreamName": "x", "message": message, "eventId": "1"}
}

func enveloped(id, detail string) string {
	return fmt.Sprintf(`{"version":"0","id":"envelope-%s","detail-type":"paidlc:JobStateChange:JobFailed","source":"acs.paidlc","account":"123456789012","time":"2026-11-26T08:00:00Z","region":"ap-southeast-1","resources":[],"detail":%s}`, id, detail)
}

func cloudEvent(id string) string {
	return fmt.Sprintf(`{"specversion":"1.0","id":%q,"source":"acs.paidlc","type":"paidlc:JobStateChange:JobFailed","data":{"JobId":"dlc1"}}`, id)
}

func tracesOf(t *testing.T, b *Bus) (list []bus.Trace, failed error) {
	t.Helper()
	for trace, err := range b.Traced(t.Context(), labBus, logFrom, logFrom.Add(time.Hour)) {
		if failed = err; err == nil {
			list = append(list, trace)
		}
	}
	return list, failed
}

func TestWhatPassedIsReadFromTheLogOfTheBus(t *testing.T) {
	var asked []map[string]any
	throttled := false
	b := logging(t, Config{}, func(q map[string]any) (int, any) {
		asked = append(asked, q)
		switch {
		case q["endTime"].(float64)-q["startTime"].(float64) < 2:
			return 200, map[string]any{"events": []any{logLine(logFrom, enveloped("1", cloudEvent("e-1")))}}
		case q["nextToken"] == nil:
			return 200, map[string]any{"events": []any{
				logLine(logFrom, enveloped("1", cloudEvent("e-1"))),
				logLine(logFrom, "START RequestId: of something else"),
				logLine(logFrom, `{"detail-type":"x","detail":"no object"}`),
				logLine(logFrom, `[1]`),
			}, "nextToken": "a"}
		case q["nextToken"] == "a" && !throttled:
			throttled = true
			return 400, map[string]any{"__type": "ThrottlingException"}
		case q["nextToken"] == "a":
			return 200, map[string]any{"events": []any{}, "nextToken": "b"} // a page of nothing is not the end
		}
		return 200, map[string]any{"events": []any{logLine(logFrom.Add(time.Minute), enveloped("2", `{"JobId":"dlc2"}`))}}
	})
	list, err := tracesOf(t, b)
	require.NoError(t, err)
	assert.Equal(t, []bus.Trace{
		{ID: "e-1", Source: "acs.paidlc", Type: "paidlc:JobStateChange:JobFailed", Received: logFrom},
		{ID: "envelope-2", Source: "acs.paidlc", Type: "paidlc:JobStateChange:JobFailed", Received: logFrom.Add(time.Minute)},
	}, list)
	assert.Equal(t, "/aws/events/"+labBus, asked[0]["logGroupName"])
	assert.InDelta(t, logFrom.UnixMilli(), asked[0]["startTime"], 0)
	assert.InDelta(t, logFrom.Add(time.Hour).UnixMilli()-1, asked[0]["endTime"], 0)

	e, err := b.TracedEvent(t.Context(), labBus, list[0])
	require.NoError(t, err)
	assert.JSONEq(t, `{"JobId":"dlc1"}`, string(e.Data()))
	_, err = b.TracedEvent(t.Context(), labBus, bus.Trace{ID: "e-9", Source: "acs.paidlc", Type: "t", Received: logFrom})
	assert.Equal(t, bus.NotFound, bus.KindOf(err))
}

func TestALogGroupOfAnotherNameIsRead(t *testing.T) {
	b := logging(t, Config{LogGroup: "/aws/events/all"}, func(q map[string]any) (int, any) {
		assert.Equal(t, "/aws/events/all", q["logGroupName"])
		return 200, map[string]any{}
	})
	list, err := tracesOf(t, b)
	require.NoError(t, err)
	assert.Empty(t, list)
}

func TestALogThatCannotBeReadIsAnError(t *testing.T) {
	for name, c := range map[string]struct {
		status int
		body   any
		kind   bus.Kind
	}{
		"there is no group":       {400, map[string]any{"__type": "ResourceNotFoundException", "message": "The specified log group does not exist."}, bus.NotFound},
		"it may not be read":      {400, map[string]any{"__type": "AccessDeniedException", "message": "not authorized with secret-of-test"}, bus.Denied},
		"the pages never end":     {200, map[string]any{"events": []any{}, "nextToken": "a"}, bus.Unavailable},
		"the answer is a list":    {200, []any{}, bus.Unavailable},
		"the service is not well": {500, map[string]any{}, bus.Unavailable},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := tracesOf(t, logging(t, Config{}, func(map[string]any) (int, any) { return c.status, c.body }))
			require.Error(t, err)
			assert.Equal(t, c.kind, bus.KindOf(err))
			assert.ErrorContains(t, err, "logs:FilterLogEvents /aws/events/"+labBus)
			assert.NotContains(t, err.Error(), "secret-of-test")
		})
	}
}

func TestMotoLogsWhatPassedABus(t *testing.T) {
	endpoint := mototest.Start(t)
	key := credentials.NewStaticCredentialsProvider("AKIDMOTO", "secret-of-moto", "")
	b := opened(t, Config{Region: "ap-southeast-1", Account: mototest.Account, Endpoint: endpoint, Credentials: key})
	require.NoError(t, b.CreateEventBus(t.Context(), bus.EventBus{Name: labBus}))
	_, err := tracesOf(t, b)
	require.Equal(t, bus.NotFound, bus.KindOf(err))

	logs := awsapi.Service{Name: "logs", Region: "ap-southeast-1", Endpoint: endpoint, Credentials: key, HTTP: http.DefaultClient}
	group := DefaultLogGroup(labBus)
	_, _, err = logs.Do(t.Context(), awsapi.Request{
		Action: "CreateLogGroup", Method: http.MethodPost, Path: "/", Body: []byte(`{"logGroupName":"` + group + `"}`),
		Header: map[string]string{"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": "Logs_20140328.CreateLogGroup"},
	})
	require.NoError(t, err)
	_, err = b.client.PutRule(t.Context(), &eventbridge.PutRuleInput{EventBusName: aws.String(labBus), Name: aws.String("pai-notify-learn"), EventPattern: aws.String(`{"source":[{"prefix":""}]}`)})
	require.NoError(t, err)
	_, err = b.client.PutTargets(t.Context(), &eventbridge.PutTargetsInput{EventBusName: aws.String(labBus), Rule: aws.String("pai-notify-learn"), Targets: []types.Target{{
		Id: aws.String("logs"), Arn: aws.String("arn:aws:logs:ap-southeast-1:" + mototest.Account + ":log-group:" + group),
	}}})
	require.NoError(t, err)
	e, err := event.Parse([]byte(cloudEvent("e-1")))
	require.NoError(t, err)
	require.NoError(t, b.PutEvents(t.Context(), labBus, []event.Event{e}))

	var list []bus.Trace
	now := time.Now()
	for trace, err := range b.Traced(t.Context(), labBus, now.Add(-time.Hour), now.Add(time.Hour)) {
		require.NoError(t, err)
		list = append(list, trace)
	}
	require.Len(t, list, 1)
	got, err := b.TracedEvent(t.Context(), labBus, list[0])
	require.NoError(t, err)
	assert.Equal(t, "e-1", got.ID())
	assert.JSONEq(t, `{"JobId":"dlc1"}`, string(got.Data()))
}
