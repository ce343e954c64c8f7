package provision_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/bus/bustest"
	"github.com/pai-notify/pai-notify/shared/provision"
)

func TestACallIsRepeatedWithGrowingWaits(t *testing.T) {
	for name, c := range map[string]struct {
		kind  bus.Kind
		fails int
		calls int
	}{
		"throttled":       {bus.Throttled, 3, 4},
		"unanswered":      {bus.Unavailable, 5, 6},
		"never answered":  {bus.Unavailable, 100, 12},
		"denied":          {bus.Denied, 100, 1},
		"of no such rule": {bus.NotFound, 100, 1},
	} {
		t.Run(name, func(t *testing.T) {
			m := bustest.NewMemory()
			m.Before = func(number int, action string) error {
				if number <= c.fails {
					return &bus.Error{Kind: c.kind, Action: action}
				}
				return nil
			}
			var waits []time.Duration
			b := bus.WithRetry(m, bus.Retry{
				Sleep:  func(_ context.Context, d time.Duration) error { waits = append(waits, d); return nil },
				Random: func() float64 { return 0.5 },
			})
			_, err := b.ListEventBuses(t.Context(), "")
			assert.Equal(t, c.fails < 100, err == nil)
			assert.Equal(t, c.calls, m.Number)
			require.Len(t, waits, c.calls-1)
			for i, wait := range waits {
				want := min(150*time.Millisecond<<i, 7500*time.Millisecond)
				assert.Equal(t, want, wait, "three quarters of a wait that doubles up to ten seconds")
			}
		})
	}
}

func TestABusWhoseRulesStillCountIsDeletedALittleLater(t *testing.T) {
	m := bustest.NewMemory()
	w := parse(t, ruleOf("died", robots(0, 1)))
	require.NoError(t, apply(t.Context(), m, w, provision.Options{}))
	refused := 0
	m.Before = func(_ int, action string) error {
		if action == "DeleteEventBus" && refused < 4 {
			refused++
			return &bus.Error{Kind: bus.NotEmpty, Action: "events:DeleteEventBus", Code: "ValidationException"}
		}
		return nil
	}
	d := provision.Provisioner{Cloud: provision.Cloud{Bus: bus.WithRetry(m, atOnce)}, Workspace: w}
	p, err := d.Removal(t.Context(), "")
	require.NoError(t, err)
	require.NoError(t, d.Cloud.Apply(t.Context(), p, nil))
	assert.Equal(t, 4, refused)
	assert.Empty(t, m.Buses)
}

func TestNobodyWaitsBeyondTheDeadline(t *testing.T) {
	m := bustest.NewMemory()
	m.Before = func(_ int, action string) error { return &bus.Error{Kind: bus.Throttled, Action: action} }
	b := bus.WithRetry(m, bus.Retry{Sleep: func(context.Context, time.Duration) error {
		assert.Fail(t, "it slept")
		return nil
	}})
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err := b.ListEventBuses(ctx, "")
	assert.Equal(t, bus.Throttled, bus.KindOf(err), "it says what the service said")
}
