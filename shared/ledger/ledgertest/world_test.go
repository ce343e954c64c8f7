package ledgertest

import (
	"cmp"
	"container/heap"
	"context"
	"iter"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/pai-notify/pai-notify/shared/ledger"
	"github.com/pai-notify/pai-notify/shared/ledger/memory"
)

// world is simulated time with processes in it. One thing happens at a time, in an
// order that the seed decides, so that a run can be repeated.
type world struct {
	random  *rand.Rand
	at      time.Time
	queue   agenda
	seq     int
	current *process
}

type appointment struct {
	at  time.Time
	seq int
	do  func()
}

type agenda []appointment

func (a agenda) Len() int { return len(a) }
func (a agenda) Less(i, j int) bool {
	return cmp.Or(a[i].at.Compare(a[j].at), cmp.Compare(a[i].seq, a[j].seq)) < 0
}
func (a agenda) Swap(i, j int) { a[i], a[j] = a[j], a[i] }
func (a *agenda) Push(x any)   { *a = append(*a, x.(appointment)) }
func (a *agenda) Pop() any {
	old := *a
	last := old[len(old)-1]
	*a = old[:len(old)-1]
	return last
}

func newWorld(seed uint64) *world {
	return &world{random: rand.New(rand.NewPCG(seed, 16)), at: time.Date(2026, 11, 28, 0, 0, 0, 0, time.UTC)}
}

// after does something at a later time.
func (w *world) after(d time.Duration, do func()) {
	w.seq++
	heap.Push(&w.queue, appointment{w.at.Add(d), w.seq, do})
}

// run lets time pass until an end.
func (w *world) run(until time.Time) {
	for len(w.queue) > 0 && !w.queue[0].at.After(until) {
		next := heap.Pop(&w.queue).(appointment)
		w.at = next.at
		next.do()
	}
	w.at = until
}

// chance is true for a part of all cases.
func (w *world) chance(part float64) bool { return w.random.Float64() < part }

func (w *world) between(least, most time.Duration) time.Duration {
	return least + time.Duration(w.random.Int64N(int64(most-least)))
}

// process is an invocation of a function: it dies at its timeout, or by chance
// whenever it waits for something.
type process struct {
	world *world
	// skew is how far its clock is off.
	skew time.Duration
	ends time.Time
	wait func(time.Duration)
	// died is told what a process that dies leaves behind.
	died func()
}

type killed struct{}

// start starts a process. ended is told whether it came to its end.
func (w *world) start(timeout, skew time.Duration, kill float64, body func(p *process), ended func(alive bool)) {
	p := &process{world: w, skew: skew, ends: w.at.Add(timeout)}
	next, stop := iter.Pull(func(yield func(time.Duration) bool) {
		defer func() {
			if r := recover(); r != nil && r != (killed{}) {
				panic(r)
			}
		}()
		p.wait = func(d time.Duration) {
			if !yield(d) {
				panic(killed{})
			}
		}
		body(p)
	})
	die := func() {
		stop()
		if p.died != nil {
			p.died()
		}
		ended(false)
	}
	var step func()
	step = func() {
		w.current = p
		d, ok := next()
		w.current = nil
		switch {
		case !ok:
			ended(true)
		case w.chance(kill):
			w.after(min(time.Duration(w.random.Int64N(int64(d)+1)), p.ends.Sub(w.at)), die)
		case w.at.Add(d).After(p.ends):
			w.after(p.ends.Sub(w.at), die)
		default:
			w.after(d, step)
		}
	}
	step()
}

// now is the time by the clock of a process.
func (p *process) now() time.Time { return p.world.at.Add(p.skew) }

func (p *process) left() time.Duration { return p.ends.Sub(p.world.at) }

// indexed is the store in memory with an index of what is due.
type indexed struct {
	*memory.Store
	rows map[string]ledger.Entry
}

func (s indexed) Put(ctx context.Context, e ledger.Entry) error {
	err := s.Store.Put(ctx, e)
	if err != nil {
		return err
	}
	if e.Index() == ledger.DueIndex {
		s.rows[e.ID] = e
	} else {
		delete(s.rows, e.ID)
	}
	return nil
}

func (s indexed) Due(_ context.Context, busName string, before time.Time, limit int) (list []ledger.Entry, err error) {
	for _, e := range s.rows {
		if e.Bus == busName && e.Due.Before(before) {
			list = append(list, e)
		}
	}
	slices.SortFunc(list, func(a, b ledger.Entry) int { return cmp.Or(a.Due.Compare(b.Due), cmp.Compare(a.ID, b.ID)) })
	return list[:min(limit, len(list))], nil
}
