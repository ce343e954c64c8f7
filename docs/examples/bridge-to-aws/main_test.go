package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/functions/dingtalk"
	"github.com/pai-notify/pai-notify/shared/bus"
	busaws "github.com/pai-notify/pai-notify/shared/bus/aws"
	"github.com/pai-notify/pai-notify/shared/bus/aws/mototest"
	"github.com/pai-notify/pai-notify/shared/bus/local"
	"github.com/pai-notify/pai-notify/shared/deliver"
	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/function"
)

const (
	busName = "pai-system-llm_lab"
	busARN  = "arn:aws:events:eu-central-1:123456789012:event-bus/" + busName
	sample  = "../../../events/dlc-job-failed.json"
)

// amazon answers what the bridge asks of AWS, and hands each event that it took
// to whoever has a rule, in the envelope of a rule that has none of its own.
type amazon struct {
	url string

	mu     sync.Mutex
	answer []string // in place of the next answers to PutEvents
	buses  []string
	taken  []json.RawMessage
	keys   []string // which key signed each call, with its token
	told   func(envelope []byte)
}

func newAmazon(t *testing.T) *amazon {
	t.Helper()
	a := &amazon{buses: []string{busName}}
	server := httptest.NewServer(a)
	t.Cleanup(server.Close)
	a.url = server.URL
	return a
}

func (a *amazon) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body) // what is cut off is not JSON
	a.mu.Lock()
	defer a.mu.Unlock()
	_, key, _ := strings.Cut(r.Header.Get("Authorization"), "Credential=")
	key, _, _ = strings.Cut(key, "/")
	a.keys = append(a.keys, key+r.Header.Get("X-Amz-Security-Token"))
	if strings.Contains(string(body), "Action=AssumeRole") {
		w.Header().Set("Content-Type", "text/xml")
		fmt.Fprintf(w, `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials><AccessKeyId>ASIALENT</AccessKeyId><SecretAccessKey>lent</SecretAccessKey><SessionToken>token</SessionToken><Expiration>%s</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`,
			time.Now().Add(time.Hour).UTC().Format(time.RFC3339))
		return
	}
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	var in struct {
		Name    string
		Entries []struct{ EventBusName, Source, DetailType, Detail string }
	}
	_ = json.Unmarshal(body, &in) // an empty call has no entries
	if strings.HasSuffix(r.Header.Get("X-Amz-Target"), "DescribeEventBus") {
		if in.Name != a.buses[0] {
			w.WriteHeader(http.StatusBadRequest)
			_, _ = io.WriteString(w, `{"__type":"ResourceNotFoundException","message":"there is no such bus"}`)
			return
		}
		fmt.Fprintf(w, `{"Name":%q,"Arn":%q}`, in.Name, busARN)
		return
	}
	if len(a.answer) > 0 {
		status, text, _ := strings.Cut(a.answer[0], " ")
		a.answer = a.answer[1:]
		code := http.StatusOK
		_, _ = fmt.Sscan(status, &code)
		w.WriteHeader(code)
		_, _ = io.WriteString(w, text)
		return
	}
	var ids []string
	for i, e := range in.Entries {
		envelope := fmt.Appendf(nil, `{"version":"0","id":"aws-%d","detail-type":%q,"source":%q,"account":"123456789012","time":"2030-01-01T00:00:00Z","region":"eu-central-1","resources":[],"detail":%s}`, i, e.DetailType, e.Source, e.Detail)
		a.taken = append(a.taken, envelope)
		ids = append(ids, fmt.Sprintf(`{"EventId":"aws-%d"}`, i))
		if a.told != nil {
			a.told(envelope)
		}
	}
	fmt.Fprintf(w, `{"FailedEntryCount":0,"Entries":[%s]}`, strings.Join(ids, ","))
}

// through is the bridge to a stand-in for AWS.
func through(endpoint string, others ...string) function.Handler {
	settings := map[string]string{"BRIDGE_BUS": busARN, "AWS_ACCESS_KEY_ID": "AKIABRIDGE", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_ENDPOINT_URL": endpoint}
	for i := 0; i < len(others); i += 2 {
		settings[others[i]] = others[i+1]
	}
	return handler(func(name string) string { return settings[name] })
}

func read(t *testing.T, file string) []byte {
	t.Helper()
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	return text
}

// What a person gets by way of AWS is, byte for byte, what they get without it.
func TestAnEventOfTheBusIsToldByAFunctionOfAWS(t *testing.T) {
	var mu sync.Mutex
	var messages []string
	robot := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		mu.Lock()
		defer mu.Unlock()
		messages = append(messages, string(body))
		_, _ = io.WriteString(w, `{"errcode":0,"errmsg":"ok"}`)
	}))
	t.Cleanup(robot.Close)
	t.Setenv("PAI_NOTIFY_ALLOW", "127.0.0.1")
	t.Setenv("PAI_NOTIFY_WORKSPACE", `{"workspace":"llm_lab","rules":[{"name":"died","source":"dlc","events":["job-failed"],"targets":[{"type":"dingtalk","webhook":"`+robot.URL+`/robot/send?access_token=x"}]}]}`)
	tell := deliver.Handler(dingtalk.Spec, nil, nil)

	a := newAmazon(t)
	a.told = func(envelope []byte) {
		_, err := tell(t.Context(), envelope)
		assert.NoError(t, err)
	}
	carry := through(a.url)
	bus, err := local.Open(t.Context(), local.Options{Invoke: func(ctx context.Context, _ string, payload []byte) (json.RawMessage, error) {
		return carry(ctx, payload)
	}})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, bus.Close(context.Background())) })
	require.NoError(t, bus.CreateEventBus(t.Context(), local.EventBus{Name: busName}))
	require.NoError(t, bus.CreateRule(t.Context(), local.Rule{Name: "bridge-to-aws", Bus: busName, FilterPattern: `{"source":[{"prefix":"acs"}]}`, Enabled: true, Targets: []local.Target{{
		ID: "bridge", Type: "acs.fc.function", Endpoint: "acs:fc:local:1000000000000000:functions/bridge-to-aws", Params: []local.Param{
			{ResourceKey: "functionName", Form: "CONSTANT", Value: "bridge-to-aws"}, {ResourceKey: "Body", Form: "ORIGINAL"},
		},
	}}}))
	text := read(t, sample)
	sent, err := event.Parse(text)
	require.NoError(t, err)
	puts, err := bus.Publish(t.Context(), busName, sent)
	require.NoError(t, err)
	require.Empty(t, puts[0].Code)

	require.EventuallyWithT(t, func(c *assert.CollectT) {
		mu.Lock()
		defer mu.Unlock()
		assert.Len(c, messages, 1)
	}, 10*time.Second, 5*time.Millisecond)
	// Another instance: the first one knows that it has told of the event.
	_, err = deliver.Handler(dingtalk.Spec, nil, nil)(t.Context(), text)
	require.NoError(t, err)
	require.Len(t, messages, 2)
	assert.JSONEq(t, messages[1], messages[0])

	p, err := event.Decode(a.taken[0])
	require.NoError(t, err)
	got := p.Items[0].Event
	assert.Equal(t, []any{sent.Source(), sent.Type(), sent.ID(), sent.Time().UTC(), sent.Subject()}, []any{got.Source(), got.Type(), got.ID(), got.Time().UTC(), got.Subject()})
	assert.JSONEq(t, string(sent.Data()), string(got.Data()))
}

// Function Compute repeats what failed, and keeps it in the end.
func TestNothingIsTakenForCarriedThatAWSHasNotTaken(t *testing.T) {
	for name, answer := range map[string]string{
		"refused alone":        `200 {"FailedEntryCount":1,"Entries":[{"ErrorCode":"ThrottlingException","ErrorMessage":"slow down"}]}`,
		"an internal failure":  `200 {"FailedEntryCount":1,"Entries":[{"ErrorCode":"InternalFailure","ErrorMessage":"no"}]}`,
		"no answer to it":      `200 {"FailedEntryCount":0,"Entries":[]}`,
		"an answer without id": `200 {"FailedEntryCount":0,"Entries":[{}]}`,
		"an error":             `500 {"__type":"InternalException","message":"no"}`,
		"denied":               `400 {"__type":"AccessDeniedException","message":"no"}`,
		"a page":               `200 <html>hello</html>`,
	} {
		t.Run(name, func(t *testing.T) {
			a := newAmazon(t)
			a.answer = []string{answer}
			carry := through(a.url)
			_, err := carry(t.Context(), read(t, sample))
			require.Error(t, err)
			assert.NotContains(t, err.Error(), "secret")
			assert.Empty(t, a.taken)
			out, err := carry(t.Context(), read(t, sample))
			require.NoError(t, err)
			assert.JSONEq(t, `{"status":"sent","receipt":"1 events on pai-system-llm_lab"}`, string(out))
			assert.Len(t, a.taken, 1)
		})
	}
	a := newAmazon(t)
	a.buses = []string{"another"}
	_, err := through(a.url)(t.Context(), read(t, sample))
	require.Error(t, err, "AWS takes events for a bus that is not there, and drops them")
	assert.Empty(t, a.taken)
}

func TestARoleIsTakenOn(t *testing.T) {
	a := newAmazon(t)
	_, err := through(a.url, "BRIDGE_ROLE", "arn:aws:iam::123456789012:role/pai-notify-bridge", "BRIDGE_EXTERNAL_ID", "x")(t.Context(), read(t, sample))
	require.NoError(t, err)
	assert.Equal(t, []string{"AKIABRIDGE", "ASIALENTtoken", "ASIALENTtoken"}, a.keys)
}

func TestWhatCannotBeCarriedSaysWhy(t *testing.T) {
	a := newAmazon(t)
	for name, c := range map[string]struct {
		payload string
		others  []string
		says    string
	}{
		"no bus":          {"", []string{"BRIDGE_BUS", ""}, "BRIDGE_BUS is not the ARN of an event bus"},
		"a rule":          {"", []string{"BRIDGE_BUS", "arn:aws:events:eu-central-1:123456789012:rule/x"}, "BRIDGE_BUS is not the ARN of an event bus"},
		"no account":      {"", []string{"BRIDGE_BUS", "arn:aws:events:eu-central-1::event-bus/x"}, "12 digits"},
		"no key":          {"", []string{"AWS_SECRET_ACCESS_KEY", ""}, "AWS_SECRET_ACCESS_KEY are both needed"},
		"no event":        {`{"a":1}`, nil, "bridge: "},
		"a wrapped event": {`{"rule":{"name":"r"},"target":{"type":"dingtalk","parameters":{}},"event":` + string(read(t, sample)) + `}`, nil, "have the rule send the complete event"},
	} {
		payload := c.payload
		if payload == "" {
			payload = string(read(t, sample))
		}
		_, err := through(a.url, c.others...)(t.Context(), []byte(payload))
		require.ErrorContains(t, err, c.says, name)
	}
	assert.Empty(t, a.taken)
}

// moto is somebody else's reading of AWS.
func TestMotoTakesTheEvent(t *testing.T) {
	at := mototest.Start(t)
	settings := busaws.Config{Region: "eu-central-1", Account: mototest.Account, Endpoint: at, Credentials: credentials.NewStaticCredentialsProvider("key", "secret", "")}
	b, err := busaws.New(settings)
	require.NoError(t, err)
	_, err = through(at)(t.Context(), read(t, sample))
	require.ErrorContains(t, err, "DescribeEventBus", "the bus is not there yet")
	require.NoError(t, b.CreateEventBus(t.Context(), bus.EventBus{Name: busName}))
	_, err = through(at)(t.Context(), read(t, sample))
	require.NoError(t, err)
}
