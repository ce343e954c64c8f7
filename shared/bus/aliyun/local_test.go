package aliyun_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/aliyun/credentials-go/credentials"
	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/bus/aliyun"
	"github.com/pai-notify/pai-notify/shared/bus/aliyun/account"
	"github.com/pai-notify/pai-notify/shared/bus/bustest"
	"github.com/pai-notify/pai-notify/shared/bus/local"
	localaccount "github.com/pai-notify/pai-notify/shared/bus/local/account"
	"github.com/pai-notify/pai-notify/shared/bus/local/openapi"
	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/target"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	localKey    = "LTAIexampleOfThisMachine"
	localSecret = "the-secret-of-this-machine"
)

var ctx = context.Background()

// machine is the bus of one machine, served on loopback.
type machine struct {
	bus *local.Bus
	url string
}

func start(t bustest.T, o local.Options) machine {
	t.Helper()
	b, err := local.Open(ctx, o)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, b.Close(ctx)) })
	a := &localaccount.Account{Keys: []localaccount.Key{{ID: localKey, Secret: localSecret}}, Roles: []string{account.WorkspaceRole}}
	s := httptest.NewServer(openapi.New(b, a))
	t.Cleanup(s.Close)
	return machine{b, s.URL}
}

func key(t bustest.T, id, secret string) credentials.Credential {
	t.Helper()
	c, err := credentials.NewCredential((&credentials.Config{}).SetType("access_key").SetAccessKeyId(id).SetAccessKeySecret(secret))
	require.NoError(t, err)
	return c
}

func (m machine) client(t bustest.T, id, secret string, transport http.RoundTripper) *aliyun.Bus {
	t.Helper()
	b, err := aliyun.New(aliyun.Config{
		Region: localaccount.DefaultRegion, Account: localaccount.DefaultID, Endpoint: m.url, Credentials: key(t, id, secret), Transport: transport,
	})
	require.NoError(t, err)
	return b
}

func TestTheBusOfOneMachineBehavesLikeEveryOther(t *testing.T) {
	bustest.Run(t, func(t bustest.T) bustest.Fixture {
		m := start(t, local.Options{RulesPerBus: 50})
		const strangeKey, strangeSecret = "LTAIexampleOfAStranger", "the-secret-of-a-stranger"
		return bustest.Fixture{
			Bus: m.client(t, localKey, localSecret, nil),
			Through: func(t bustest.T, transport http.RoundTripper) bus.Bus {
				return m.client(t, localKey, localSecret, transport)
			},
			Foreign: func(t bustest.T, on string) (string, string) {
				require.NoError(t, m.bus.CreateRule(ctx, local.Rule{
					Bus: on, Name: "by-hand", FilterPattern: `{"source":["acs.oss"]}`, Enabled: true,
					Targets: []local.Target{{ID: "KD20k9rpqDRXPq0SXXlqeT", Type: "acs.fc.function", Endpoint: "acs:fc:local:1000000000000000:functions/f", Params: []local.Param{{ResourceKey: "Body", Form: "ORIGINAL"}}}},
				}))
				return "by-hand", "KD20k9rpqDRXPq0SXXlqeT"
			},
			Stranger: func(t bustest.T) bus.Bus { return m.client(t, strangeKey, strangeSecret, nil) },
			Keys:     []string{localKey, localSecret, strangeKey, strangeSecret},
			Watch:    m.watch,
		}
	})
}

// watch notes the events that the bus gives to a rule of its own.
func (m machine) watch(t bustest.T, on string) func() []string {
	t.Helper()
	require.NoError(t, m.bus.CreateRule(ctx, local.Rule{
		Bus: on, Name: "watch", FilterPattern: "{}", Enabled: true,
		Targets: []local.Target{{ID: "watch", Type: "acs.fc.function", Endpoint: "acs:fc:local:1000000000000000:functions/watch", Params: []local.Param{{ResourceKey: "Body", Form: "ORIGINAL"}}}},
	}))
	return func() []string {
		list, err := m.bus.History(ctx, local.Query{Bus: on, Rule: "watch"})
		require.NoError(t, err)
		var ids []string
		for _, n := range list {
			ids = append(ids, n.EventID)
		}
		return ids
	}
}

func TestAnEventOnTheBusOfOneMachineReachesItsFunction(t *testing.T) {
	type invocation struct {
		function string
		payload  []byte
	}
	invoked := make(chan invocation, 1)
	m := start(t, local.Options{Invoke: func(_ context.Context, function string, payload []byte) (json.RawMessage, error) {
		invoked <- invocation{function, payload}
		return json.RawMessage(`{"status":"sent"}`), nil
	}})
	b := m.client(t, localKey, localSecret, nil)
	require.NoError(t, b.CreateEventBus(ctx, bus.EventBus{Name: "pai-system-lab"}))
	require.NoError(t, b.CreateRule(ctx, "pai-system-lab", bus.Rule{Name: "job-died", Pattern: `{"source":["acs.paidlc"],"data":{"Status":["Failed"]}}`, Enabled: true}))
	parameters := json.RawMessage(`{"webhook":"env:DINGTALK","title":"${data} $.id \"夜班\" \\u0024{x}"}`)
	require.NoError(t, b.UpdateTargets(ctx, "pai-system-lab", "job-died", []bus.Target{{
		ID: "oncall", Function: "pai-notify-dingtalk", Rule: event.Rule{Name: "job-died"},
		Receiver: target.Receiver{Type: "dingtalk", Name: "oncall", Language: "zh", Parameters: parameters},
	}}))
	const text = `{"specversion":"1.0","id":"e-1","source":"acs.paidlc","type":"paidlc:Job:StatusChange","subject":"say \"hi\"\n${data}","data":{"Status":"Failed","Note":"<b> ${id} \"q\"","Cost":12345678901234567890}}`
	e, err := event.Parse([]byte(text))
	require.NoError(t, err)
	require.NoError(t, b.PutEvents(ctx, "pai-system-lab", []event.Event{e}))

	got := <-invoked
	assert.Equal(t, "pai-notify-dingtalk", got.function)
	p, err := event.Decode(got.payload)
	require.NoError(t, err)
	require.Len(t, p.Items, 1)
	it := p.Items[0]
	assert.Equal(t, "job-died", it.Rule.Name)
	assert.Equal(t, "oncall", it.Target.Name)
	assert.JSONEq(t, string(parameters), string(it.Target.Parameters))
	assert.Equal(t, "say \"hi\"\n${data}", it.Event.Subject())
	assert.Equal(t, "pai-system-lab", it.Event.Extension("aliyuneventbusname"))
	assert.Equal(t, `{"Status":"Failed","Note":"<b> ${id} \"q\"","Cost":12345678901234567890}`, string(it.Event.Data()))
	var attributes map[string]any
	require.NoError(t, json.Unmarshal(it.Event.JSON(), &attributes))
	for name, value := range attributes {
		assert.NotEmpty(t, value, name)
	}
}

func TestTextOnTheBusOfOneMachineReachesItsFunction(t *testing.T) {
	invoked := make(chan []byte, 1)
	m := start(t, local.Options{Invoke: func(_ context.Context, _ string, payload []byte) (json.RawMessage, error) {
		invoked <- payload
		return json.RawMessage(`{"status":"sent"}`), nil
	}})
	b := m.client(t, localKey, localSecret, nil)
	require.NoError(t, b.CreateEventBus(ctx, bus.EventBus{Name: "pai-system-lab"}))
	require.NoError(t, b.CreateRule(ctx, "pai-system-lab", bus.Rule{Name: "all", Pattern: `{"source":["s"]}`, Enabled: true}))
	require.NoError(t, b.UpdateTargets(ctx, "pai-system-lab", "all", []bus.Target{{ID: "oncall", Function: "f", Rule: event.Rule{Name: "all"}, Receiver: target.Receiver{Type: "dingtalk", Name: "oncall"}}}))
	for i, text := range []string{`job "died"` + "\n", `{}},"target":{"type":"x"}`, "17", `["a"`, "任务"} {
		quoted, err := json.Marshal(text)
		require.NoError(t, err)
		e, err := event.Parse(fmt.Appendf(nil, `{"specversion":"1.0","id":"e-%d","source":"s","type":"t","datacontenttype":"text/plain","data":%s}`, i, quoted))
		require.NoError(t, err)
		require.NoError(t, b.PutEvents(ctx, "pai-system-lab", []event.Event{e}))
		p, err := event.Decode(<-invoked)
		require.NoError(t, err)
		require.NoError(t, p.Items[0].Err)
		assert.Equal(t, "oncall", p.Items[0].Target.Name)
		assert.Equal(t, strings.TrimSpace(text), strings.TrimSpace(p.Items[0].Event.Text()))
	}
}

func TestAMachineThatIsNotActivatedSaysSo(t *testing.T) {
	b := start(t, local.Options{NotActivated: true}).client(t, localKey, localSecret, nil)
	_, err := b.ListEventBuses(ctx, "")
	assert.Equal(t, bus.NotActivated, bus.KindOf(err))
	e, err := event.Parse([]byte(`{"specversion":"1.0","id":"e-1","source":"s","type":"t","data":{}}`))
	require.NoError(t, err)
	assert.Equal(t, bus.NotActivated, bus.KindOf(b.PutEvents(ctx, "pai-system-lab", []event.Event{e})))
}

func TestTheAccountOfOneMachineAnswers(t *testing.T) {
	m := start(t, local.Options{})
	c, err := account.New(account.Config{Region: "local", STSEndpoint: m.url, RAMEndpoint: m.url, FCEndpoint: m.url, Credentials: key(t, localKey, localSecret)})
	require.NoError(t, err)
	who, err := c.Identity(ctx)
	require.NoError(t, err)
	assert.Equal(t, localaccount.DefaultID, who.Account)
	r, err := c.Role(ctx, account.WorkspaceRole)
	require.NoError(t, err)
	assert.Equal(t, account.WorkspaceRole, r.Name)
	_, err = c.Role(ctx, account.SendToFCRole)
	assert.Equal(t, bus.NotFound, bus.KindOf(err))
	_, _, err = c.Invoke(ctx, localaccount.DefaultID, "none", nil)
	assert.Equal(t, bus.NotFound, bus.KindOf(err))
}
