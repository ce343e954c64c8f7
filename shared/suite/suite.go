// Package suite runs the checks of a test suite either against a real test or
// against a record of their findings, so that the suite itself can be tested.
package suite

import (
	"fmt"
	"runtime"
	"sync"
)

// T is the part of *testing.T that checks use.
type T interface {
	Helper()
	Errorf(format string, args ...any)
	FailNow()
	Cleanup(func())
}

// Failures runs a check and returns what it finds.
func Failures(check func(T)) []string {
	r := &recorder{}
	var done sync.WaitGroup
	done.Go(func() {
		defer func() {
			for _, f := range r.cleanups {
				f()
			}
		}()
		check(r)
	})
	done.Wait()
	return r.failures
}

// recorder is a T that keeps failures instead of failing.
type recorder struct {
	mu       sync.Mutex
	failures []string
	cleanups []func()
}

func (r *recorder) Helper()          {}
func (r *recorder) FailNow()         { runtime.Goexit() }
func (r *recorder) Cleanup(f func()) { r.cleanups = append(r.cleanups, f) }
func (r *recorder) Errorf(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.failures = append(r.failures, fmt.Sprintf(format, args...))
}
