package runtimeapi

import (
	"context"
	"errors"
	"io"
	"path/filepath"
	"slices"
	"sync"
	"time"
)

// How instances are kept unless the [Pool] says otherwise.
const (
	defaultIdle      = 2 * time.Minute
	defaultInstances = 4
)

// Pool runs functions by their executables as a platform does: an instance is
// started when none is free, serves one invocation at a time, is used again, and
// ends when nothing was asked of it for a while. It is safe for concurrent use;
// its fields do not change once it is used.
type Pool struct {
	Platform Platform
	// Build is the folder with <function>/bootstrap for each function.
	Build string
	// Environment is that of an instance of a function ("NAME=value"). It is asked
	// before each invocation: an instance that has another is not used again.
	Environment func(function string) []string
	// Output is where what instances print goes; it must be safe for concurrent use.
	Output io.Writer
	// Instances is how many of one function may run at once, 4 for 0. More
	// invocations wait for one.
	Instances int
	// Idle is how long an instance waits for its next invocation, 2 minutes for
	// 0.
	Idle time.Duration

	mu        sync.Mutex
	functions map[string]*instances
	closed    bool
	reaper    *time.Timer
}

// instances are those of one function.
type instances struct {
	slots chan struct{}
	free  []idle                // the last is the one that was used last
	all   map[*Process][]string // with the environment of each
}

type idle struct {
	process *Process
	since   time.Time
}

var errClosed = errors.New("runtimeapi: the pool is closed")

// Invoke hands payload to an instance of the function and returns its answer; the
// errors are those of [Start] and of [Process.Invoke]. An instance that did not
// answer in time, or ended, is not used again.
func (p *Pool) Invoke(ctx context.Context, function string, payload []byte) ([]byte, error) {
	of, err := p.of(function)
	if err != nil {
		return nil, err
	}
	select {
	case of.slots <- struct{}{}:
		defer func() { <-of.slots }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	process, err := p.take(of, function)
	if err != nil {
		return nil, err
	}
	answer, err := process.Invoke(ctx, payload)
	_, reported := errors.AsType[*FunctionError](err)
	p.giveBack(of, process, err == nil || reported)
	return answer, err
}

func (p *Pool) of(function string) (*instances, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return nil, errClosed
	}
	of := p.functions[function]
	if of == nil {
		most := p.Instances
		if most == 0 {
			most = defaultInstances
		}
		of = &instances{slots: make(chan struct{}, most), all: map[*Process][]string{}}
		if p.functions == nil {
			p.functions = map[string]*instances{}
		}
		p.functions[function] = of
	}
	return of, nil
}

// take returns a free instance that still runs, or a new one.
func (p *Pool) take(of *instances, function string) (*Process, error) {
	environment := p.Environment(function)
	p.mu.Lock()
	for len(of.free) > 0 {
		last := of.free[len(of.free)-1].process
		of.free = of.free[:len(of.free)-1]
		if last.running() && slices.Equal(of.all[last], environment) {
			p.mu.Unlock()
			return last, nil
		}
		delete(of.all, last)
		_ = last.Close()
	}
	p.mu.Unlock()
	process, err := Start(p.Platform, filepath.Join(p.Build, function, "bootstrap"), environment, p.Output)
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		_ = process.Close()
		return nil, errClosed
	}
	of.all[process] = environment
	return process, nil
}

func (p *Pool) giveBack(of *instances, process *Process, usable bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed || !usable {
		delete(of.all, process)
		_ = process.Close()
		return
	}
	of.free = append(of.free, idle{process, time.Now()})
	if p.reaper == nil {
		p.reaper = time.AfterFunc(p.idle(), func() { p.reap(time.Now()) })
	}
}

func (p *Pool) idle() time.Duration {
	if p.Idle == 0 {
		return defaultIdle
	}
	return p.Idle
}

// reap ends the instances that have been free for too long.
func (p *Pool) reap(now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	left := false
	for _, of := range p.functions {
		n := 0
		for n < len(of.free) && now.Sub(of.free[n].since) >= p.idle() {
			delete(of.all, of.free[n].process)
			_ = of.free[n].process.Close()
			n++
		}
		of.free = append([]idle(nil), of.free[n:]...)
		left = left || len(of.free) > 0
	}
	p.reaper = nil
	if left && !p.closed {
		p.reaper = time.AfterFunc(p.idle(), func() { p.reap(time.Now()) })
	}
}

// Close ends all instances, those that serve an invocation included, and the
// invocations fail.
func (p *Pool) Close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	if p.reaper != nil {
		p.reaper.Stop()
	}
	var failed []error
	for _, of := range p.functions {
		for process := range of.all {
			failed = append(failed, process.Close())
		}
		clear(of.all)
		of.free = nil
	}
	return errors.Join(failed...)
}
