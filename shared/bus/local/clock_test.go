package local_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/bus/local"
)

// ids are the events in the history, the oldest first.
func ids(t *testing.T, b *local.Bus, since time.Time) []string {
	list, err := b.History(t.Context(), local.Query{Limit: 1000, Since: since})
	require.NoError(t, err)
	var got []string
	for _, n := range list {
		got = append([]string{n.EventID}, got...)
	}
	return got
}

func TestAClockThatIsFarAheadForAWhile(t *testing.T) {
	for name, ahead := range map[string]time.Duration{"ten years": 10 * 365 * 24 * time.Hour, "forty days": 40 * 24 * time.Hour, "years back": -20 * 365 * 24 * time.Hour} {
		for _, restart := range []bool{false, true} {
			t.Run(name+map[bool]string{true: " and a restart", false: ""}[restart], func(t *testing.T) {
				start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
				now := start
				var f functions
				o := local.Options{Dir: t.TempDir(), Invoke: f.invoke, Now: func() time.Time { return now }, HistoryAge: 30 * 24 * time.Hour}
				b, err := local.Open(t.Context(), o)
				require.NoError(t, err)
				defer func() { assert.NoError(t, b.Close(context.Background())) }()
				require.NoError(t, b.CreateEventBus(t.Context(), local.EventBus{Name: "b"}))
				require.NoError(t, b.CreateRule(t.Context(), local.Rule{Name: "r", Bus: "b", FilterPattern: "{}", Enabled: true, Targets: targets("f")}))
				again := func() {
					if restart {
						require.NoError(t, b.Close(context.Background()))
						b, err = local.Open(t.Context(), o)
						require.NoError(t, err)
					}
				}
				put := func(id int) bool {
					duplicate := published(t, b, numbered(t, id))[0].Duplicate
					waited(t, b, numbered(t, id))
					return duplicate
				}
				for id := range 3 {
					put(id)
					now = now.Add(time.Hour)
				}
				back := now
				now = now.Add(ahead)
				again()
				put(3)
				require.NoError(t, b.Maintain(t.Context()))
				assert.Equal(t, []string{"0", "1", "2", "3"}, ids(t, b, time.Time{}), "nothing goes that was not old")
				assert.True(t, put(1), "what was published within the day is known")

				now = back
				again()
				put(4)
				require.NoError(t, b.Maintain(t.Context()))
				assert.Equal(t, []string{"0", "1", "2", "3", "4"}, ids(t, b, time.Time{}))
				assert.True(t, put(3))
				list, err := b.History(t.Context(), local.Query{})
				require.NoError(t, err)
				assert.WithinDuration(t, back, list[0].Accepted, 2*time.Hour, "times are right again")
				// A day and then a month later all is as if nothing had been.
				for range 2 {
					now = now.Add(13 * time.Hour)
					put(5)
				}
				assert.False(t, put(4), "after a day an event is told again")
				for range 40 {
					now = now.Add(20 * time.Hour)
					require.NoError(t, b.Maintain(t.Context()))
				}
				assert.Empty(t, ids(t, b, time.Time{}), "what is old goes")
			})
		}
	}
}

func TestADatabaseThatSawTheYear2036Recovers(t *testing.T) {
	// The first version took the machine's word for it.
	poisoned := time.Date(2036, 1, 1, 0, 0, 0, 0, time.UTC)
	dir := firstVersion(t, buses, rules, targetOf(t, 1, "train", target("f")), eventOf(1), eventOf(2),
		"UPDATE events SET accepted = "+millis(poisoned)+" WHERE number = 2; INSERT INTO fingerprints VALUES (1, "+millis(poisoned)+", x'00');",
		notificationOf(1, 1, local.Sent, 1), notificationOf(2, 1, local.Dead, 1))
	var f functions
	b := opened(t, local.Options{Dir: dir, Invoke: f.invoke})
	published(t, b, parsed(t, `{"id":"new","source":"s","type":"t"}`))
	waited(t, b, parsed(t, `{"id":"new","source":"s","type":"t"}`))
	require.NoError(t, b.Maintain(t.Context()))
	assert.Equal(t, []string{"1", "2", "new"}, ids(t, b, time.Time{}))
	assert.Equal(t, []string{"2", "new"}, ids(t, b, time.Now().Add(-time.Minute)))
	list, err := b.History(t.Context(), local.Query{})
	require.NoError(t, err)
	for _, n := range list {
		assert.False(t, n.Accepted.After(time.Now()), n.EventID)
	}
}

func TestALimitedReceiverIsNotGivenUpForAClockThatJumps(t *testing.T) {
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	now := start
	limited := `!{"status":"failed","class":"rate-limited","reason":"slow","retry_after":1}`
	f := functions{answers: map[string][]string{"f": {limited, limited, limited, `{"status":"sent"}`}}}
	o := local.Options{Dir: t.TempDir(), Invoke: f.invoke, Now: func() time.Time { return now }}
	b := withRule(t, o, "f")
	published(t, b, numbered(t, 1))
	waited(t, b, numbered(t, 1))
	require.NoError(t, b.Close(t.Context()))
	now = now.AddDate(10, 0, 0)
	b = opened(t, o)
	require.Eventually(t, func() bool { return b.Waiting() == 0 }, 10*time.Second, time.Millisecond)
	assert.Equal(t, local.Sent, waited(t, b, numbered(t, 1))[0].State)
}
