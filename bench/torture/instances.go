package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/pai-notify/pai-notify/shared/function/runtimeapi"
)

// instances run the executables of functions as their platform does: one
// invocation at a time in each process, another process for each at the same time.
type instances struct {
	platform    runtimeapi.Platform
	folder      string // build/fc or build/lambda
	environment []string

	mu   sync.Mutex
	idle map[string][]*runtimeapi.Process
	busy []*runtimeapi.Process
	all  map[*runtimeapi.Process]bool
	// cut has the jobs whose invocation was cut off: its process was killed, or
	// its time was over.
	cut map[string]bool
	// marked has the jobs that a log line calls unguarded or not recorded.
	marked map[string]bool
	// lines has what the functions said about each job, and begun when they were
	// invoked for it.
	lines  map[string][]string
	starts int
	kills  int
	cuts   int
}

// notRecorded is the log message of what a platform has taken, or may have, and no
// ledger says.
const notRecorded = "notification sent but not recorded"

// Write reads the functions' log lines.
func (i *instances) Write(text []byte) (int, error) {
	lines := bufio.NewScanner(bytes.NewReader(text))
	lines.Buffer(nil, 4<<20)
	for lines.Scan() {
		line := lines.Text()
		mark := strings.Contains(line, `"unguarded":true`) || strings.Contains(line, notRecorded)
		i.mu.Lock()
		for _, job := range jobs(line) {
			i.note(job, line)
			i.marked[job] = i.marked[job] || mark
		}
		i.mu.Unlock()
	}
	return len(text), nil
}

// note keeps what happened to a job, for who asks how it came to be.
func (i *instances) note(job, what string) {
	i.lines[job] = append(i.lines[job], time.Now().Format("15:04:05.000")+" "+what)
}

func (i *instances) take(function string) (*runtimeapi.Process, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	var p *runtimeapi.Process
	if n := len(i.idle[function]); n > 0 {
		p = i.idle[function][n-1]
		i.idle[function] = i.idle[function][:n-1]
	} else {
		name := strings.TrimPrefix(function, "pai-notify-")
		var err error
		if p, err = runtimeapi.Start(i.platform, filepath.Join(i.folder, name, "bootstrap"), i.environment, i); err != nil {
			return nil, err
		}
		i.all[p] = true
		i.starts++
	}
	i.busy = append(i.busy, p)
	return p, nil
}

// invoke invokes a function. What is not answered ends its process.
func (i *instances) invoke(ctx context.Context, function string, payload []byte) (answer []byte, failed bool, err error) {
	p, err := i.take(function)
	if err != nil {
		return nil, false, err
	}
	i.mu.Lock()
	for _, job := range jobs(string(payload)) {
		i.note(job, "invoked: "+function)
	}
	i.mu.Unlock()
	answer, err = p.Invoke(ctx, payload)
	failure, reported := errors.AsType[*runtimeapi.FunctionError](err)
	i.mu.Lock()
	for n, b := range i.busy {
		if b == p {
			i.busy = append(i.busy[:n], i.busy[n+1:]...)
			break
		}
	}
	if err == nil || reported {
		i.idle[function] = append(i.idle[function], p)
	} else {
		i.cuts++
		for _, job := range jobs(string(payload)) {
			i.cut[job] = true
			i.note(job, "cut off: "+function)
		}
		delete(i.all, p)
	}
	i.mu.Unlock()
	switch {
	case reported:
		return []byte(failure.Message), true, nil
	case err != nil:
		_ = p.Close()
		return nil, false, fmt.Errorf("the invocation was cut off: %w", err)
	}
	return answer, false, nil
}

// kill kills a process in the middle of an invocation, if there is one.
func (i *instances) kill(chance float64) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if len(i.busy) == 0 {
		return
	}
	i.kills++
	// What reads its end waits for the lock.
	go func(p *runtimeapi.Process) { _ = p.Close() }(i.busy[int(chance*float64(len(i.busy)))])
}

func (i *instances) close() {
	i.mu.Lock()
	defer i.mu.Unlock()
	for p := range i.all {
		_ = p.Close()
	}
}
