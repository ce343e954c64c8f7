package ledgertest

import (
	"fmt"
	"slices"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/ledger"
	"github.com/pai-notify/pai-notify/shared/outcome"
)

// listed pages through what a query asks for, and calls between after each page.
func listed(t T, s ledger.Store, q ledger.Query, limit int, between ...func(page int)) []ledger.Entry {
	t.Helper()
	if q.Bus == "" {
		q.Bus = onBus
	}
	q.Limit = limit
	var list []ledger.Entry
	for page := 0; ; page++ {
		p, err := s.List(ctx, q)
		require.NoError(t, err)
		if limit > 0 {
			require.LessOrEqual(t, len(p.Entries), limit, "rows of a page")
		}
		list = append(list, p.Entries...)
		if p.Next == "" {
			return list
		}
		// A page may be empty, one for each day of a lifetime and more.
		require.Less(t, page, 2000, "pages without an end")
		q.After = p.Next
		for _, f := range between {
			f(page)
		}
	}
}

func distinct(list []string) []string { return slices.Compact(slices.Sorted(slices.Values(list))) }

// past are rows of some days, the newest first, each of which differs in a member.
func past() []ledger.Entry {
	var rows []ledger.Entry
	add := func(age time.Duration, change func(*ledger.Entry)) {
		e := first(idOf(len(rows)))
		e.State, e.Due, e.Created = ledger.Sent, time.Time{}, noon.Add(-age)
		e.Changed = e.Created.Add(time.Second)
		change(&e)
		rows = append(rows, e)
	}
	add(0, func(*ledger.Entry) {})
	add(time.Second, func(e *ledger.Entry) { e.Rule, e.RuleName = "serving", "Serving" })
	add(time.Minute, func(e *ledger.Entry) { e.Receiver = "lark-夜班" })
	add(time.Hour, func(e *ledger.Entry) { e.Type = "sms" })
	add(2*time.Hour, func(e *ledger.Entry) { e.EventType = "eas:Service:Failed" })
	add(3*time.Hour, func(e *ledger.Entry) { e.EventID = "e-other" })
	add(4*time.Hour, func(e *ledger.Entry) { e.Job, e.JobName = "dlc2", "Finetune" })
	add(13*time.Hour, func(e *ledger.Entry) { e.State, e.Because = ledger.Dead, "the robot was Removed" })
	add(25*time.Hour, func(e *ledger.Entry) { e.State = ledger.Unknown })
	add(26*time.Hour, func(e *ledger.Entry) { e.State, e.Due = ledger.Waiting, noon.Add(-time.Minute) })
	add(49*time.Hour, func(e *ledger.Entry) { e.State = ledger.Cancelled })
	add(50*time.Hour, func(e *ledger.Entry) {
		e.State, e.Outcome = ledger.Skipped, outcome.Outcome{Status: outcome.Skipped, Reason: "Grouped into", Code: "G7"}
	})
	add(51*time.Hour, func(e *ledger.Entry) { e.State, e.Due = ledger.Claimed, noon.Add(-time.Minute) })
	add(20*24*time.Hour, func(e *ledger.Entry) { e.Job = "" })
	return rows
}

func queryMembers(t T, f Fixture) {
	rows := past()
	put(t, f.Store, rows...)
	other := first(idOf(900))
	other.Bus, other.State = onBus+"2", ledger.Dead
	put(t, f.Store, other)
	for name, q := range map[string]ledger.Query{
		"all":                    {},
		"a beginning":            {From: noon.Add(-25 * time.Hour)},
		"an end":                 {To: noon.Add(-25 * time.Hour)},
		"both":                   {From: noon.Add(-26 * time.Hour), To: noon},
		"a time without":         {From: noon.Add(-40 * time.Hour), To: noon.Add(-30 * time.Hour)},
		"the wrong way round":    {From: noon, To: noon.Add(-time.Hour)},
		"the future":             {From: noon.Add(time.Hour)},
		"a job":                  {Job: "dlc2"},
		"a job in a time":        {Job: "dlc1abc", From: noon.Add(-3 * time.Hour), To: noon},
		"a job that is not":      {Job: "dlc"},
		"dead":                   {States: []ledger.State{ledger.Dead}},
		"dead and unknown":       {States: []ledger.State{ledger.Dead, ledger.Unknown, ledger.Cancelled}},
		"waiting":                {States: []ledger.State{ledger.Waiting}},
		"claimed":                {States: []ledger.State{ledger.Claimed}},
		"waiting and claimed":    {States: []ledger.State{ledger.Waiting, ledger.Claimed}},
		"sent":                   {States: []ledger.State{ledger.Sent}},
		"sent and dead":          {States: []ledger.State{ledger.Sent, ledger.Dead}},
		"dead of a job":          {States: []ledger.State{ledger.Dead}, Job: "dlc1abc"},
		"dead of a time":         {States: []ledger.State{ledger.Dead, ledger.Unknown}, From: noon.Add(-24 * time.Hour)},
		"no states":              {States: []ledger.State{}},
		"a rule's key":           {Rule: "serving"},
		"a rule's name":          {Rule: "Serving"},
		"a receiver":             {Receiver: "lark-夜班"},
		"a type":                 {Type: "sms"},
		"an event type":          {EventType: "eas:Service:Failed"},
		"an event":               {EventID: "e-other"},
		"text of a job's name":   {Text: "fineTUNE"},
		"text of a reason":       {Text: "removed"},
		"text of an outcome":     {Text: "grouped INTO"},
		"text of a code":         {Text: "g7"},
		"text of a receiver":     {Text: "夜班"},
		"text of an id":          {Text: rows[4].ID},
		"text that is not there": {Text: "nothing of it"},
		"members that disagree":  {Rule: "serving", Type: "sms"},
		"all at once": {
			Job: "dlc1abc", States: []ledger.State{ledger.Dead}, Rule: "training", Receiver: "dingtalk-ops", Type: "dingtalk",
			EventType: "dlc:Job:Failed", EventID: rows[7].EventID, Text: "robot", From: noon.Add(-14 * time.Hour), To: noon,
		},
	} {
		q.Bus = onBus
		var want []string
		for _, e := range rows {
			if q.Wants(e) {
				want = append(want, e.ID)
			}
		}
		for _, limit := range []int{0, 1, 3, 100} {
			got := listed(t, f.Store, q, limit)
			assert.ElementsMatch(t, want, ids(got), "%s, by %d", name, limit)
			assert.True(t, slices.IsSortedFunc(got, ledger.Newer), "%s, by %d: newest first", name, limit)
		}
	}
	for _, got := range listed(t, f.Store, ledger.Query{}, 100) {
		at := slices.IndexFunc(rows, func(e ledger.Entry) bool { return e.ID == got.ID })
		same(t, rows[at], got, "a whole row")
	}
}

// pagedWhileWritten writes rows after each page. Those that were there before are
// found once each; those written meanwhile once at most.
func pagedWhileWritten(t T, f Fixture) {
	var before []string
	for i := range 60 {
		e := first(idOf(i))
		e.Created = noon.Add(-time.Duration(i) * 47 * time.Minute)
		put(t, f.Store, e)
		before = append(before, e.ID)
	}
	for _, q := range []ledger.Query{{}, {Job: "dlc1abc"}, {From: noon.Add(-40 * time.Hour)}} {
		var want []string
		for i, id := range before {
			if q.From.IsZero() || !noon.Add(-time.Duration(i)*47*time.Minute).Before(q.From) {
				want = append(want, id)
			}
		}
		got := ids(listed(t, f.Store, q, 7, func(page int) {
			id := fmt.Sprintf("%032x", time.Now().UnixNano())
			e := first(id)
			e.Created = noon.Add(time.Second - time.Duration(page)*6*time.Hour)
			put(t, f.Store, e)
			// What there was changes too.
			was, err := f.Store.Get(ctx, idOf(page*7%60))
			require.NoError(t, err)
			put(t, f.Store, next(was, ledger.Waiting, noon))
		}))
		assert.Len(t, distinct(got), len(got), "each once")
		assert.Subset(t, got, want, "all that there were")
	}
}

// pagedWhileChanging ends rows after each page, the last of the page among them.
func pagedWhileChanging(t T, f Fixture) {
	for _, state := range []ledger.State{ledger.Dead, ledger.Waiting, ledger.Claimed} {
		var rows []ledger.Entry
		for i := range 20 {
			e := with(fmt.Sprintf("%s-%02d", state, i), state, noon.Add(time.Duration(i*i%17)*time.Minute))
			if state.Ended() {
				e.Due = time.Time{}
			}
			e.Created = noon.Add(-time.Duration(i) * time.Hour)
			rows = append(rows, e)
		}
		put(t, f.Store, rows...)
		// The last row of each page ends after it was seen, and one that was not
		// seen stays.
		got := ids(listed(t, f.Store, ledger.Query{States: []ledger.State{state}}, 5, func(page int) {
			if at := page*5 + 4; at < len(rows) {
				was, err := f.Store.Get(ctx, rows[at].ID)
				require.NoError(t, err)
				if was.State == state {
					put(t, f.Store, next(was, ledger.Sent, time.Time{}))
				}
			}
		}))
		assert.Len(t, distinct(got), len(got), "each once, of %s", state)
		for i, e := range rows {
			if i%5 != 4 {
				assert.Contains(t, got, e.ID, "%s", state)
			}
		}
	}
}

// sameTimeOnceEach has more rows of one millisecond than a page, as one event for
// many receivers makes.
func sameTimeOnceEach(t T, f Fixture) {
	var want []string
	for i := range 25 {
		e := with(idOf(i), ledger.Dead, time.Time{})
		put(t, f.Store, e)
		want = append(want, e.ID)
	}
	for _, q := range []ledger.Query{{}, {Job: "dlc1abc"}, {States: []ledger.State{ledger.Dead}}, {From: noon}, {To: noon.Add(time.Millisecond)}} {
		for _, limit := range []int{1, 4, 25} {
			got := listed(t, f.Store, q, limit)
			assert.ElementsMatch(t, want, ids(got), "%+v by %d", q, limit)
			assert.True(t, slices.IsSortedFunc(got, ledger.Newer))
		}
	}
}
