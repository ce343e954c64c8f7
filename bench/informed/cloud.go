package main

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/functions/redeliver"
	"github.com/pai-notify/pai-notify/shared/deliver"
	"github.com/pai-notify/pai-notify/shared/ledger"
	"github.com/pai-notify/pai-notify/shared/ledger/memory"
)

// cloud is an account: the instances of the function that delivers, each of which
// handles one event at a time, the ledger that all of them use, and its waker.
type cloud struct {
	*testing.T
	peer   *peer
	wishes *wishes
	store  ledger.Store

	// waker is the function redeliver, and woken counts its runs that are under way
	// because a function asked for one.
	waker *redeliver.Function
	woken sync.WaitGroup
	pokes atomic.Int64

	mu     sync.Mutex
	idle   []*deliver.Function
	places chan struct{}

	underway atomic.Int64
	// undelivered counts events whose invocations failed each time, and failed the runs
	// of the waker that ended without having dealt with all.
	undelivered, failed atomic.Int64
}

// hitches prints what did not go as it should in the cloud.
func (c *cloud) hitches() {
	if n := c.undelivered.Load(); n > 0 {
		line(false, "%d invocations failed three times", n)
	}
	if n := c.failed.Load(); n > 0 {
		line(false, "%d runs of the waker failed", n)
	}
}

// instances is how many an account runs at the same time, and functionTimeout their
// time for one event.
const (
	instances       = 100
	functionTimeout = 60 * time.Second
)

func newCloud(t *testing.T, in *peer, w *wishes) *cloud {
	c := &cloud{T: t, peer: in, wishes: w, places: make(chan struct{}, instances)}
	c.store = distant{memory.New(), c}
	c.waker = &redeliver.Function{
		Ledger: ledger.New(c.store).With(time.Now, 0), Bus: busName, Name: "pai-notify-redeliver", Now: time.Now,
		Cloud: redeliver.Cloud{Bus: w.bus, Invoke: c.invoke},
	}
	return c
}

// put has an event come: a rule invokes the function of each of its targets, which
// the platform does again when it fails.
func (c *cloud) put(wanted []int, text string) {
	for _, n := range wanted {
		c.underway.Add(1)
		payload := c.wishes.list[n].payload(c.T, text)
		go func() {
			defer c.underway.Add(-1)
			for _, wait := range []time.Duration{0, time.Minute, 2 * time.Minute} {
				time.Sleep(wait)
				c.places <- struct{}{}
				_, failed, _ := c.invoke(c.Context(), "", payload)
				<-c.places
				if !failed {
					return
				}
			}
			c.undelivered.Add(1)
		}()
	}
}

// invoke has an instance handle a payload.
func (c *cloud) invoke(ctx context.Context, _ string, payload []byte) ([]byte, bool, error) {
	c.mu.Lock()
	var f *deliver.Function
	if last := len(c.idle) - 1; last >= 0 {
		f, c.idle = c.idle[last], c.idle[:last]
	}
	c.mu.Unlock()
	if f == nil {
		f = deliver.New(c.peer.spec(c.T), c.store)
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), functionTimeout)
	defer cancel()
	answer, err := f.Handle(ctx, payload)
	c.mu.Lock()
	c.idle = append(c.idle, f)
	c.mu.Unlock()
	if err != nil {
		return []byte(err.Error()), true, nil
	}
	return answer, false, nil
}

// wake has the waker run each minute until everything has ended, or for most minutes.
func (c *cloud) wake(first time.Duration, most int) {
	time.Sleep(first)
	var runs sync.WaitGroup
	for i := 0; i < most && (i < 5 || !c.ended()); i++ {
		runs.Go(func() {
			c.run(`{"triggerTime":"2026-11-28T03:00:00Z","triggerName":"minute","payload":""}`)
		})
		time.Sleep(time.Minute)
	}
	runs.Wait()
	c.woken.Wait()
}

// run is one run of the waker.
func (c *cloud) run(payload string) {
	ctx, cancel := context.WithTimeout(c.Context(), time.Minute)
	defer cancel()
	if _, err := c.waker.Handle(ctx, []byte(payload)); err != nil {
		c.failed.Add(1)
	}
}

// Wake implements [deliver.Waker]: the account begins an instance of redeliver.
func (d distant) Wake(context.Context) error {
	time.Sleep(storeTakes)
	d.cloud.pokes.Add(1)
	d.cloud.woken.Go(func() { //nolint:contextcheck // it goes on after who asked for it has ended
		time.Sleep(coldStart)
		d.cloud.run("{}")
	})
	return nil
}

const coldStart = 300 * time.Millisecond

// ended tells whether nothing waits any more.
func (c *cloud) ended() bool {
	due, err := c.store.Due(c.Context(), busName, time.Now().Add(48*time.Hour), 1)
	require.NoError(c, err)
	return len(due) == 0 && c.underway.Load() == 0
}

func runCloud(t *testing.T, s *storm, in *peer, timer time.Duration) *cloud {
	c := newCloud(t, in, wishesFor(t, in.platform, in.url))
	var waking sync.WaitGroup
	waking.Go(func() { c.wake(timer, 6*60) })
	s.play(t, func(i int, e happening) { c.put(s.wanted[i], e.text) })
	waking.Wait()
	return c
}

// distant is a store whose answers take some milliseconds, so that instances meet.
type distant struct {
	ledger.Store
	cloud *cloud
}

const storeTakes = 5 * time.Millisecond

// Get implements [ledger.Store].
func (d distant) Get(ctx context.Context, id string) (ledger.Entry, error) {
	time.Sleep(storeTakes)
	return d.Store.Get(ctx, id)
}

// Put implements [ledger.Store].
func (d distant) Put(ctx context.Context, e ledger.Entry) error {
	time.Sleep(storeTakes)
	return d.Store.Put(ctx, e)
}

// Control implements [ledger.Store].
func (d distant) Control(ctx context.Context, key string) (ledger.Control, error) {
	time.Sleep(storeTakes)
	return d.Store.Control(ctx, key)
}

// PutControl implements [ledger.Store].
func (d distant) PutControl(ctx context.Context, c ledger.Control) error {
	time.Sleep(storeTakes)
	return d.Store.PutControl(ctx, c)
}
