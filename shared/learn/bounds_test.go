package learn_test

import (
	"context"
	"fmt"
	"iter"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/learn"
	"github.com/pai-notify/pai-notify/shared/workspace"
)

// flood is a bus that has more than anybody wants to hold.
type flood struct {
	events, types int
	data          string
	asked, bytes  int
}

func (f *flood) typeOf(i int) string { return fmt.Sprintf("Dlc:Job:Type%05d", i%f.types) }

func (f *flood) Traced(context.Context, string, time.Time, time.Time) iter.Seq2[bus.Trace, error] {
	return func(yield func(bus.Trace, error) bool) {
		for i := range f.events {
			if !yield(bus.Trace{ID: fmt.Sprint(i), Source: "acs.pai.dlc", Type: f.typeOf(i), Received: start.Add(time.Duration(i) * time.Millisecond)}, nil) {
				return
			}
		}
	}
}

func (f *flood) TracedEvent(_ context.Context, _ string, t bus.Trace) (event.Event, error) {
	f.asked++
	text := one(t.Source, t.Type, f.data)
	f.bytes += len(text)
	return event.Parse([]byte(text))
}

func TestAFloodIsNotHeld(t *testing.T) {
	f := &flood{events: 100_000, types: 10_000, data: `{"JobId":"a","UserId":"7","Log":"` + strings.Repeat("x", 200<<10) + `"}`}
	w := document(t, "")
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	r, err := learn.Read(t.Context(), f, w, learn.Options{Bus: w.Bus(), Events: f.events})
	require.NoError(t, err)
	runtime.GC()
	runtime.ReadMemStats(&after)
	assert.Equal(t, f.events, r.Events)
	assert.Len(t, r.Kinds, learn.MaxKinds)
	assert.Equal(t, f.events-learn.MaxKinds*f.events/f.types, r.Others)
	assert.LessOrEqual(t, f.bytes, 17<<20)
	assert.LessOrEqual(t, f.asked, 300)
	assert.Contains(t, r.Incomplete, "events are read with their data")
	assert.Less(t, int64(after.HeapAlloc)-int64(before.HeapAlloc), int64(32<<20))
	runtime.KeepAlive(r)
}

func TestTracesWithoutATimeAreCounted(t *testing.T) {
	p := timeless{&passed{events: []string{one("acs.paidlc", "paidlc:JobStateChange:JobFailed", `"text"`), one("", "x", `{}`), one("x", "", `{}`)}}}
	w := document(t, "")
	r, err := learn.Read(t.Context(), p, w, learn.Options{Bus: w.Bus()})
	require.NoError(t, err)
	assert.Equal(t, 3, r.Events)
	assert.Zero(t, r.First)
	assert.Zero(t, r.Last)
	require.Len(t, r.Kinds, 3)
	assert.Positive(t, r.Kinds[1].Rules[0].Fires, "data that is no object does not keep a rule from firing")
}

type timeless struct{ *passed }

func (p timeless) Traced(ctx context.Context, on string, since, until time.Time) iter.Seq2[bus.Trace, error] {
	return func(yield func(bus.Trace, error) bool) {
		for t, err := range p.passed.Traced(ctx, on, since, until) {
			t.Received = time.Time{}
			if !yield(t, err) {
				return
			}
		}
	}
}

// benchDocument has a thousand rules.
func benchDocument(b *testing.B) *workspace.Workspace {
	b.Helper()
	var more strings.Builder
	for i := range 1000 {
		fmt.Fprintf(&more, "  - {name: r%d, source: dlc, events: [\"*\"], scope: {created_by: [\"%d\"]}, targets: [{type: dingtalk, webhook: env:A}]}\n", i, i)
	}
	return document(b, strings.TrimPrefix(more.String(), "\n"))
}

func BenchmarkTenThousandEvents(b *testing.B) {
	f := &flood{events: 10_000, types: 20, data: dlcData}
	w := benchDocument(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := learn.Read(b.Context(), f, w, learn.Options{Bus: w.Bus()}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkTenThousandTypes(b *testing.B) {
	f := &flood{events: 10_000, types: 10_000, data: dlcData}
	w := benchDocument(b)
	for b.Loop() {
		if _, err := learn.Read(b.Context(), f, w, learn.Options{Bus: w.Bus()}); err != nil {
			b.Fatal(err)
		}
	}
}
