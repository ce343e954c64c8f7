package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"syscall"
	"time"

	"github.com/pai-notify/pai-notify/shared/webhook"
)

// The program runs for this long before it is killed.
const (
	shortest = 1500 * time.Millisecond
	spread   = 3 * time.Second
	// betweenChanges is the time from one change of the document to the next.
	betweenChanges = 100 * time.Millisecond
	// outage is how long all receivers are away, once in a round, unless they are
	// away until the next start.
	outage = 600 * time.Millisecond
	// patience is how long everything may take to end when nothing misbehaves
	// any more.
	patience = 10 * time.Minute
)

// run is what is tortured, and what was done to it.
type run struct {
	program   *program
	timeline  *timeline
	receivers *receivers
	random    *rand.Rand
	document  document
	last      *version
	changes   map[string]int
	applied   int // while it ran
}

func torture(path string, rounds int, seed uint64) error {
	dir, err := os.MkdirTemp(".", ".torture-") // the disk of the project, and not one in memory
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	r, err := startReceivers(rand.New(rand.NewPCG(seed, 1)))
	if err != nil {
		return err
	}
	defer func() { _ = r.server.Close() }()
	if err := os.Setenv(webhook.AllowVariable, r.address); err != nil { // documents are checked here, too
		return err
	}
	free, err := net.Listen("tcp", "127.0.0.1:0") // the same address for every start
	if err != nil {
		return err
	}
	address := free.Addr().String()
	if err := free.Close(); err != nil {
		return err
	}
	t := &run{
		program: &program{path: path, dir: dir, address: address, receivers: r.address}, timeline: &timeline{}, receivers: r,
		random: rand.New(rand.NewPCG(seed, 0)), document: newDocument(), changes: map[string]int{},
	}
	t.last = t.timeline.begin(t.document)
	p, err := publish(address)
	if err != nil {
		return err
	}
	for i := range rounds {
		if err := t.round(i); err != nil {
			p.stop()
			return fmt.Errorf("round %d: %w", i+1, err)
		}
		fmt.Printf("round %d: ended, %d documents so far\n", i+1, len(t.timeline.list))
	}
	p.stop()
	return t.settle(p)
}

// start starts the program, with a changed document as often as not.
func (t *run) start() error {
	if t.random.IntN(2) == 0 {
		t.document = t.document.change(t.random, t.changes)
		t.last = t.timeline.begin(t.document)
	}
	if err := t.program.start(t.document); err != nil {
		return err
	}
	if err := t.program.serves(); err != nil {
		return err
	}
	t.timeline.applied(t.last)
	return nil
}

// round starts the program, changes its document while it runs, and kills it, or
// has it stop by itself now and then.
func (t *run) round(i int) error {
	if err := t.start(); err != nil {
		return err
	}
	signal := syscall.SIGKILL
	if i%5 == 4 {
		signal = syscall.SIGTERM
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	begun := time.Now()
	lives := shortest + time.Duration(t.random.Float64()*float64(spread))
	ended := make(chan struct{})
	time.AfterFunc(lives, func() {
		defer close(ended)
		t.program.end(signal)
		cancel()
	})
	away := begun.Add(time.Duration(t.random.Float64() * float64(lives)))
	// As often as not they are away until the next start, so that changes of the
	// document meet what waits, and so does the document of that start.
	long := t.random.IntN(2) == 0
	cloud, err := t.program.cloud(ctx)
	for err == nil && ctx.Err() == nil {
		t.receivers.away.Store(time.Now().After(away) && (long || time.Since(away) < outage))
		if t.random.IntN(3) == 0 {
			t.changes["a description edited on the bus"]++
			err = t.program.describe(ctx, cloud, t.random.Float64())
		}
		if err == nil {
			t.document = t.document.change(t.random, t.changes)
			t.last = t.timeline.begin(t.document)
			if err = t.program.apply(ctx, cloud, t.document); err == nil {
				t.timeline.applied(t.last)
				t.applied++
			}
		}
		select {
		case <-ctx.Done():
		case <-time.After(time.Duration(t.random.Float64() * float64(2*betweenChanges))):
		}
	}
	t.receivers.away.Store(long)
	if err != nil && time.Since(begun) < lives { // nobody had ended it
		return err
	}
	<-ended
	return nil
}

// settle has everything end, and judges.
func (t *run) settle(p *publisher) error {
	t.receivers.behaving.Store(true)
	t.receivers.away.Store(false)
	if err := t.start(); err != nil {
		return err
	}
	cloud, err := t.program.cloud(context.Background())
	if err != nil {
		return err
	}
	for begun := time.Now(); ; {
		n, err := t.program.waiting()
		if err != nil {
			return err
		}
		if n == 0 {
			break
		}
		if time.Since(begun) > patience {
			return fmt.Errorf("%v notifications had not ended after %v", n, patience)
		}
		// A number takes few texts in an hour. Another one has the next.
		for i := range t.document {
			t.document[i].phone++
		}
		t.last = t.timeline.begin(t.document)
		if err := t.program.apply(context.Background(), cloud, t.document); err != nil {
			return err
		}
		t.timeline.applied(t.last)
		time.Sleep(time.Second)
	}
	lost, err := p.kept()
	if err != nil {
		return err
	}
	t.program.end(syscall.SIGTERM)
	history, err := t.program.history()
	if err != nil {
		return err
	}
	if j := t.judge(p, history, lost); j.bad() {
		return errors.New("the program did not keep its word")
	}
	return nil
}
