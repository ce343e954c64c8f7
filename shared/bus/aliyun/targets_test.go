package aliyun

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const onBus = "pai-system-llm_lab"

var ctx = context.Background()

// lab is a peer with a bus, the named rules on it and one target on each.
func lab(t *testing.T, rules ...string) (*peer, *Bus) {
	t.Helper()
	p := newPeer(t)
	b := p.bus(t, keyID, secret, func(c *Config) { c.DeadLetterQueue = "acs:mns:cn-hangzhou:1234567890123456:/queues/undelivered" })
	require.NoError(t, b.CreateEventBus(ctx, bus.EventBus{Name: onBus}))
	for _, r := range rules {
		require.NoError(t, b.CreateRule(ctx, onBus, bus.Rule{Name: r, Pattern: `{"source":["acs.paidlc"]}`, Enabled: true}))
		require.NoError(t, b.UpdateTargets(ctx, onBus, r, []bus.Target{oncall()}))
	}
	return p, b
}

func TestATargetIsWrittenAsFunctionComputeTakesIt(t *testing.T) {
	p, _ := lab(t, "r")
	got := p.buses[onBus].rules["r"].targets[0]
	template, err := wrap(oncall())
	require.NoError(t, err)
	assert.Equal(t, peerTarget{
		ID: "oncall", Type: "acs.fc.function", Endpoint: "acs:fc:cn-hangzhou:1234567890123456:functions/pai-notify-dingtalk",
		ParamList: []peerParam{
			{ResourceKey: "functionName", Form: "CONSTANT", Value: "pai-notify-dingtalk"},
			{ResourceKey: "Qualifier", Form: "CONSTANT", Value: "LATEST"},
			{ResourceKey: "InvocationType", Form: "CONSTANT", Value: "Async"},
			{ResourceKey: "DataFormat", Form: "CONSTANT", Value: "Object"},
			{ResourceKey: "Body", Form: "TEMPLATE", Value: variables, Template: template},
		},
		PushRetryStrategy: "EXPONENTIAL_DECAY_RETRY", ErrorsTolerance: "ALL",
		DeadLetterQueue: &struct{ Arn string }{"acs:mns:cn-hangzhou:1234567890123456:/queues/undelivered"},
	}, got)
}

func TestWhatWasAlteredByHandIsToldAndRepaired(t *testing.T) {
	param := func(g *peerTarget, key string) *peerParam {
		for i := range g.ParamList {
			if g.ParamList[i].ResourceKey == key {
				return &g.ParamList[i]
			}
		}
		return nil
	}
	without := func(g *peerTarget, key string) {
		var kept []peerParam
		for _, p := range g.ParamList {
			if p.ResourceKey != key {
				kept = append(kept, p)
			}
		}
		g.ParamList = kept
	}
	for want, alter := range map[string]func(*peerTarget){
		"endpoint acs:fc:cn-beijing:1:functions/f instead of acs:fc:cn-hangzhou:1234567890123456:functions/pai-notify-dingtalk": func(g *peerTarget) { g.Endpoint = "acs:fc:cn-beijing:1:functions/f" },
		"retry strategy BACKOFF_RETRY instead of EXPONENTIAL_DECAY_RETRY":                                                       func(g *peerTarget) { g.PushRetryStrategy = "BACKOFF_RETRY" },
		"retry strategy none instead of EXPONENTIAL_DECAY_RETRY":                                                                func(g *peerTarget) { g.PushRetryStrategy = "" },
		"errors tolerance NONE instead of ALL":                                                                                  func(g *peerTarget) { g.ErrorsTolerance = "NONE" },
		"dead letter queue none instead of acs:mns:cn-hangzhou:1234567890123456:/queues/undelivered":                            func(g *peerTarget) { g.DeadLetterQueue = nil },
		"parameter InvocationType Sync instead of Async; a further parameter serviceName": func(g *peerTarget) {
			param(g, "InvocationType").Value = "Sync"
			g.ParamList = append(g.ParamList, peerParam{ResourceKey: "serviceName", Form: "CONSTANT", Value: "s"})
		},
		"form of parameter Qualifier ORIGINAL instead of CONSTANT": func(g *peerTarget) { param(g, "Qualifier").Form = "ORIGINAL" },
		"no parameter DataFormat":                                  func(g *peerTarget) { without(g, "DataFormat") },
		"other variables in its Body":                              func(g *peerTarget) { param(g, "Body").Value = `{"id":"$.id"}` },
		"another template in its Body": func(g *peerTarget) {
			b := param(g, "Body")
			b.Template = strings.Replace(b.Template, `"subject":"${jsonEscape(subject)}",`, "", 1)
		},
		"a function target whose Body is not this project's":                                                                                    func(g *peerTarget) { param(g, "Body").Template = `{"text":"${id}"}` },
		"a function target that is given the event in another form than this project's":                                                         func(g *peerTarget) { param(g, "Body").Form = "ORIGINAL" },
		"a target of type http, which is not this project's":                                                                                    func(g *peerTarget) { g.Type, g.Endpoint = "http", "https://example.com/?access_token=s3cret" },
		"endpoint acs:fc:cn-hangzhou:1234567890123456:functions/pai-notify-dingtalk instead of acs:fc:cn-hangzhou:1234567890123456:functions/f": func(g *peerTarget) { param(g, "functionName").Value = "f" },
	} {
		t.Run(want, func(t *testing.T) {
			p, b := lab(t, "r")
			alter(&p.buses[onBus].rules["r"].targets[0])
			got, err := b.ListTargets(ctx, onBus, []string{"r"})
			require.NoError(t, err)
			require.Len(t, got["r"], 1)
			assert.Equal(t, "oncall", got["r"][0].ID)
			assert.Equal(t, want, got["r"][0].Altered)

			require.NoError(t, b.UpdateTargets(ctx, onBus, "r", []bus.Target{oncall()}))
			got, err = b.ListTargets(ctx, onBus, []string{"r"})
			require.NoError(t, err)
			assert.Equal(t, []bus.Target{oncall()}, got["r"])
		})
	}
}

func TestWithoutAQueueOfItsOwnABusKeepsThatOfATarget(t *testing.T) {
	p, _ := lab(t, "r")
	b := p.bus(t, keyID, secret)
	want := oncall()
	want.DeadLetter = "acs:mns:cn-hangzhou:1234567890123456:/queues/undelivered"
	got, err := b.ListTargets(ctx, onBus, []string{"r"})
	require.NoError(t, err)
	assert.Equal(t, []bus.Target{want}, got["r"])
	require.NoError(t, b.UpdateTargets(ctx, onBus, "r", got["r"]))
	assert.Equal(t, want.DeadLetter, p.buses[onBus].rules["r"].targets[0].DeadLetterQueue.Arn)
}

func TestAReceiverChangedByHandIsAnotherReceiver(t *testing.T) {
	p, b := lab(t, "r")
	g := &p.buses[onBus].rules["r"].targets[0]
	for i := range g.ParamList {
		g.ParamList[i].Template = strings.Replace(g.ParamList[i].Template, "env:DINGTALK", "env:OTHER", 1)
	}
	got, err := b.ListTargets(ctx, onBus, []string{"r"})
	require.NoError(t, err)
	assert.Empty(t, got["r"][0].Altered)
	assert.JSONEq(t, `{"webhook":"env:OTHER"}`, string(got["r"][0].Receiver.Parameters))
}

func TestBlanksAndOrderThatTheServiceChangesAreNoAlteration(t *testing.T) {
	p, b := lab(t, "r")
	g := &p.buses[onBus].rules["r"].targets[0]
	for i := range g.ParamList {
		if g.ParamList[i].ResourceKey == "Body" {
			g.ParamList[i].Template = strings.Replace(g.ParamList[i].Template, `,"event":`, `, "event": `, 1)
			g.ParamList[i].Value = strings.Replace(g.ParamList[i].Value, `"id":"$.id",`, "", 1)
			g.ParamList[i].Value = strings.Replace(g.ParamList[i].Value, `}`, `, "id": "$.id"}`, 1)
		}
	}
	got, err := b.ListTargets(ctx, onBus, []string{"r"})
	require.NoError(t, err)
	assert.Empty(t, got["r"][0].Altered)
}

func TestCallsAreAsFewAsTheAPIForces(t *testing.T) {
	for rules, want := range map[int]int{0: 1, 1: 1, 100: 1, 101: 2, 250: 3} {
		t.Run(fmt.Sprintf("%d rules", rules), func(t *testing.T) {
			p, b := lab(t, "ours")
			delete(p.buses[onBus].rules, "ours")
			for i := range rules {
				p.buses[onBus].rules[fmt.Sprintf("rule-%03d", i)] = &peerRule{pattern: "{}", status: enabled}
			}
			p.calls = nil
			list, err := b.ListRules(ctx, onBus)
			require.NoError(t, err)
			require.Len(t, list, rules)
			assert.Len(t, p.calls, want, "one list call for each 100 rules")

			p.calls = nil
			ours := min(rules, 7)
			var names []string
			for _, r := range list[:ours] {
				names = append(names, r.Name)
			}
			_, err = b.ListTargets(ctx, onBus, names)
			require.NoError(t, err)
			assert.Len(t, p.calls, ours, "one call for each rule whose targets are asked for, and none for others")
		})
	}
}

func TestTargetsGoInAsManyCallsAsTheURLAllows(t *testing.T) {
	p, b := lab(t, "r")
	p.buses[onBus].rules["r"].targets = nil
	p.requests = nil
	var five []bus.Target
	for i := range 5 {
		g := oncall()
		g.ID = fmt.Sprintf("t%d", i)
		five = append(five, g)
	}
	five[3].Receiver.Parameters = []byte(`{"title":"` + strings.Repeat("长", 2000) + `"}`)
	require.NoError(t, b.UpdateTargets(ctx, onBus, "r", five))
	assert.Len(t, p.requests, 4, "two, one, the large one, one")
	for i, r := range p.requests {
		if i != 2 {
			assert.Less(t, len(r.URL.RequestURI()), maxQuery+200)
		}
	}
	got, err := b.ListTargets(ctx, onBus, []string{"r"})
	require.NoError(t, err)
	assert.Equal(t, five, got["r"])
}

func TestTargetsThatFailAreNamed(t *testing.T) {
	_, b := lab(t, "r")
	var six []bus.Target
	for i := range 6 {
		g := oncall()
		g.ID = fmt.Sprintf("t%d", i)
		six = append(six, g)
	}
	err := b.UpdateTargets(ctx, onBus, "r", six)
	assert.Equal(t, bus.Quota, bus.KindOf(err))
	assert.EqualError(t, err, "bus: eventbridge:UpdateTargets pai-system-llm_lab/r: EventTargetCountExceedLimit target t4: The rule has too many targets.; target t5: EventTargetCountExceedLimit")
}

func TestTargetsThatFailWithoutANameAreAFailure(t *testing.T) {
	_, b := answering(t, 200, `{"Code":"Success","Success":true,"Data":{"ErrorEntriesCount":2}}`)
	for name, err := range map[string]error{
		"UpdateTargets": b.UpdateTargets(ctx, onBus, "r", []bus.Target{oncall()}),
		"DeleteTargets": b.DeleteTargets(ctx, onBus, "r", []string{"x"}),
	} {
		assert.ErrorContains(t, err, "2 targets failed, and the service does not say which", name)
	}
}
