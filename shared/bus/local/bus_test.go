package local_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/bus/local"
	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/rule"
	"github.com/pai-notify/pai-notify/shared/target"
)

func compiled(t *testing.T, patterns ...string) []*rule.Pattern {
	var list []*rule.Pattern
	for _, text := range patterns {
		p, err := rule.Compile(rule.Alibaba, []byte(text))
		require.NoError(t, err)
		list = append(list, p)
	}
	return list
}

func parsed(t *testing.T, text string) event.Event {
	e, err := event.Parse([]byte(text))
	require.NoError(t, err)
	return e
}

// calls are the invocations of functions.
type calls struct {
	mu       sync.Mutex
	payloads []string
}

func (c *calls) invoke(_ context.Context, targetType string, payload []byte) (json.RawMessage, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.payloads = append(c.payloads, targetType+" "+string(payload))
	if targetType == "broken" {
		return nil, errors.New("it broke")
	}
	return json.RawMessage(`{"status":"sent"}`), nil
}

func TestPublishServesEveryTargetOfEveryMatchingRule(t *testing.T) {
	var c calls
	bus := local.New([]local.Rule{
		{Name: "no", Patterns: compiled(t, `{"type":["other"]}`), Enabled: true, Targets: []target.Receiver{{Type: "a", Name: "x"}}},
		{Name: "off", Patterns: compiled(t, `{"type":["t"]}`), Targets: []target.Receiver{{Type: "a", Name: "x"}}},
		{Name: "yes", Patterns: compiled(t, `{"type":["other"]}`, `{"type":["t"]}`), Enabled: true, Targets: []target.Receiver{
			{Type: "a", Name: "x", Language: "zh", Parameters: json.RawMessage(`{"p":1}`)}, {Type: "broken", Name: "y"}}},
	}, c.invoke)

	deliveries, err := bus.Publish(t.Context(), parsed(t, `{"id":"1","source":"s","type":"t"}`))
	require.NoError(t, err)
	require.Len(t, deliveries, 4)
	assert.Equal(t, local.Delivery{Rule: "no", Why: `type is "t", wanted "other"`}, deliveries[0])
	assert.Equal(t, local.Delivery{Rule: "off", Why: "the rule is disabled"}, deliveries[1])
	assert.Equal(t, "yes", deliveries[2].Rule)
	assert.JSONEq(t, `{"status":"sent"}`, string(deliveries[2].Answer))
	assert.EqualError(t, deliveries[3].Err, "it broke", "a target that fails does not keep the others from theirs")
	assert.ElementsMatch(t, []string{
		`a {"rule":{"name":"yes"},"target":{"type":"a","name":"x","language":"zh","parameters":{"p":1}},"event":{"id":"1","source":"s","type":"t"}}`,
		`broken {"rule":{"name":"yes"},"target":{"type":"broken","name":"y"},"event":{"id":"1","source":"s","type":"t"}}`,
	}, c.payloads)
}

func TestTheWrapperIsWhatFunctionsDecode(t *testing.T) {
	var c calls
	overrides := event.Catalogue{Types: []event.Type{{Name: "dlc.job-failed", Severity: event.Info}}}
	bus := local.New([]local.Rule{{Name: "r", Patterns: compiled(t, `{}`), Enabled: true, Catalogue: overrides, Targets: []target.Receiver{{Type: "a", Name: "x"}}}}, c.invoke)
	_, err := bus.Publish(t.Context(), parsed(t, `{"id":"1","source":"s","type":"t","data":{"a":"<&>"}}`))
	require.NoError(t, err)
	p, err := event.Decode([]byte(strings.TrimPrefix(c.payloads[0], "a ")))
	require.NoError(t, err)
	require.Len(t, p.Items, 1)
	assert.Equal(t, event.Rule{Name: "r", Catalogue: overrides}, p.Items[0].Rule)
	assert.Equal(t, "<&>", p.Items[0].Event.Lookup("a"))
}

func TestAnEventTooLargeForABusIsRefused(t *testing.T) {
	bus := local.New(nil, new(calls).invoke)
	_, err := bus.Publish(t.Context(), parsed(t, `{"id":"1","source":"s","type":"t","data":{"a":"`+strings.Repeat("x", event.MaxEventBytes)+`"}}`))
	assert.ErrorContains(t, err, "more than the 262144 a bus carries")
}
