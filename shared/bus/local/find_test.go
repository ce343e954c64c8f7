package local_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/bus/local"
)

func TestEveryPageIsSearchedUntilThereAreEnough(t *testing.T) {
	const all = 2500
	history := func(_ context.Context, q local.Query) ([]local.Notification, error) {
		from := all
		if q.After != "" {
			_, err := fmt.Sscanf(q.After, "%d-1", &from)
			require.NoError(t, err)
		}
		var page []local.Notification
		for i := from - 1; i >= 0 && len(page) < q.Limit; i-- {
			page = append(page, local.Notification{ID: fmt.Sprintf("%d-1", i), Rule: fmt.Sprint("r", i%10)})
		}
		return page, nil
	}
	tenth := func(n local.Notification) bool { return n.Rule == "r0" }
	oldest := func(n local.Notification) bool { return n.ID == "0-1" }
	for name, c := range map[string]struct {
		limit int
		keep  func(local.Notification) bool
		want  int
		last  string
	}{
		"all, where the first is not kept":    {0, tenth, all / 10, "0-1"},
		"one, which is on the last page":      {1, oldest, 1, "0-1"},
		"all, of which the last page has one": {0, oldest, 1, "0-1"},
		"more than a page":                    {1200, nil, 1200, "1300-1"},
		"all of them":                         {0, nil, all, "0-1"},
		"some":                                {3, tenth, 3, "2470-1"},
		"none that is kept":                   {0, func(local.Notification) bool { return false }, 0, ""},
	} {
		t.Run(name, func(t *testing.T) {
			list, err := local.Query{}.Find(t.Context(), history, c.limit, c.keep)
			require.NoError(t, err)
			require.Len(t, list, c.want)
			if c.want > 0 {
				assert.Equal(t, c.last, list[c.want-1].ID)
			}
		})
	}
}

func TestATargetIsKnownByItsTypeItsNameAndItsID(t *testing.T) {
	known := local.Notification{Target: "on-call-1a2b3c4d", Receiver: "dingtalk/on call"}
	for target, want := range map[string]bool{
		"dingtalk/on call": true, "dingtalk": true, "on call": true, "on-call-1a2b3c4d": true,
		"lark/on call": false, "lark": false, "call": false, "dingtalk/": false, "/on call": false,
	} {
		assert.Equal(t, want, known.For(target), target)
	}
	removed := local.Notification{Target: "oncall"}
	assert.True(t, removed.For("oncall"))
	assert.True(t, removed.For("dingtalk/oncall"), "nothing says that it was of another type")
	assert.False(t, removed.For("dingtalk/other"))
}

func TestASearchSaysHowFarItLooked(t *testing.T) {
	began := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	var hours atomic.Int64 // lanes ask for the time, too
	f := functions{answers: map[string][]string{"bad": {`!{"status":"failed","class":"permanent","reason":"sign not match","event_type":"dlc.job-failed","target":"dingtalk/x"}`}}}
	b := withRule(t, local.Options{Invoke: f.invoke, Job: jobIn, Now: func() time.Time { return began.Add(time.Duration(hours.Load()) * time.Hour) }}, "one", "bad")
	for n := range 20 {
		e := parsed(t, fmt.Sprintf(`{"id":"e%d","source":"s","type":"t","data":{"job":"dlc%d","called":"Train-%d","note":"50%% done"}}`, n, n%5, n%2))
		published(t, b, e)
		waited(t, b, e)
		hours.Add(1)
	}
	now := began.Add(time.Duration(hours.Load()) * time.Hour)
	const all = 40
	for name, c := range map[string]struct {
		q     local.Query
		most  int
		found int
		ends  int
		whole bool
	}{
		"everything, and ten of the ends":    {local.Query{}, 10, 3, 10, true},
		"what so many events are about":      {local.Query{About: "train-1"}, 10, 3, 6, false},
		"a job of so many events":            {local.Query{Job: "dlc3"}, 4, 2, 2, false},
		"everything":                         {local.Query{}, all + 1, 3, all, true},
		"a job's id":                         {local.Query{About: "dlc3"}, 10, 3, 8, true},
		"the beginning of a name, any case":  {local.Query{About: "tRAIN-1"}, 100, 3, 20, true},
		"the end of a name":                  {local.Query{About: "rain-1"}, 100, 0, 0, true},
		"a job's id that is another's start": {local.Query{About: "dlc"}, 100, 0, 0, true},
		"a word of the event":                {local.Query{Words: [][]string{{"TRAIN-0"}}}, 10, 3, 4, false},
		"a word of the outcome":              {local.Query{Words: [][]string{{"match"}}}, 10, 3, 5, false},
		"all words":                          {local.Query{Words: [][]string{{"match"}, {"train-0"}}}, 10, 2, 2, false},
		"one of several texts":               {local.Query{Words: [][]string{{"nothing", "sign not"}}}, 10, 3, 5, false},
		"a sign that has a meaning in SQL":   {local.Query{Words: [][]string{{"50%"}}}, 10, 3, 10, false},
		"that sign is no wildcard":           {local.Query{Words: [][]string{{"5%0"}}}, 10, 0, 0, false},
		"an old one, which is not reached":   {local.Query{Named: []string{"e0"}}, 10, 0, 0, false},
		"an old one, which is reached":       {local.Query{Named: []string{"e0"}}, all, 2, 2, false},
		"as the outcome calls its type":      {local.Query{Named: []string{"dlc.job-failed"}}, 10, 3, 5, false},
		"for a receiver":                     {local.Query{Receiver: "bad"}, 10, 3, 5, false},
		"for one that the outcome names":     {local.Query{Receiver: "dingtalk"}, 10, 3, 5, false},
		"dead ones, which have an index":     {local.Query{States: []local.State{local.Dead}}, 15, 3, 15, true},
		"in a time":                          {local.Query{Since: now.Add(-5 * time.Hour)}, 100, 3, 10, true},
	} {
		t.Run(name, func(t *testing.T) {
			c.q.Limit = 3
			page, ends, _, back, err := b.Search(t.Context(), c.q, c.most, true)
			require.NoError(t, err)
			assert.Len(t, page, c.found)
			assert.Len(t, ends, c.ends)
			assert.Equal(t, c.whole, back.IsZero())
			if !c.whole {
				assert.Equal(t, now.Add(-time.Duration((c.most+1)/2)*time.Hour), back.UTC())
			}
			for _, n := range page {
				assert.NotEmpty(t, n.Job)
				assert.NotEmpty(t, n.JobName)
			}
		})
	}
	ids := map[string]bool{}
	pages := 0
	for q := (local.Query{Limit: 3, Words: [][]string{{"match"}}}); ; pages++ {
		page, _, next, _, err := b.Search(t.Context(), q, 10, false)
		require.NoError(t, err)
		for _, n := range page {
			assert.False(t, ids[n.ID], n.ID)
			ids[n.ID] = true
		}
		if q.After = next; q.After == "" {
			break
		}
	}
	assert.Len(t, ids, 20, "the pages join")
	assert.Greater(t, pages, 4)
	page, _, _, _, err := b.Search(t.Context(), local.Query{Limit: 9, Beside: "7-1"}, 10, false)
	require.NoError(t, err)
	require.Len(t, page, 2)
	assert.Equal(t, "e6", page[0].EventID)
}
