package local_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/bus/local"
	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/outcome"
)

// functions are functions that answer as their names say, and what they were
// given.
type functions struct {
	mu    sync.Mutex
	calls []string
	// answers are what a function answers, call by call; the last one goes on.
	answers map[string][]string
}

// failedOutcome is an error whose text is an outcome, as package deliver makes
// them.
type failedOutcome string

func (f failedOutcome) Error() string { return string(f) }

func (f *functions) invoke(_ context.Context, function string, payload []byte) (json.RawMessage, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls = append(f.calls, function+" "+string(payload))
	answers := f.answers[function]
	if len(answers) == 0 {
		return json.RawMessage(`{"status":"sent"}`), nil
	}
	if len(answers) > 1 {
		f.answers[function] = answers[1:]
	}
	if o := answers[0]; o[0] == '!' {
		return nil, failedOutcome(o[1:])
	}
	return json.RawMessage(answers[0]), nil
}

func (f *functions) got() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]string{}, f.calls...)
}

func opened(t *testing.T, o local.Options) *local.Bus {
	b, err := local.Open(t.Context(), o)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, b.Close(context.Background())) })
	return b
}

// withRule opens a bus "b" whose rule "r" sends events of type "t" to functions,
// which are also the ids of its targets.
func withRule(t *testing.T, o local.Options, to ...string) *local.Bus {
	b := opened(t, o)
	require.NoError(t, b.CreateEventBus(t.Context(), local.EventBus{Name: "b"}))
	require.NoError(t, b.CreateRule(t.Context(), local.Rule{Name: "r", Bus: "b", FilterPattern: `{"type":["t"]}`, Enabled: true, Targets: targets(to...)}))
	return b
}

func targets(functions ...string) []local.Target {
	var list []local.Target
	for _, name := range functions {
		list = append(list, target(name))
	}
	return list
}

func target(function string) local.Target {
	return local.Target{ID: function, Type: local.FunctionType, Params: []local.Param{
		{ResourceKey: "functionName", Form: "CONSTANT", Value: function},
		{ResourceKey: "Body", Form: "JSONPATH", Value: "$.id"},
	}}
}

func parsed(t *testing.T, text string) event.Event {
	e, err := event.Parse([]byte(text))
	require.NoError(t, err)
	return e
}

func numbered(t *testing.T, id int) event.Event {
	return parsed(t, fmt.Sprintf(`{"id":"%d","source":"s","type":"t"}`, id))
}

func published(t *testing.T, b *local.Bus, events ...event.Event) []local.Put {
	puts, err := b.Publish(t.Context(), "b", events...)
	require.NoError(t, err)
	for _, p := range puts {
		require.Empty(t, p.Text)
	}
	return puts
}

func waited(t *testing.T, b *local.Bus, e event.Event) []local.Notification {
	list, err := b.Wait(t.Context(), "b", e)
	require.NoError(t, err)
	return list
}

// refusal is the error that a call failed with.
func refusal(t *testing.T, err error) *local.Error {
	e, ok := errors.AsType[*local.Error](err)
	require.True(t, ok, "%v", err)
	assert.NotEmpty(t, e.Text)
	assert.NotZero(t, e.Status)
	return e
}

func code(t *testing.T, err error) string { return refusal(t, err).Code }

func TestEveryTargetOfEveryMatchingRuleIsToldOnce(t *testing.T) {
	var f functions
	b := withRule(t, local.Options{Invoke: f.invoke}, "one", "two")
	require.NoError(t, b.CreateRule(t.Context(), local.Rule{Name: "other", Bus: "b", FilterPattern: `{"type":["u"]}`, Enabled: true, Targets: targets("three")}))
	require.NoError(t, b.CreateRule(t.Context(), local.Rule{Name: "off", Bus: "b", FilterPattern: `{}`, Targets: targets("four")}))

	e := parsed(t, `{"id":"1","source":"s","type":"t"}`)
	puts := published(t, b, e)
	assert.Equal(t, "1", puts[0].EventID)
	list := waited(t, b, e)
	require.Len(t, list, 2)
	for i, name := range []string{"one", "two"} {
		assert.Equal(t, local.Sent, list[i].State)
		assert.Equal(t, []string{"b", "r", name, "1", "s", "t"}, []string{list[i].Bus, list[i].Rule, list[i].Target, list[i].EventID, list[i].EventSource, list[i].EventType})
		assert.Equal(t, 1, list[i].Attempts)
	}
	assert.ElementsMatch(t, []string{"one 1", "two 1"}, f.got())

	again := published(t, b, e)
	assert.True(t, again[0].Duplicate)
	assert.Equal(t, puts[0].TraceID, again[0].TraceID)
	waited(t, b, e)
	assert.Len(t, f.got(), 2, "an event that is published again is not delivered again")
}

func TestWhatWaitsGoesOnAfterARestart(t *testing.T) {
	f := functions{answers: map[string][]string{"one": {`!{"status":"failed","class":"transient","reason":"busy"}`, `{"status":"sent"}`}}}
	o := local.Options{Dir: t.TempDir(), Invoke: f.invoke}
	b, err := local.Open(t.Context(), o)
	require.NoError(t, err)
	require.NoError(t, b.CreateEventBus(t.Context(), local.EventBus{Name: "b"}))
	require.NoError(t, b.CreateRule(t.Context(), local.Rule{Name: "r", Bus: "b", FilterPattern: `{}`, Enabled: true, Targets: targets("one")}))
	e := numbered(t, 1)
	published(t, b, e)
	list := waited(t, b, e)
	require.Equal(t, local.Waiting, list[0].State)
	assert.Equal(t, "busy", list[0].Outcome.Reason)
	require.NoError(t, b.Close(t.Context()))

	o.Now = func() time.Time { return time.Now().Add(time.Minute) }
	b = opened(t, o)
	assert.True(t, published(t, b, e)[0].Duplicate, "what was published before is known after a restart")
	require.Eventually(t, func() bool { return waited(t, b, e)[0].State == local.Sent }, 10*time.Second, 5*time.Millisecond)
	n, attempts, body, err := b.Life(t.Context(), list[0].ID)
	require.NoError(t, err)
	assert.Equal(t, 2, n.Attempts)
	require.Len(t, attempts, 2)
	assert.Equal(t, []outcome.Class{"transient", ""}, []outcome.Class{attempts[0].Outcome.Class, attempts[1].Outcome.Class})
	assert.JSONEq(t, string(e.JSON()), string(body))
}
