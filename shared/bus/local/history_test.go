package local_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/bus/local"
)

// told is a bus with a history: nine events, one an hour, of which every third
// failed for good at its second target, and one that no rule matched.
func told(t *testing.T) (*local.Bus, time.Time) {
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	now := start
	f := functions{answers: map[string][]string{}}
	b := withRule(t, local.Options{Dir: t.TempDir(), Invoke: f.invoke, Now: func() time.Time { return now }}, "good", "bad")
	for i := range 9 {
		f.mu.Lock()
		f.answers["bad"] = []string{`{"status":"sent"}`}
		if i%3 == 0 {
			f.answers["bad"] = []string{`!{"status":"failed","class":"permanent","code":"310000","reason":"sign not match"}`}
		}
		f.mu.Unlock()
		published(t, b, numbered(t, i))
		waited(t, b, numbered(t, i))
		now = now.Add(time.Hour)
	}
	published(t, b, parsed(t, `{"id":"nobody","source":"s","type":"of no rule"}`))
	return b, start
}

func TestTheHistoryIsAskedByWhatStandsInIt(t *testing.T) {
	b, start := told(t)
	for name, c := range map[string]struct {
		query local.Query
		want  []string
	}{
		"a target":           {local.Query{Target: "good", Limit: 3}, []string{"8 good", "7 good", "6 good"}},
		"a rule that is not": {local.Query{Rule: "none"}, nil},
		"a state":            {local.Query{States: []local.State{local.Dead}}, []string{"6 bad", "3 bad", "0 bad"}},
		"two states":         {local.Query{States: []local.State{local.Sent, local.Dead}, EventID: "3"}, []string{"3 bad", "3 good"}},
		"a time":             {local.Query{Since: start.Add(2 * time.Hour), Until: start.Add(4 * time.Hour)}, []string{"3 bad", "3 good", "2 bad", "2 good"}},
		"before all times":   {local.Query{Until: start}, nil},
		"after all times":    {local.Query{Since: start.Add(10 * time.Hour)}, nil},
		"an event type":      {local.Query{EventType: "t", Bus: "b", Rule: "r", EventID: "1"}, []string{"1 bad", "1 good"}},
		"another event type": {local.Query{EventType: "u"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			list, err := b.History(t.Context(), c.query)
			require.NoError(t, err)
			var got []string
			for _, n := range list {
				got = append(got, n.EventID+" "+n.Target)
			}
			assert.Equal(t, c.want, got)
		})
	}
}

func TestPagesOfTheHistoryJoin(t *testing.T) {
	b, _ := told(t)
	seen := map[string]bool{}
	q := local.Query{Limit: 4}
	for {
		page, err := b.History(t.Context(), q)
		require.NoError(t, err)
		if len(page) == 0 {
			break
		}
		for _, n := range page {
			assert.False(t, seen[n.ID])
			seen[n.ID] = true
		}
		q.After = page[len(page)-1].ID
	}
	assert.Len(t, seen, 18)
	_, err := b.History(t.Context(), local.Query{After: "x"})
	assert.Equal(t, "RequestParameterInvalid", code(t, err))
}

func TestCountsTellWhatBecameOfEachRulesEvents(t *testing.T) {
	b, start := told(t)
	counts, err := b.Counts(t.Context(), start.Add(3*time.Hour))
	require.NoError(t, err)
	require.Len(t, counts, 2)
	bad, good := counts[0], counts[1]
	assert.Equal(t, []string{"b", "r", "bad", "good"}, []string{bad.Bus, bad.Rule, bad.Receiver, good.Receiver})
	assert.Equal(t, map[local.State]int{local.Sent: 4, local.Dead: 2}, bad.States)
	assert.Equal(t, map[local.State]int{local.Sent: 6}, good.States)
	assert.True(t, bad.Failed().Equal(start.Add(6*time.Hour)) && bad.Last[local.Sent].Equal(start.Add(8*time.Hour)), "the newest of each")
	assert.False(t, bad.Failing(), "the newest was sent")
	before, err := b.Counts(t.Context(), start.Add(9*time.Hour))
	require.NoError(t, err)
	assert.Empty(t, before)
	buckets, err := b.Buckets(t.Context(), start, start.Add(9*time.Hour), 4*time.Hour)
	require.NoError(t, err)
	require.Len(t, buckets, 3)
	for i, want := range []map[local.State]int{{local.Sent: 6, local.Dead: 2}, {local.Sent: 7, local.Dead: 1}, {local.Sent: 2}} {
		assert.True(t, buckets[i].From.Equal(start.Add(time.Duration(i)*4*time.Hour)))
		assert.Equal(t, want, buckets[i].States)
	}
	events, unmatched, err := b.EventCount(t.Context(), start)
	require.NoError(t, err)
	assert.Equal(t, []int{10, 1}, []int{events, unmatched})
	list, err := b.Events(t.Context(), local.EventQuery{Bus: "b", Unmatched: true})
	require.NoError(t, err)
	require.Len(t, list, 1)
	assert.Equal(t, "nobody", list[0].ID)
}

func TestTheHistoryForgetsByAgeAndBySize(t *testing.T) {
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	now := start
	f := functions{answers: map[string][]string{"bad": {`!{"status":"failed","class":"permanent","reason":"bad"}`}, "busy": {transient}}}
	o := local.Options{Dir: t.TempDir(), Invoke: f.invoke, Now: func() time.Time { return now }, HistoryAge: 10 * time.Hour}
	b := withRule(t, o, "good")
	require.NoError(t, b.CreateRule(t.Context(), local.Rule{Name: "dead", Bus: "b", FilterPattern: `{"id":["2"]}`, Enabled: true, Targets: targets("bad")}))
	require.NoError(t, b.CreateRule(t.Context(), local.Rule{Name: "waits", Bus: "b", FilterPattern: `{"id":["1"]}`, Enabled: true, Targets: targets("busy")}))
	for i := range 20 {
		published(t, b, numbered(t, i))
		waited(t, b, numbered(t, i))
		now = now.Add(time.Hour)
	}
	left := func() []string {
		var ids []string
		list, err := b.Events(t.Context(), local.EventQuery{Bus: "b"})
		require.NoError(t, err)
		for _, e := range list {
			ids = append(ids, e.ID)
		}
		return ids
	}
	require.NoError(t, b.Maintain(t.Context()))
	assert.Equal(t, []string{"19", "18", "17", "16", "15", "14", "13", "12", "11", "10", "1"}, left(), "what waits stays, however old")
	list, err := b.History(t.Context(), local.Query{})
	require.NoError(t, err)
	assert.Len(t, list, 12)
	require.NoError(t, b.Close(t.Context()))

	o.HistoryAge, o.HistoryBytes = 0, 1
	now = start.Add(20 * time.Hour)
	b = opened(t, o)
	published(t, b, parsed(t, `{"id":"2","source":"other","type":"t"}`))
	waited(t, b, parsed(t, `{"id":"2","source":"other","type":"t"}`))
	require.NoError(t, b.Maintain(t.Context()))
	list, err = b.History(t.Context(), local.Query{})
	require.NoError(t, err)
	var kept []string
	for _, n := range list {
		kept = append(kept, n.EventID+" "+n.Target)
	}
	assert.Subset(t, kept, []string{"2 bad"}, "a dead letter does not go for the sake of room")
	assert.NotContains(t, kept, "15 good")
	assert.False(t, published(t, b, parsed(t, `{"id":"new","source":"s","type":"t"}`))[0].Duplicate)
}

func TestEveryEndIsTold(t *testing.T) {
	var mu sync.Mutex
	var told []string
	f := functions{answers: map[string][]string{"bad": {`!{"status":"failed","class":"permanent"}`}}}
	b := withRule(t, local.Options{Invoke: f.invoke, Finished: func(n local.Notification) {
		mu.Lock()
		defer mu.Unlock()
		told = append(told, n.EventID+" "+n.Target+" "+string(n.Outcome.Status))
	}}, "good", "bad")
	published(t, b, numbered(t, 1), numbered(t, 2))
	require.Eventually(t, func() bool { return b.Waiting() == 0 }, 10*time.Second, time.Millisecond)
	require.NoError(t, b.Close(t.Context()))
	assert.ElementsMatch(t, []string{"1 good sent", "1 bad failed", "2 good sent", "2 bad failed"}, told)
}

func TestMetricsCountWhatHappened(t *testing.T) {
	b, _ := told(t)
	require.Eventually(t, func() bool { return b.Waiting() == 0 }, 10*time.Second, time.Millisecond)
	published(t, b, numbered(t, 8))
	answer := httptest.NewRecorder()
	r := httptest.NewRequest(http.MethodGet, "/metrics", nil)
	r.Header.Set("Accept", "application/openmetrics-text; version=1.0.0")
	b.Metrics().ServeHTTP(answer, r)
	body, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	for _, line := range []string{
		"pai_notify_bus_events_published_total 10.0", "pai_notify_bus_events_matched_total 9.0", "pai_notify_bus_events_duplicate_total 1.0",
		"pai_notify_bus_notifications_sent_total 15.0", "pai_notify_bus_notifications_dead_total 3.0", "pai_notify_bus_notifications_waiting 0.0",
		`pai_notify_bus_attempts_failed_total{class="permanent",code="310000"} 3.0`, "pai_notify_bus_queue_age_seconds 0.0", "pai_notify_bus_commit_seconds_count ", "# EOF",
	} {
		assert.Contains(t, string(body), line)
	}
}
