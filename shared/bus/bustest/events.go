package bustest

import (
	"fmt"
	"slices"

	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func sorted(list []string) []string {
	slices.Sort(list)
	return list
}

// manyEventsAreTaken puts more events than any service takes at once: 10 and
// 256 KB on AWS, 16 and 1 MB on Alibaba Cloud.
func manyEventsAreTaken(t T, f Fixture) {
	b := ruled(t, f, "job-died")
	taken := f.Watch(t, busName)
	require.NoError(t, b.PutEvents(ctx, busName, nil), "no events at all")
	var events []event.Event
	var want []string
	for i := range 35 {
		size := 0
		if i%5 == 1 {
			size = 200 << 10
		}
		want = append(want, fmt.Sprintf("e-%02d", i))
		events = append(events, eventOf(t, want[i], size))
	}
	require.NoError(t, b.PutEvents(ctx, busName, events))
	assert.Equal(t, want, sorted(taken()), "events taken, each once")
}

func largeEventIsNamed(t T, f Fixture) {
	b := ruled(t, f, "job-died")
	watch := f.Watch(t, busName)
	err := b.PutEvents(ctx, busName, []event.Event{eventOf(t, "small-1", 0), eventOf(t, "large-1", event.MaxEventBytes), eventOf(t, "small-2", 0)})
	fails(t, f, err, bus.Invalid, "an event of more than 256 KB")
	taken := watch()
	assert.NotContains(t, taken, "large-1")
	if err == nil {
		return
	}
	assert.Contains(t, err.Error(), "large-1")
	for _, id := range []string{"small-1", "small-2"} {
		assert.NotEqual(t, slices.Contains(taken, id), contains(err, id), "%s is named when it was not taken, and only then: %v", id, err)
	}
}
