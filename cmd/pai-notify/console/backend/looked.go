package backend

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/pai-notify/pai-notify/shared/provision"
	"github.com/pai-notify/pai-notify/shared/workspace"
)

// PageWait is how long a page waits for what is asked of a bus before it is shown
// without, and PartWait how long the part waits that is loaded beside it.
const (
	PageWait = 200 * time.Millisecond
	PartWait = 15 * time.Second
)

// How long an answer of a cloud is taken for the present one, and from when on any
// answer is shown no more.
const (
	lookedFresh = time.Minute
	lookedOld   = 10 * time.Minute
)

// looked keeps what a bus answered, and asks again behind a page's back. It is safe
// for concurrent use.
type looked[V any] struct {
	mu    sync.Mutex
	about any // what was asked
	at    time.Time
	took  time.Duration
	value V
	busy  chan struct{} // closed when what is being asked is there; nil when nothing is
	// most bounds for how long an answer is taken for the present one where pages wait
	// for it; 0 for no bound.
	most time.Duration
}

// ask returns the answer, and when it was given; false when there is none yet. Where
// waits is true, a page waits for a new answer rather than to be shown an old one.
func (k *looked[V]) ask(ctx context.Context, about any, now func() time.Time, waits bool, wait time.Duration, read func(context.Context) V) (value V, at time.Time, ok bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.about != about {
		k.about, k.at, k.busy = about, time.Time{}, nil
	}
	fresh, late := lookedFresh, lookedOld
	if waits { // it may take a fiftieth of a processor
		if fresh = max(time.Second, 50*k.took); k.most > 0 {
			fresh = min(fresh, k.most)
		}
		late = fresh
	}
	age := now().Sub(k.at)
	if k.busy == nil && (k.at.IsZero() || age > fresh) {
		busy := make(chan struct{})
		k.busy = busy
		// A page that is left is no reason to begin anew for the next one.
		go k.renew(context.WithoutCancel(ctx), busy, now, read)
	}
	if k.at.IsZero() || age > late {
		busy, timer := k.busy, time.NewTimer(wait)
		defer timer.Stop()
		k.mu.Unlock()
		select {
		case <-busy:
		case <-timer.C:
		case <-ctx.Done():
		}
		k.mu.Lock()
	}
	if k.about != about || k.at.IsZero() || now().Sub(k.at) > lookedOld {
		return value, time.Time{}, false
	}
	return k.value, k.at, true
}

func (k *looked[V]) renew(ctx context.Context, busy chan struct{}, now func() time.Time, read func(context.Context) V) {
	began := time.Now()
	value := read(ctx)
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.busy == busy { // nothing else was asked meanwhile
		k.value, k.at, k.took, k.busy = value, now(), time.Since(began), nil
	}
	close(busy)
}

// forget has the bus asked again.
func (k *looked[V]) forget() {
	k.mu.Lock()
	k.at, k.busy = time.Time{}, nil
	k.mu.Unlock()
}

// CheckedUp is a check-up as it was made at a time, or why it could not be made.
type CheckedUp struct {
	provision.CheckUp
	Err error
	At  time.Time
}

// Passed is what passed the bus, with what it tells of the document.
type Passed struct {
	provision.Passed
	Findings []provision.Finding
}

// lookups is what is kept of a bus.
type lookups struct {
	checkUp looked[CheckedUp]
	passed  looked[provision.Passed]
	plan    looked[planned]
	listing looked[listed]

	mu sync.Mutex
	// judged is what passed, by the document of this workspace.
	judged Passed
	read   time.Time
	by     *workspace.Workspace
}

// Forget has the bus asked again, because something has just happened there.
func (b *Backend) Forget() {
	b.lookups.passed.forget()
	b.lookups.changed()
}

// changed has what stands on the bus asked again.
func (k *lookups) changed() {
	k.checkUp.forget()
	k.plan.forget()
	k.listing.forget()
}

// CheckUp checks whether all is there that the document needs, without what passed
// the bus; false when that is still being asked. Anew is for people who ask for it
// themselves.
func (b *Backend) CheckUp(ctx context.Context, s *State, wait time.Duration, anew bool) (CheckedUp, bool) {
	if anew {
		b.Forget()
	}
	w := s.Workspace
	up, at, ok := b.lookups.checkUp.ask(ctx, w, b.Now, b.Options.Cloud.Name == provision.Local, wait, func(ctx context.Context) CheckedUp {
		ctx, cancel := context.WithTimeout(ctx, 2*PartWait)
		defer cancel()
		up, err := b.Provisioner(w).SetUp(ctx)
		if err != nil {
			b.Log.Warn("the account could not be checked", "error", err.Error())
		}
		if s.Assumed { // there are no rules to compare those on the bus with
			up.Findings = slices.DeleteFunc(up.Findings, func(f provision.Finding) bool { return f.Check.Code == "rules" })
			up = up.With(nil)
		}
		return CheckedUp{CheckUp: up, Err: err}
	})
	up.At = at
	return up, ok
}

// Passed returns what passed the bus, judged by the document; false when it is
// still being read.
func (b *Backend) Passed(ctx context.Context, w *workspace.Workspace, wait time.Duration) (Passed, bool) {
	k := &b.lookups
	read, at, ok := k.passed.ask(ctx, w.Bus(), b.Now, false, wait, func(ctx context.Context) provision.Passed {
		read := b.Provisioner(w).Passed(ctx)
		if read.Err != nil {
			b.Log.Warn("what passed the bus could not be read", "error", read.Err.Error())
		}
		return read
	})
	if !ok {
		return Passed{}, false
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.by != w || k.read != at {
		again := read.Again(w)
		k.judged, k.by, k.read = Passed{again, again.Findings(w)}, w, at
	}
	return k.judged, true
}
