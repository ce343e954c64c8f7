package local_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/bus/local"
	"github.com/pai-notify/pai-notify/shared/event"
)

func TestAPausedBusSendsNothingAndLosesNothing(t *testing.T) {
	dir := t.TempDir()
	f := functions{answers: map[string][]string{"f": {`!{"status":"failed","class":"permanent"}`, `{"status":"sent"}`}}}
	o := local.Options{Dir: dir, Invoke: f.invoke}
	e, err := event.Parse([]byte(`{"id":"1","source":"s","type":"t"}`))
	require.NoError(t, err)

	b, err := local.Open(t.Context(), o)
	require.NoError(t, err)
	require.NoError(t, b.CreateEventBus(t.Context(), local.EventBus{Name: "b"}))
	require.NoError(t, b.CreateRule(t.Context(), local.Rule{Bus: "b", Name: "r", FilterPattern: "{}", Enabled: true, Targets: []local.Target{
		{ID: "t", Type: local.FunctionType, Params: []local.Param{{ResourceKey: "functionName", Form: "CONSTANT", Value: "f"}}}}}))
	_, err = b.Publish(t.Context(), "b", e)
	require.NoError(t, err)
	_, err = b.Wait(t.Context(), "b", e)
	require.NoError(t, err)
	require.NoError(t, b.Close(context.Background()))
	require.Len(t, f.got(), 1)

	o.Paused = true
	b, err = local.Open(t.Context(), o)
	require.NoError(t, err)
	list, err := b.History(t.Context(), local.Query{States: []local.State{local.Dead}})
	require.NoError(t, err)
	require.Len(t, list, 1)
	redriven(t, b, local.Redrive{ID: list[0].ID})
	require.NoError(t, b.Close(context.Background()))
	assert.Len(t, f.got(), 1, "it waits for a bus that sends")

	ended := make(chan local.Notification, 1)
	o.Paused, o.Finished = false, func(n local.Notification) { ended <- n }
	opened(t, o)
	assert.Equal(t, local.Sent, (<-ended).State)
	assert.Len(t, f.got(), 2)
}

func TestABusThatIsResumedTakesEventsAndSendsWhatWaits(t *testing.T) {
	dir := t.TempDir()
	first, second := parsed(t, `{"id":"1","source":"s","type":"t"}`), parsed(t, `{"id":"2","source":"s","type":"t"}`)
	f := functions{answers: map[string][]string{"f": {`!{"status":"failed","class":"transient"}`, `{"status":"sent"}`}}}
	o := local.Options{Dir: dir, Invoke: f.invoke}
	target := local.Target{ID: "t", Type: local.FunctionType, Params: []local.Param{{ResourceKey: "functionName", Form: "CONSTANT", Value: "f"}}}
	b, err := local.Open(t.Context(), o)
	require.NoError(t, err)
	require.NoError(t, b.CreateEventBus(t.Context(), local.EventBus{Name: "b"}))
	require.NoError(t, b.CreateRule(t.Context(), local.Rule{Bus: "b", Name: "r", FilterPattern: "{}", Enabled: true, Targets: []local.Target{target}}))
	_, err = b.Publish(t.Context(), "b", first)
	require.NoError(t, err)
	_, err = b.Wait(t.Context(), "b", first)
	require.NoError(t, err)
	require.NoError(t, b.Close(context.Background()))

	ended := make(chan local.Notification, 2)
	o.Paused, o.Finished, o.Now = true, func(n local.Notification) { ended <- n }, func() time.Time { return time.Now().Add(time.Hour) }
	b = opened(t, o)
	for name, bus := range map[string]string{"a bus that is there": "b", "a bus that is not there yet": "other"} {
		_, err = b.Publish(t.Context(), bus, second)
		var refused *local.Error
		require.ErrorAs(t, err, &refused, name)
		assert.Equal(t, http.StatusServiceUnavailable, refused.Status, name)
		assert.Equal(t, time.Second, refused.RetryAfter, name)
	}
	assert.ErrorContains(t, b.Healthy(), "the bus is starting")
	target.Params[0].Value = "g" // what waits goes to the target as it is when sending begins
	_, err = b.PutTargets(t.Context(), "b", "r", []local.Target{target})
	require.NoError(t, err)
	require.Len(t, f.got(), 1)

	b.Resume()
	require.NoError(t, b.Healthy())
	n := <-ended
	assert.Equal(t, local.Sent, n.State)
	assert.Equal(t, "1", n.EventID)
	_, err = b.Publish(t.Context(), "b", second)
	require.NoError(t, err)
	assert.Equal(t, "2", (<-ended).EventID)
	for _, call := range f.got()[1:] {
		assert.Regexp(t, "^g ", call)
	}
}
