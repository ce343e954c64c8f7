package local_test

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/bus/local"
)

// timed opens a bus "b" with one target, whose function answers as told, and
// returns when it was called since the event was published.
func timed(t *testing.T, to local.Target, answers ...string) (*local.Bus, *[]time.Duration) {
	f := functions{answers: map[string][]string{"f": answers}}
	var calls []time.Duration
	start := time.Now()
	b, err := local.Open(t.Context(), local.Options{
		Random: func() float64 { return 0.5 },
		Invoke: func(ctx context.Context, function string, payload []byte) (json.RawMessage, error) {
			calls = append(calls, time.Since(start))
			return f.invoke(ctx, function, payload)
		},
	})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, b.Close(context.Background())) })
	require.NoError(t, b.CreateEventBus(t.Context(), local.EventBus{Name: "b"}))
	require.NoError(t, b.CreateRule(t.Context(), local.Rule{Name: "r", Bus: "b", FilterPattern: `{}`, Enabled: true, Targets: []local.Target{to}}))
	return b, &calls
}

const transient = `!{"status":"failed","class":"transient","reason":"busy","code":"500"}`

func TestBackoffRetriesThriceTenToTwentySecondsApart(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b, calls := timed(t, target("f"), transient)
		published(t, b, numbered(t, 1))
		time.Sleep(time.Hour)
		synctest.Wait()
		assert.Equal(t, []time.Duration{0, 15 * time.Second, 30 * time.Second, 45 * time.Second}, *calls)
		dead, err := b.History(t.Context(), local.Query{States: []local.State{local.Dead}})
		require.NoError(t, err)
		require.Len(t, dead, 1)
		assert.Equal(t, []any{"busy", "500", 4}, []any{dead[0].Outcome.Reason, dead[0].Outcome.Code, dead[0].Attempts})
		_, attempts, _, err := b.Life(t.Context(), dead[0].ID)
		require.NoError(t, err)
		require.Len(t, attempts, 4)
		for i, a := range attempts {
			assert.Equal(t, i+1, a.Number)
			assert.Equal(t, "busy", a.Outcome.Reason)
		}
	})
}

func TestExponentialDecayRetriesForADay(t *testing.T) {
	bubble(t, func(t *testing.T) {
		to := target("f")
		to.PushRetryStrategy = "EXPONENTIAL_DECAY_RETRY"
		b, calls := timed(t, to, transient)
		published(t, b, numbered(t, 1))
		time.Sleep(26 * time.Hour)
		synctest.Wait()
		require.Len(t, *calls, 177)
		for i, wait := range []time.Duration{1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 512} {
			assert.Equal(t, wait*time.Second, (*calls)[i+1]-(*calls)[i])
		}
		assert.InDelta(t, 24, (*calls)[176].Hours(), 0.3)
		assert.Zero(t, b.Waiting())
	})
}

func TestTheWaitAPlatformAsksForIsKeptExactly(t *testing.T) {
	bubble(t, func(t *testing.T) {
		limited := `!{"status":"failed","class":"rate-limited","retry_after":77,"reason":"slow down"}`
		b, calls := timed(t, target("f"), limited, limited, limited, limited, limited, `{"status":"sent"}`)
		published(t, b, numbered(t, 1), numbered(t, 2))
		time.Sleep(time.Hour)
		synctest.Wait()
		var want []time.Duration
		for i := range 6 {
			want = append(want, time.Duration(i)*77*time.Second)
		}
		// The second event goes to the same receiver, and waits with the first.
		assert.Equal(t, append(want, want[5]), *calls)
		assert.Zero(t, b.Waiting())
	})
}

// A mail that may have been taken is sent again after minutes, but not for ever.
func TestAWaitOfATransientFailureIsKeptAndUsesUpARetry(t *testing.T) {
	for name, c := range map[string]struct {
		after int // seconds
		want  time.Duration
	}{
		"longer than the strategy's": {300, 5 * time.Minute},
		"shorter":                    {3, 15 * time.Second},
		"longer than any may be":     {7200, time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				b, calls := timed(t, target("f"), fmt.Sprintf(`!{"status":"failed","class":"transient","retry_after":%d,"reason":"unclear"}`, c.after))
				published(t, b, numbered(t, 1))
				time.Sleep(6 * time.Hour)
				synctest.Wait()
				for i, at := range *calls {
					assert.Equal(t, time.Duration(i)*c.want, at.Round(time.Second))
				}
				assert.Len(t, *calls, 4)
				assert.Equal(t, local.Dead, waited(t, b, numbered(t, 1))[0].State)
			})
		})
	}
}

func TestASuccessThatCannotBeReadIsRepeatedAFewTimes(t *testing.T) {
	for answer, want := range map[string]int{
		`!{"status":"failed","class":"transient","http_status":200,"reason":"a page of HTML"}`: 5,
		`!{"status":"failed","class":"transient","http_status":502,"reason":"a gateway"}`:      177,
		`!{"status":"failed","class":"transient","http_status":200,"code":"-1"}`:               177,
	} {
		t.Run(answer, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				to := target("f")
				to.PushRetryStrategy = "EXPONENTIAL_DECAY_RETRY"
				b, calls := timed(t, to, answer)
				published(t, b, numbered(t, 1))
				time.Sleep(26 * time.Hour)
				synctest.Wait()
				assert.Len(t, *calls, want)
				assert.Equal(t, local.Dead, waited(t, b, numbered(t, 1))[0].State)
			})
		})
	}
}

func TestAReceiverThatIsLimitedForADayIsGivenUp(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b, calls := timed(t, target("f"), `!{"status":"failed","class":"rate-limited","retry_after":3600}`)
		published(t, b, numbered(t, 1))
		time.Sleep(27 * time.Hour)
		synctest.Wait()
		assert.InDelta(t, 25, len(*calls), 1)
		assert.Equal(t, local.Dead, waited(t, b, numbered(t, 1))[0].State)
	})
}
