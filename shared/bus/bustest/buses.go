package bustest

import (
	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func busesComeAndGo(t T, f Fixture) {
	b := f.Bus
	for _, name := range []string{busName + "-b", busName + "-a", "other-suite"} {
		require.NoError(t, b.CreateEventBus(ctx, bus.EventBus{Name: name, Description: "工作空间 of " + name + " [pai-notify:lab]"}))
	}
	got, err := b.GetEventBus(ctx, busName+"-a")
	require.NoError(t, err)
	assert.Equal(t, busName+"-a", got.Name)
	assert.Equal(t, "工作空间 of "+busName+"-a [pai-notify:lab]", got.Description)
	assert.Contains(t, got.ARN, busName+"-a")

	list, err := b.ListEventBuses(ctx, busName)
	require.NoError(t, err)
	require.Len(t, list, 2, "buses whose names begin with the prefix")
	assert.Equal(t, busName+"-a", list[0].Name)
	assert.Equal(t, got.ARN, list[0].ARN)
	assert.Equal(t, busName+"-b", list[1].Name)
	all, err := b.ListEventBuses(ctx, "")
	require.NoError(t, err)
	assert.GreaterOrEqual(t, len(all), 3, "the service may have a bus of its own")

	require.NoError(t, b.DeleteEventBus(ctx, busName+"-a"))
	_, err = b.GetEventBus(ctx, busName+"-a")
	fails(t, f, err, bus.NotFound, "a deleted bus")
	list, err = b.ListEventBuses(ctx, busName)
	require.NoError(t, err)
	require.Len(t, list, 1)
	assert.Equal(t, busName+"-b", list[0].Name)
}

func listedBusesTellAll(t T, f Fixture) {
	require.NoError(t, f.Bus.CreateEventBus(ctx, bus.EventBus{Name: busName, Description: "工作空间 [pai-notify:lab]"}))
	got, err := f.Bus.GetEventBus(ctx, busName)
	require.NoError(t, err)
	list, err := f.Bus.ListEventBuses(ctx, busName)
	require.NoError(t, err)
	assert.Equal(t, []bus.EventBus{got}, list)
}

func secondBusIsRefused(t T, f Fixture) {
	require.NoError(t, f.Bus.CreateEventBus(ctx, bus.EventBus{Name: busName, Description: "first"}))
	fails(t, f, f.Bus.CreateEventBus(ctx, bus.EventBus{Name: busName, Description: "second"}), bus.Exists, "a second bus")
	got, err := f.Bus.GetEventBus(ctx, busName)
	require.NoError(t, err)
	assert.Equal(t, "first", got.Description)
}

func busWithRulesStays(t T, f Fixture) {
	b := ruled(t, f, "job-died")
	fails(t, f, b.DeleteEventBus(ctx, busName), bus.NotEmpty, "a bus with a rule")
	_, err := b.GetRule(ctx, busName, "job-died")
	require.NoError(t, err, "the rule after the refusal")
	require.NoError(t, b.DeleteRule(ctx, busName, "job-died"))
	require.NoError(t, b.DeleteEventBus(ctx, busName))
}

func missingBusIsNotFound(t T, f Fixture) {
	for about, err := range calls(t, f.Bus) {
		switch about {
		case "CreateEventBus", "ListEventBuses", "DeleteEventBus":
		default:
			fails(t, f, err, bus.NotFound, about)
		}
	}
}
