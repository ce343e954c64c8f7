package local_test

import (
	"context"
	"testing"

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
	require.NoError(t, b.Redrive(t.Context(), list[0].ID))
	require.NoError(t, b.Close(context.Background()))
	assert.Len(t, f.got(), 1, "it waits for a bus that sends")

	ended := make(chan local.Notification, 1)
	o.Paused, o.Finished = false, func(n local.Notification) { ended <- n }
	opened(t, o)
	assert.Equal(t, local.Sent, (<-ended).State)
	assert.Len(t, f.got(), 2)
}
