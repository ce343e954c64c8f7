package store

import (
	"context"
	"database/sql"
	"errors"
	"runtime"
	"time"
)

const (
	// queueLength is how many writes may wait for the writer.
	queueLength = 1024
	// maxGroup bounds the writes of one commit, so that the first of them does
	// not wait long for the last.
	maxGroup = 512
)

// op is one write: what it does inside a transaction, and who is told.
type op struct {
	run  func(*Tx) error
	done func(error)
}

// Write runs a write together with others that are queued, and returns when it
// is on disk. An error of run itself is returned as it is; run must have written
// nothing then. A transaction that failed is run again without the others, so
// run must not change anything but the database and its own results. When ctx
// ends first, the write may still be done.
func (s *Store) Write(ctx context.Context, run func(*Tx) error) error {
	done := make(chan error, 1)
	if err := s.Queue(ctx, run, func(err error) { done <- err }); err != nil {
		return err
	}
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// ErrBusy means that too many writes wait already.
var ErrBusy = errors.New("store: too many writes wait for the disk")

// Queue hands in a write and does not wait for it: done is called when
// it is on disk or has failed, in the order of the writes, and must not block. Queue itself waits until
// there is room in the queue or ctx ends.
func (s *Store) Queue(ctx context.Context, run func(*Tx) error, done func(error)) error {
	return s.whileOpen(func() error {
		select {
		case s.queue <- op{run, done}:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	})
}

// Try is Queue that fails with [ErrBusy] where Queue would wait.
func (s *Store) Try(run func(*Tx) error, done func(error)) error {
	return s.whileOpen(func() error {
		select {
		case s.queue <- op{run, done}:
			return nil
		default:
			return ErrBusy
		}
	})
}

// whileOpen hands a write in, unless the store is closed.
func (s *Store) whileOpen(handIn func() error) error {
	s.closing.RLock()
	defer s.closing.RUnlock()
	if s.closed {
		return &Problem{Kind: Closed, Dir: s.dir}
	}
	return handIn()
}

// commitAll is the writer: it commits in groups whatever is queued.
func (s *Store) commitAll(ctx context.Context) {
	defer close(s.idle)
	tx := &Tx{store: s, ctx: ctx, conn: s.writer, prepared: map[string]*sql.Stmt{}}
	answers := make(chan answered, groupsToAnswer)
	told := make(chan struct{})
	go tell(answers, told)
	last, commits := 0, 0
	for first := range s.queue {
		s.gather(last, tx.flush)
		group := append(make([]op, 0, max(last, worthGathering)), first)
	more:
		for len(group) < maxGroup {
			select {
			case next, ok := <-s.queue:
				if !ok {
					break more
				}
				group = append(group, next)
			default:
				break more
			}
		}
		start := time.Now()
		results := s.commitGroup(tx, group)
		if s.observe != nil {
			s.observe(len(group), time.Since(start))
		}
		answers <- answered{group, results}
		if commits++; commits%commitsToCheckpoint == 0 {
			select {
			case s.due <- struct{}{}:
			default: // one is due already
			}
		}
		last = len(group)
	}
	close(answers)
	<-told
	tx.close()
}

// answered is a group whose ends are to be told, in the order of the groups.
type answered struct {
	group   []op
	results []error
}

// groupsToAnswer is how many groups may be committed before one is told of.
const groupsToAnswer = 2

// tell tells the ends of writes while the writer goes on with the next.
func tell(answers <-chan answered, told chan<- struct{}) {
	defer close(told)
	for a := range answers {
		for i, o := range a.group {
			o.done(a.results[i])
		}
	}
}

// gather waits a moment for those whose writes were just committed, and who are
// likely to come again: one commit for all of them takes less of the disk than
// one for the first and one for the others. It waits no longer than a quarter of
// what the disk last took, and not when nobody comes.
func (s *Store) gather(last int, took time.Duration) {
	if last < worthGathering {
		return
	}
	window := min(took/4, maxGather)
	start := time.Now()
	came, have := start, len(s.queue)
	for turns := 0; len(s.queue) < last-1 && turns < mostTurns; turns++ {
		now := time.Now()
		if n := len(s.queue); n != have {
			came, have = now, n
		}
		if now.Sub(start) >= window || now.Sub(came) > window/4 {
			return
		}
		if window > napFrom {
			time.Sleep(nap)
		} else {
			runtime.Gosched()
		}
	}
}

const (
	worthGathering = 8
	maxGather      = 2 * time.Millisecond
	// A nap takes longer than it says: it is worth it where the disk is slow.
	napFrom = 400 * time.Microsecond
	nap     = 50 * time.Microsecond
	// So many turns take longer than that. They end where the clock stands still while
	// somebody waits for others, as simulated time does.
	mostTurns = 20_000
)

func (s *Store) commitGroup(tx *Tx, group []op) []error {
	results := make([]error, len(group))
	err := s.transact(tx, group, results)
	if err != nil && len(group) > 1 {
		// One write that cannot be done does not keep the others from theirs.
		for i := range group {
			if err := s.transact(tx, group[i:i+1], results[i:i+1]); err != nil {
				results[i] = err
			}
		}
	} else if err != nil {
		results[0] = err
	}
	return results
}

// transact runs the writes in one transaction. Errors of their own go to
// results; the one returned is the database's, and nothing was written then.
func (s *Store) transact(tx *Tx, group []op, results []error) error {
	if p := s.vanished.Load(); p != nil {
		s.failure.Store(p)
		return p
	}
	tx.failed = nil
	tx.exec("BEGIN IMMEDIATE")
	for i := range group {
		if tx.failed != nil {
			break
		}
		results[i] = group[i].run(tx)
	}
	if tx.failed == nil {
		tx.finish()
		start := time.Now()
		tx.exec("COMMIT")
		tx.flush = time.Since(start)
	}
	if tx.failed == nil {
		tx.end(true)
		err := s.Present()
		p, _ := errors.AsType[*Problem](err)
		s.failure.Store(p)
		return err
	}
	failed := s.problem(tx.failed)
	tx.failed = nil
	tx.exec("ROLLBACK") // fails when the database has rolled back by itself
	tx.failed = nil
	tx.end(false)
	if p, ok := errors.AsType[*Problem](failed); ok {
		s.failure.Store(p)
	}
	return failed
}
