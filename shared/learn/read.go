package learn

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/workspace"
)

// name is what tells kinds apart.
type name struct{ source, typ string }

// reader collects what passed. Of events it holds only what is to be read whole.
type reader struct {
	report Report
	kinds  map[name]*seen
	// perKind and whole are those of the options.
	perKind, whole int
}

// seen is a kind and its newest events, the newest first.
type seen struct {
	Kind
	newest []bus.Trace
}

// Read reads what passed a bus and judges it by a document. With an error, the
// report has what was read before it.
func Read(ctx context.Context, from bus.Traces, w *workspace.Workspace, o Options) (Report, error) {
	most := cmp.Or(o.Events, DefaultEvents)
	r := reader{Report{Bus: o.Bus, Since: o.Since, Until: o.Until}, map[name]*seen{}, cmp.Or(o.PerKind, DefaultPerKind), cmp.Or(o.Whole, DefaultWhole)}
	var failed error
	for t, err := range from.Traced(ctx, o.Bus, o.Since, o.Until) {
		if err != nil {
			failed = err
			r.report.Stopped = err.Error()
			break
		}
		if r.report.Events == most {
			r.report.Stopped = fmt.Sprintf("there are more than %d events", most)
			break
		}
		r.add(t)
	}
	if failed == nil {
		failed = r.readWhole(ctx, from)
	}
	for _, k := range r.kinds {
		r.report.Kinds = append(r.report.Kinds, k.Kind)
	}
	slices.SortFunc(r.report.Kinds, func(a, b Kind) int {
		return cmp.Or(cmp.Compare(a.Source, b.Source), cmp.Compare(a.Type, b.Type))
	})
	report, err := r.report.Again(w)
	return report, cmp.Or(failed, err)
}

func (r *reader) add(t bus.Trace) {
	r.report.Events++
	widen(&r.report.First, &r.report.Last, t.Received)
	k := r.kinds[name{t.Source, t.Type}]
	switch {
	case k != nil:
	case len(r.kinds) == MaxKinds:
		r.report.Others++
		return
	default:
		k = &seen{Kind: Kind{Source: t.Source, Type: t.Type}}
		r.kinds[name{t.Source, t.Type}] = k
	}
	k.Events++
	widen(&k.First, &k.Last, t.Received)
	at, _ := slices.BinarySearchFunc(k.newest, t, func(a, b bus.Trace) int { return b.Received.Compare(a.Received) })
	if at < r.perKind {
		k.newest = slices.Insert(k.newest, at, t)[:min(len(k.newest)+1, r.perKind)]
	}
}

func widen(first, last *time.Time, t time.Time) {
	if t.IsZero() {
		return
	}
	if first.IsZero() || t.Before(*first) {
		*first = t
	}
	if t.After(*last) {
		*last = t
	}
}

// readWhole reads some events of each kind: of every kind one before of any a
// second, so that the limits leave none out.
func (r *reader) readWhole(ctx context.Context, from bus.Traces) error {
	calls, held := 0, 0
	for round := range r.perKind {
		for _, k := range r.ordered() {
			if round >= len(k.newest) {
				continue
			}
			if calls == r.whole || held > maxHeld {
				if k.Judged == 0 {
					r.report.Incomplete = fmt.Sprintf("no more than %d events are read with their data", calls)
				}
				continue
			}
			calls++
			t := k.newest[round]
			e, err := from.TracedEvent(ctx, r.report.Bus, t)
			switch {
			case ctx.Err() != nil:
				return context.Cause(ctx)
			case bus.KindOf(err) == bus.NotFound, err == nil && (e.Source() != t.Source || e.Type() != t.Type):
				k.Gone++
			case err != nil:
				r.report.Incomplete = err.Error()
				if kind := bus.KindOf(err); kind != bus.Other && kind != bus.Invalid {
					return nil // no other will be read either
				}
				k.Gone++
			default:
				held += len(e.JSON())
				k.Judged++
				k.whole, k.shapes = append(k.whole, e), append(k.shapes, shapeOf(e))
			}
		}
	}
	return nil
}

// ordered returns the kinds, those with most events first.
func (r *reader) ordered() []*seen {
	list := make([]*seen, 0, len(r.kinds))
	for _, k := range r.kinds {
		list = append(list, k)
	}
	slices.SortFunc(list, func(a, b *seen) int {
		return cmp.Or(b.Events-a.Events, cmp.Compare(a.Source, b.Source), cmp.Compare(a.Type, b.Type))
	})
	return list
}
