package local

import (
	"container/heap"
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// lane is what waits for one target, or for all that send to one place whose
// platform counts. The most urgent is attempted first, and of those the one that
// happened first; what waits for a retry lets others pass.
type lane struct {
	of      *lanes
	sender  string // that its targets share; "" for one of a single target
	mu      sync.Mutex
	ready   queue
	delayed queue // for a retry
	held    queue // by quiet hours, a mute or a group
	running int
	paused  time.Time      // the receiver asked for nothing before
	passes  int            // what is more urgent is tried all the same
	storm   bool           // more wait than the receiver takes one by one
	began   [few]time.Time // the last attempts
	reached []time.Time    // when attempts began whose messages the platform counts
	ahead   time.Duration  // the machine's clock is, of the process's
	timer   *time.Timer
}

// lanes are those of all targets.
type lanes struct {
	bus      *Bus
	mu       sync.RWMutex
	all      map[int64]*lane  // by destination
	senders  map[string]*lane // those that targets share
	stopping atomic.Bool
	serving  sync.WaitGroup
	kept     atomic.Int64 // bytes of events in work
}

// maxKept bounds the events that are kept in memory until they are sent, so that
// they need not be read back.
const maxKept = 8 << 20

func (l *lanes) open(b *Bus) { l.bus, l.all, l.senders = b, map[int64]*lane{}, map[string]*lane{} }

func (l *lanes) keep(body []byte) []byte {
	if l.kept.Load() > maxKept {
		return nil
	}
	l.kept.Add(int64(len(body)))
	return body
}

func (l *lanes) drop(w *work) {
	if w.body != nil {
		l.kept.Add(-int64(len(w.body)))
		w.body = nil
	}
}

func (l *lanes) lane(destination int64) *lane {
	l.mu.RLock()
	a := l.all[destination]
	l.mu.RUnlock()
	if a != nil {
		return a
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if a = l.all[destination]; a == nil {
		a = l.of(l.bus.now.Load().receivers[destination].sender())
		l.all[destination] = a
	}
	return a
}

// of returns the lane of a sender, or a new one for a target without. l.mu is
// held.
func (l *lanes) of(sender string) *lane {
	if a := l.senders[sender]; a != nil {
		return a
	}
	a := &lane{of: l, sender: sender, ready: queue{before: moreUrgent}, delayed: queue{before: dueBefore}, held: queue{before: dueBefore}}
	if sender != "" {
		l.senders[sender] = a
	}
	return a
}

// add puts work into the lanes of its targets. All that came together is there
// before the first of it is begun, so that what can be one message is one.
func (l *lanes) add(list ...*work) {
	for _, w := range list {
		l.lane(w.key.Destination)
	}
	l.mu.RLock()
	defer l.mu.RUnlock()
	by := make(map[*lane][]*work, 1)
	for _, w := range list {
		a := l.all[w.key.Destination] // it may have got another one just now
		by[a] = append(by[a], w)
	}
	for a, list := range by {
		a.add(list)
	}
}

// add takes up work. What waits for a limit alone has no time of its own: the lane
// is paused.
func (a *lane) add(list []*work) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, w := range list {
		switch {
		case w.due.IsZero():
			heap.Push(&a.ready, w)
		case w.held:
			heap.Push(&a.held, w)
		default:
			heap.Push(&a.delayed, w)
		}
	}
	a.advance()
}

// take takes out of what waits what is wanted.
func (l *lanes) take(wanted func(*work) bool) []*work {
	var taken []*work
	l.each(func(a *lane) { taken = append(taken, a.take(wanted)...) })
	return taken
}

// each calls for each lane once: targets share some of them.
func (l *lanes) each(do func(*lane)) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	done := map[*lane]bool{}
	for _, a := range l.all {
		if !done[a] {
			done[a] = true
			do(a)
		}
	}
}

// take takes out of what waits what is wanted.
func (a *lane) take(wanted func(*work) bool) (taken []*work) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, q := range []*queue{&a.ready, &a.delayed, &a.held} {
		had := len(taken)
		q.list = slices.DeleteFunc(q.list, func(w *work) bool {
			if !wanted(w) {
				return false
			}
			taken = append(taken, w)
			return true
		})
		if len(taken) > had {
			heap.Init(q)
		}
	}
	return taken
}

// pause keeps a target, and all with its sender, from being sent to until a time.
// What has gathered until then is sent together. What is more urgent than what met
// the limit is tried all the same: a function keeps some places for it.
func (l *lanes) pause(destination int64, until time.Time, urgency int) {
	a := l.lane(destination)
	a.mu.Lock()
	defer a.mu.Unlock()
	a.storm = true
	if !time.Now().Before(a.paused) || urgency > a.passes {
		a.passes = urgency
	}
	if until.After(a.paused) {
		a.paused = until
	}
}

// spares tells whether work has to wait because its receiver is limited. a.mu is
// held.
func (a *lane) spares(w *work, now time.Time) bool {
	return now.Before(a.paused) && w.urgency <= a.passes
}

// advance begins attempts that can be begun. a.mu is held.
func (a *lane) advance() {
	for a.running < a.of.bus.options.Concurrency {
		batch := a.next()
		if batch == nil {
			return
		}
		a.running++
		a.of.serving.Add(1)
		go a.serve(batch)
	}
}

// serve makes attempts until none can be begun.
func (a *lane) serve(batch []*work) {
	defer a.of.serving.Done()
	for batch != nil {
		began := time.Now()
		reached := a.of.bus.attempt(batch)
		a.mu.Lock()
		if reached {
			a.reached = append(a.reached, began)
		}
		if batch = a.next(); batch == nil {
			a.running--
		}
		a.mu.Unlock()
	}
}

// next takes what is to be attempted now, in a storm as much as can be one
// message; nil when there is nothing, and then the lane is woken when there is.
// a.mu is held.
func (a *lane) next() []*work {
	if a.of.stopping.Load() || a.of.bus.paused.Load() {
		return nil
	}
	now := time.Now()
	a.awake(now)
	var wake time.Time
	for _, q := range []*queue{&a.delayed, &a.held} {
		for q.Len() > 0 && !q.list[0].due.After(now) {
			heap.Push(&a.ready, heap.Pop(q))
		}
		if q.Len() > 0 && (wake.IsZero() || q.list[0].due.Before(wake)) {
			wake = q.list[0].due
		}
	}
	if look := now.Add(betweenLooks); a.held.Len() > 0 && look.Before(wake) {
		wake = look
	}
	waits := a.ready.Len() == 0 || a.spares(a.ready.list[0], now) || a.delayed.Len() > 0 && a.strict()
	next := a.paused
	if !waits {
		next = a.place(now)
		waits = next.After(now)
	}
	if a.ready.Len() > 0 && now.Before(next) && (wake.IsZero() || next.Before(wake)) {
		wake = next
	}
	if !wake.IsZero() {
		a.wake(wake.Sub(now))
	}
	if waits {
		return nil
	}
	a.storm = a.storm || a.crowded(now)
	batch := a.gather([]*work{heap.Pop(&a.ready).(*work)}, now)
	if a.ready.Len() == 0 {
		a.storm = false
	}
	copy(a.began[1:], a.began[:])
	a.began[0] = now
	return batch
}

// strict tells whether the target wants later notifications to wait for the
// retries of earlier ones. a.mu is held.
func (a *lane) strict() bool {
	r := a.of.bus.now.Load().receivers[a.delayed.list[0].key.Destination]
	return r != nil && r.strict()
}

func (a *lane) wake(after time.Duration) {
	if a.timer == nil {
		a.timer = time.AfterFunc(after, func() {
			a.mu.Lock()
			defer a.mu.Unlock()
			a.advance()
		})
		return
	}
	a.timer.Reset(after)
}

// limited is how many lanes are paused.
func (l *lanes) limited() (n int) {
	l.each(func(a *lane) {
		a.mu.Lock()
		defer a.mu.Unlock()
		if time.Now().Before(a.paused) {
			n++
		}
	})
	return n
}

// left is how long a target is still kept from being sent to.
func (l *lanes) left(destination int64) time.Duration {
	l.mu.RLock()
	defer l.mu.RUnlock()
	a := l.all[destination]
	if a == nil {
		return 0
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	return time.Until(a.paused)
}

// advance begins the attempts that can be begun.
func (l *lanes) advance() {
	l.each(func(a *lane) {
		a.mu.Lock()
		defer a.mu.Unlock()
		a.advance()
	})
}

// stop begins no more attempts and waits for those under way until ctx ends.
func (l *lanes) stop(ctx context.Context) {
	l.stopping.Store(true)
	l.mu.Lock()
	for _, a := range l.all {
		a.mu.Lock() // whoever began before is counted
		if a.timer != nil {
			a.timer.Stop()
		}
		a.mu.Unlock()
	}
	l.mu.Unlock()
	l.waitFor(ctx.Done())
}

// wait waits for the attempts under way, no longer than most.
func (l *lanes) wait(most time.Duration) {
	t := time.NewTimer(most)
	defer t.Stop()
	over := make(chan struct{})
	go func() {
		select {
		case <-t.C:
			close(over)
		case <-l.idle():
		}
	}()
	l.waitFor(over)
}

func (l *lanes) waitFor(over <-chan struct{}) {
	select {
	case <-l.idle():
	case <-over:
	}
}

func (l *lanes) idle() <-chan struct{} {
	idle := make(chan struct{})
	go func() {
		l.serving.Wait()
		close(idle)
	}()
	return idle
}
