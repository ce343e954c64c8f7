package aws

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/bus/bustest"
	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/target"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var ctx = context.Background()

func TestAWSIsABus(t *testing.T) {
	bustest.Run(t, func(t bustest.T) bustest.Fixture {
		p := newPeer(t)
		b := opened(t, p.config())
		return bustest.Fixture{
			Bus:     b,
			Through: through(p.config()),
			Foreign: func(t bustest.T, name string) (string, string) { return foreign(t, b.client, name) },
			Stranger: func(t bustest.T) bus.Bus {
				c := p.config()
				c.Credentials = credentials.NewStaticCredentialsProvider("AKIDSTRANGER", "secret-of-a-stranger", "token-of-a-stranger")
				return opened(t, c)
			},
			Keys:  []string{keyID, secret, token, "AKIDSTRANGER", "secret-of-a-stranger", "token-of-a-stranger"},
			Watch: p.watch,
		}
	})
}

func (p *peer) watch(_ bustest.T, name string) func() []string {
	return func() []string {
		p.mu.Lock()
		defer p.mu.Unlock()
		return p.buses[name].events
	}
}

// lab opens the bus "lab" of a peer with a number of rules.
func lab(t *testing.T, rules int) (*Bus, *peer) {
	p := newPeer(t)
	b := opened(t, p.config())
	require.NoError(t, b.CreateEventBus(ctx, bus.EventBus{Name: "lab"}))
	for i := range rules {
		require.NoError(t, b.CreateRule(ctx, "lab", bus.Rule{Name: fmt.Sprintf("rule-%03d", i), Pattern: `{"source":["acs.paidlc"]}`, Enabled: true}))
	}
	p.calls = map[string]int{}
	return b, p
}

func TestListsCostOneCallForAHundredRulesAndOneForTheTargetsOfEach(t *testing.T) {
	for rules, pages := range map[int]int{0: 1, 1: 1, 100: 1, 101: 2, 250: 3} {
		b, p := lab(t, rules)
		list, err := b.ListRules(ctx, "lab")
		require.NoError(t, err)
		require.Len(t, list, rules)
		names := make([]string, rules)
		for i, r := range list {
			names[i] = r.Name
		}
		_, err = b.ListTargets(ctx, "lab", names)
		require.NoError(t, err)
		// One call may be made again, whose answer a busy machine lost.
		assert.InDelta(t, pages+rules, p.calls["ListRules"]+p.calls["ListTargetsByRule"], 1, "%d rules: %v", rules, p.calls)
		assert.LessOrEqual(t, len(p.calls), 2, p.calls)
	}
}

func TestChangesCostNoMoreCallsThanTheAPIForces(t *testing.T) {
	b, p := lab(t, 1)
	targets := []bus.Target{{ID: "a", Function: "f", Receiver: target.Receiver{Type: "http"}}}
	for name, c := range map[string]struct {
		call func() error
		want map[string]int
	}{
		"a new rule is looked for":        {func() error { return b.CreateRule(ctx, "lab", bus.Rule{Name: "new", Pattern: `{"source":["x"]}`}) }, map[string]int{"DescribeRule": 1, "PutRule": 1}},
		"an updated rule is looked for":   {func() error { return b.UpdateRule(ctx, "lab", bus.Rule{Name: "rule-000", Pattern: `{"source":["x"]}`}) }, map[string]int{"DescribeRule": 1, "PutRule": 1}},
		"a state is one call":             {func() error { return b.DisableRule(ctx, "lab", "rule-000") }, map[string]int{"DisableRule": 1}},
		"targets are one call":            {func() error { return b.UpdateTargets(ctx, "lab", "rule-000", targets) }, map[string]int{"PutTargets": 1}},
		"no targets are none":             {func() error { return b.UpdateTargets(ctx, "lab", "rule-000", nil) }, map[string]int{}},
		"deleted targets are one call":    {func() error { return b.DeleteTargets(ctx, "lab", "rule-000", []string{"x"}) }, map[string]int{"RemoveTargets": 1}},
		"no deleted targets are none":     {func() error { return b.DeleteTargets(ctx, "lab", "rule-000", nil) }, map[string]int{}},
		"a bus that is full is not tried": {func() error { _ = b.DeleteEventBus(ctx, "lab"); return nil }, map[string]int{"ListRules": 1}},
	} {
		p.calls = map[string]int{}
		require.NoError(t, c.call(), name)
		assert.Equal(t, c.want, p.calls, name)
	}
}

func TestMoreThanOneAnswerHoldsIsReadAndDeleted(t *testing.T) {
	b, p := lab(t, 1)
	for i := range 120 {
		name := fmt.Sprintf("bus-%03d", i)
		p.buses[name] = &peerBus{Name: name}
		p.buses["lab"].rules["rule-000"].targets[name] = fmt.Appendf(nil, `{"Id":%q,"Arn":"arn:aws:sqs:ap-southeast-1:1:x"}`, name)
	}
	buses, err := b.ListEventBuses(ctx, "bus-")
	require.NoError(t, err)
	require.Len(t, buses, 120)
	assert.Equal(t, "bus-119", buses[119].Name)
	targets, err := b.ListTargets(ctx, "lab", []string{"rule-000"})
	require.NoError(t, err)
	require.Len(t, targets["rule-000"], 120)
	assert.Equal(t, "bus-119", targets["rule-000"][119].ID)
	require.NoError(t, b.DeleteRule(ctx, "lab", "rule-000"))
	assert.Equal(t, map[string]int{"ListEventBuses": 2, "ListTargetsByRule": 4, "RemoveTargets": 2, "DeleteRule": 1}, p.calls)
	assert.Empty(t, p.buses["lab"].rules)
}

func TestAFunctionIsInvokedWithWhatTheRuleMatched(t *testing.T) {
	b, p := lab(t, 0)
	receiver := target.Receiver{
		Type: "dingtalk", Name: "夜班 <ops> \"x\" & \\u003c", Language: "zh",
		Parameters: json.RawMessage(`{"webhook":"env:DINGTALK","title":"<b>$.data ${id} \\ \u003c"}`),
	}
	require.NoError(t, b.CreateRule(ctx, "lab", bus.Rule{Name: "all", Pattern: `{"source":[{"prefix":"acs."}],"type":[{"exists":true}]}`, Enabled: true}))
	require.NoError(t, b.UpdateTargets(ctx, "lab", "all", []bus.Target{{ID: "a", Function: "pai-notify-dingtalk", Rule: event.Rule{Name: "gpu <died>"}, Receiver: receiver}}))
	require.NoError(t, b.CreateRule(ctx, "lab", bus.Rule{Name: "other", Pattern: `{"source":["nobody"]}`, Enabled: true}))
	require.NoError(t, b.UpdateTargets(ctx, "lab", "other", []bus.Target{{ID: "a", Function: "f", Receiver: target.Receiver{Type: "http"}}}))

	files, err := filepath.Glob("../../../events/*.json")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	var events []event.Event
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		e, err := event.Parse(text)
		require.NoError(t, err)
		events = append(events, e)
	}
	bare, err := event.Parse([]byte(`{"id":"bare","source":"acs.paidlc","type":"t","data":{"a":"<aws.events.event.json> <x>"}}`))
	require.NoError(t, err)
	events = append(events, bare)
	require.NoError(t, b.PutEvents(ctx, "lab", events))

	require.Len(t, p.buses["lab"].invoked, len(events))
	for i, payload := range p.buses["lab"].invoked {
		decoded, err := event.Decode([]byte(payload))
		require.NoError(t, err)
		require.Len(t, decoded.Items, 1)
		item := decoded.Items[0]
		require.NoError(t, item.Err)
		assert.Equal(t, "gpu <died>", item.Rule.Name)
		assert.Equal(t, receiver.Name, item.Target.Name)
		assert.Equal(t, receiver.Type, item.Target.Type)
		assert.JSONEq(t, string(receiver.Parameters), string(item.Target.Parameters))
		assert.Equal(t, events[i].ID(), item.Event.ID())
		assert.JSONEq(t, string(events[i].Data()), string(item.Event.Data()))
		assert.Equal(t, "1.0", item.Event.Extension("specversion"))
	}
}

func TestEventsForABusThatIsNotThereAreNotDropped(t *testing.T) {
	b, p := lab(t, 0)
	e, err := event.Parse([]byte(`{"specversion":"1.0","id":"e","source":"s","type":"t"}`))
	require.NoError(t, err)
	assert.Equal(t, bus.NotFound, bus.KindOf(b.PutEvents(ctx, "none", []event.Event{e})))
	assert.Zero(t, p.calls["PutEvents"])
}

func TestAnEventThatIsTooLargeKeepsNoOtherBack(t *testing.T) {
	b, p := lab(t, 0)
	events := make([]event.Event, 3)
	for i, size := range []int{0, event.MaxEventBytes - 100, 0} {
		var err error
		events[i], err = event.Parse(fmt.Appendf(nil, `{"specversion":"1.0","id":"e-%d","source":"acs.paidlc","type":"paidlc:Job:StatusChange","data":{"x":%q}}`, i, strings.Repeat("x", size)))
		require.NoError(t, err)
	}
	err := b.PutEvents(ctx, "lab", events)
	assert.EqualError(t, err, fmt.Sprintf("bus: events:PutEvents lab: 1 not taken: event e-1: it has %d bytes where EventBridge takes 262143", len(events[1].JSON())+len("acs.paidlcpaidlc:Job:StatusChange")))
	assert.Equal(t, []string{"e-0", "e-2"}, p.buses["lab"].events)
}

func TestEventsThatWereNotTakenAreNamed(t *testing.T) {
	events := make([]event.Event, 25)
	for i := range events {
		source := "acs.paidlc"
		if i == 3 {
			source = "aws.ec2"
		}
		var err error
		events[i], err = event.Parse(fmt.Appendf(nil, `{"specversion":"1.0","id":"e-%02d","source":%q,"type":"t"}`, i, source))
		require.NoError(t, err)
	}
	t.Run("one by one", func(t *testing.T) {
		b, p := lab(t, 0)
		err := b.PutEvents(ctx, "lab", events)
		assert.EqualError(t, err, "bus: events:PutEvents lab: NotAuthorizedForSourceException 1 not taken: event e-03: NotAuthorizedForSourceException Not authorized for the source.")
		assert.Equal(t, bus.Denied, bus.KindOf(err))
		assert.Len(t, p.buses["lab"].events, 24)
	})
	t.Run("all after a call that failed", func(t *testing.T) {
		b, p := lab(t, 0)
		p.answer = func(action string) (int, string) {
			if action == "PutEvents" && p.calls[action] == 2 {
				return http.StatusInternalServerError, `{"__type":"InternalException","message":"oops"}`
			}
			return 0, ""
		}
		err := b.PutEvents(ctx, "lab", events)
		assert.Equal(t, bus.Other, bus.KindOf(err), "one is refused for good and others may pass later")
		assert.ErrorContains(t, err, "16 not taken: event e-03: NotAuthorizedForSourceException")
		for i, e := range events {
			if i == 3 || i >= 10 {
				assert.ErrorContains(t, err, "event "+e.ID()+": ")
			} else {
				assert.NotContains(t, err.Error(), e.ID())
			}
		}
		assert.Len(t, p.buses["lab"].events, 9)
		assert.Equal(t, 2, p.calls["PutEvents"], "a call with events is not made again")
	})
}
