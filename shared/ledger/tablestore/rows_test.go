package tablestore_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/ledger"
	"github.com/pai-notify/pai-notify/shared/ledger/tablestore/tablestoretest"
)

// clock is the service's.
type clock struct{ now time.Time }

func (c *clock) Now() time.Time { return c.now }

func idsOf(list []ledger.Entry) (ids []string) {
	for _, e := range list {
		ids = append(ids, e.ID)
	}
	return ids
}

func TestAnIndexThatLagsIsHealedByTheRows(t *testing.T) {
	c := &clock{noon}
	p := tablestoretest.New(tablestoretest.Config{Now: c.Now})
	s := made(t, p)
	due := func() []string {
		list, err := s.Due(ctx, "pai-system-lab", noon.Add(time.Hour), 10)
		require.NoError(t, err)
		return idsOf(list)
	}
	dead := func() []string {
		page, err := s.List(ctx, ledger.Query{Bus: "pai-system-lab", States: []ledger.State{ledger.Dead}, Limit: 10})
		require.NoError(t, err)
		return idsOf(page.Entries)
	}
	a, b := following(claimed("a"), ledger.Waiting, noon), following(claimed("b"), ledger.Waiting, noon)
	for _, e := range []ledger.Entry{claimed("a"), claimed("b"), a, b} {
		require.NoError(t, s.Put(ctx, e))
	}
	assert.ElementsMatch(t, []string{"a", "b"}, due())

	p.Set(tablestoretest.Modes{Lag: time.Minute})
	sent := following(a, ledger.Sent, time.Time{})
	gone := following(b, ledger.Dead, time.Time{})
	later := following(claimed("c"), ledger.Waiting, noon)
	for _, e := range []ledger.Entry{sent, gone, claimed("c"), later} {
		require.NoError(t, s.Put(ctx, e))
	}
	assert.Empty(t, due(), "the index still shows a and b, whose rows say otherwise, and does not show c")
	assert.Empty(t, dead())
	c.now = c.now.Add(time.Minute)
	assert.Equal(t, []string{"c"}, due())
	assert.Equal(t, []string{"b"}, dead())
	require.NoError(t, s.Put(ctx, following(gone, ledger.Waiting, noon)))
	assert.Empty(t, dead(), "the index still shows b")
	page, err := s.List(ctx, ledger.Query{Bus: "pai-system-lab", Job: "dlc1abc"})
	require.NoError(t, err)
	assert.Len(t, page.Entries, 3)
}

func TestRowsExpireThirtyDaysAfterTheLastWrite(t *testing.T) {
	c := &clock{noon}
	s := made(t, tablestoretest.New(tablestoretest.Config{Now: c.Now}))
	require.NoError(t, s.Put(ctx, claimed("a")))
	require.NoError(t, s.PutControl(ctx, ledger.Control{Key: "sender/a", Step: 1}))
	c.now = c.now.Add(29 * 24 * time.Hour)
	require.NoError(t, s.Put(ctx, following(claimed("a"), ledger.Dead, time.Time{})))
	c.now = c.now.Add(29 * 24 * time.Hour)
	got, err := s.Get(ctx, "a")
	require.NoError(t, err)
	assert.Equal(t, ledger.Dead, got.State)
	c.now = c.now.Add(24 * time.Hour)
	got, err = s.Get(ctx, "a")
	require.NoError(t, err)
	assert.Zero(t, got)
	control, err := s.Control(ctx, "sender/a")
	require.NoError(t, err)
	assert.EqualValues(t, 1, control.Step, "control rows stay")
	assert.NoError(t, s.Put(ctx, claimed("a")), "there is room for a first one")
}

func TestWhatIsTooLongForAKeyIsFoundAllTheSame(t *testing.T) {
	s := made(t, tablestoretest.New(tablestoretest.Config{}))
	long := strings.Repeat("工", 2000)
	for id, job := range map[string]string{"a": long, "b": long + "!", "c": ""} {
		e := claimed(id)
		e.Job = job
		require.NoError(t, s.Put(ctx, e))
	}
	page, err := s.List(ctx, ledger.Query{Bus: "pai-system-lab", Job: long})
	require.NoError(t, err)
	assert.Equal(t, []string{"a"}, idsOf(page.Entries))
}

func TestAnEventThatIsTooLargeIsRefusedBeforeItIsSent(t *testing.T) {
	p := tablestoretest.New(tablestoretest.Config{})
	s := made(t, p)
	p.Reset()
	e := claimed("a")
	e.Event = make([]byte, ledger.MaxEvent+1)
	assert.Equal(t, bus.Invalid, bus.KindOf(s.Put(ctx, e)))
	assert.Zero(t, p.Calls()["PutRow"])
}

func TestAnotherPageIsNoPlaceInHistory(t *testing.T) {
	s := made(t, tablestoretest.New(tablestoretest.Config{}))
	for _, after := range []string{"x", "1", "1/", "/a"} {
		_, err := s.List(ctx, ledger.Query{Bus: "pai-system-lab", After: after})
		assert.Equal(t, bus.Invalid, bus.KindOf(err), after)
	}
}

// TestANotificationTakesFewCapacityUnits counts those of one that is sent at once,
// with the row of its sender, by the vendor's rules.
func TestANotificationTakesFewCapacityUnits(t *testing.T) {
	p := tablestoretest.New(tablestoretest.Config{})
	s := made(t, p)
	l := ledger.New(s).With(func() time.Time { return noon }, 0)
	p.Reset()
	verdict, row, err := l.Claim(ctx, claimed("a"), time.Minute)
	require.NoError(t, err)
	require.Equal(t, ledger.Mine, verdict)
	_, err = l.Settle(ctx, row, ledger.Result{State: ledger.Sent})
	require.NoError(t, err)
	u := p.Units()
	assert.Equal(t, 2, u.Write, "the row, twice")
	assert.Equal(t, 2, u.IndexWrite, "its places by time and by job, once")
	assert.Equal(t, 2, u.IndexRewrite, "the second put leaves them as they are")
	_, err = l.Update(ctx, "sender/a", func([]byte) ([]byte, bool) { return []byte(`{}`), true })
	require.NoError(t, err)
	u = p.Units()
	assert.LessOrEqual(t, u.Write+u.IndexWrite, 6)
	assert.Equal(t, 5, u.Write+u.IndexWrite)
	assert.Equal(t, map[string]int{"PutRow": 3, "GetRow": 1}, p.Calls(), "and no other call")
}

// TestManyThatAreDueTakeFewCalls is a minute after an outage.
func TestManyThatAreDueTakeFewCalls(t *testing.T) {
	p := tablestoretest.New(tablestoretest.Config{})
	s := made(t, p)
	for i := range 300 {
		e := following(claimed(fmt.Sprintf("%032x", i)), ledger.Waiting, noon.Add(time.Duration(i%7)*time.Second))
		e.Step = 1
		require.NoError(t, s.Put(ctx, e))
	}
	p.Reset()
	list, err := s.Due(ctx, "pai-system-lab", noon.Add(time.Minute), 250)
	require.NoError(t, err)
	assert.Len(t, list, 250)
	assert.True(t, slices.IsSortedFunc(list, func(a, b ledger.Entry) int { return a.Due.Compare(b.Due) }))
	assert.LessOrEqual(t, p.Calls()["BatchGetRow"], 6)
	assert.LessOrEqual(t, p.Calls()["GetRange"], 8)
}

func TestARowThatFailsAmongOthersIsReadAlone(t *testing.T) {
	p := tablestoretest.New(tablestoretest.Config{})
	s := made(t, p)
	for _, id := range []string{"a", "b", "c"} {
		e := following(claimed(id), ledger.Waiting, noon)
		e.Step = 1
		require.NoError(t, s.Put(ctx, e))
	}
	p.Set(tablestoretest.Modes{RowFails: 1})
	p.Reset()
	list, err := s.Due(ctx, "pai-system-lab", noon.Add(time.Minute), 10)
	require.NoError(t, err)
	assert.ElementsMatch(t, []string{"a", "b", "c"}, idsOf(list))
	assert.Equal(t, 3, p.Calls()["GetRow"])
}

// TestASearchTakesFewCalls is what redeliver does each minute where nothing waits.
func TestASearchTakesFewCalls(t *testing.T) {
	p := tablestoretest.New(tablestoretest.Config{})
	s := made(t, p)
	p.Reset()
	_, err := s.Due(ctx, "pai-system-lab", noon, 100)
	require.NoError(t, err)
	assert.Equal(t, map[string]int{"GetRange": 4}, p.Calls())
	assert.Equal(t, tablestoretest.Units{Read: 4}, p.Units())
}
