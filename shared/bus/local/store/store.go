// Package store keeps what the local bus must not lose: buses, rules, targets,
// events, notifications and their attempts, in one SQLite file. It has all SQL of
// the bus. What [Store.Write] and [Store.Queue] report as done is on disk.
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	_ "modernc.org/sqlite" // the driver "sqlite"
)

// inMemory is the directory of a store that has none.
const inMemory = ":memory:"

// file is the name of the database in its directory.
const file = "bus.db"

// readers is how many queries of the history run at once.
const readers = 2

// Exists tells whether a directory holds a database.
func Exists(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, file))
	return err == nil
}

// Options say where a store is.
type Options struct {
	// Dir is the directory of the database, which is made if need be. With
	// "" or ":memory:" everything is in memory, for as long as the store is open.
	Dir string
	// MaxBytes is the size the database may not grow beyond; 0 leaves it to the
	// disk.
	MaxBytes int64
	// Identify tells whom a target is for, each receiver by itself; nothing of one
	// that it does not know.
	Identify func(Target) []Identity
	// Wants returns what tells which destinations of a rule's targets want an
	// event.
	Wants func(Rule) (func(event []byte) ([]int64, error), error)
	// Now is the machine's clock.
	Now func() time.Time
}

// Store is an open database. It is safe for concurrent use.
type Store struct {
	dir    string
	who    func(Target) []Identity
	wants  func(Rule) (func(event []byte) ([]int64, error), error)
	lock   *lock
	writer *sql.Conn
	write  *sql.DB
	read   *sql.DB
	queue  chan op
	seen   *seen
	// turns are taken by the writer and the readers of what is in memory: SQLite has
	// no log there, and the writer would ask in vain for a moment without readers.
	turns sync.RWMutex

	clock     func() time.Time
	reckoning reckoning
	opened    time.Time // by the bus's own reckoning

	due          chan struct{} // a checkpoint
	checkpointed chan struct{} // closed when there are no more
	idle         chan struct{} // closed when the writer has ended

	watched  []place
	vanished atomic.Pointer[Problem]

	closing sync.RWMutex // held for reading by those who queue
	closed  bool
	observe func(ops int, took time.Duration)
	failure atomic.Pointer[Problem]
}

// Open opens the database of a directory, or makes it. It fails with a
// [*Problem]: the directory is in use by another process, cannot be written, or
// holds something else. observe is told how many writes each commit held and how
// long it took; it may be nil.
func Open(ctx context.Context, o Options, observe func(writes int, took time.Duration)) (*Store, error) {
	s := &Store{dir: o.Dir, who: o.Identify, wants: o.Wants, clock: o.Now, queue: make(chan op, queueLength), idle: make(chan struct{}), observe: observe,
		due: make(chan struct{}, 1), checkpointed: make(chan struct{})}
	if s.dir == "" {
		s.dir = inMemory
	}
	if err := s.open(ctx, o); err != nil {
		return nil, errors.Join(err, s.release())
	}
	go s.commitAll(context.WithoutCancel(ctx))
	go s.checkpoints(context.WithoutCancel(ctx))
	return s, nil
}

func (s *Store) open(ctx context.Context, o Options) error {
	// A name of its own makes the memory one database for all connections.
	address, memory := fmt.Sprintf("/%d", memories.Add(1)), true
	if s.dir != inMemory {
		memory = false
		if err := os.MkdirAll(s.dir, 0o700); err != nil {
			return &Problem{Kind: readOnly, Dir: s.dir, Cause: err}
		}
		var err error
		if s.lock, err = acquire(s.dir); err != nil {
			return err
		}
		address = filepath.Join(s.dir, file)
		// What SQLite makes may be read by all, and so may a copy that was put back;
		// events are this user's. Its other files follow the first.
		if f, err := os.OpenFile(address, os.O_RDWR|os.O_CREATE, 0o600); err == nil {
			_ = errors.Join(f.Chmod(0o600), f.Close())
		}
	}
	var err error
	if s.write, err = sql.Open("sqlite", dsn(address, memory,
		"auto_vacuum(incremental)", "journal_mode(wal)", "synchronous(full)", "cache_size(-8192)",
		"journal_size_limit(67108864)", "busy_timeout(5000)", "wal_autocheckpoint("+pagesToCheckpoint+")")); err != nil {
		return s.problem(err)
	}
	s.write.SetMaxOpenConns(2) // the writer's, and that of checkpoints
	s.write.SetMaxIdleConns(2)
	if s.writer, err = s.write.Conn(ctx); err != nil {
		return s.problem(err)
	}
	if err := s.migrate(ctx); err != nil {
		return err
	}
	if o.MaxBytes > 0 {
		if err := s.limit(ctx, o.MaxBytes); err != nil {
			return s.problem(err)
		}
	}
	if s.read, err = sql.Open("sqlite", dsn(address, memory, "query_only(1)", "cache_size(-2048)", "busy_timeout(5000)")); err != nil {
		return s.problem(err)
	}
	s.read.SetMaxOpenConns(readers)
	s.read.SetMaxIdleConns(readers)
	if err := s.reckon(ctx); err != nil {
		return err
	}
	s.opened = moment(s.reckoning.now)
	if err := s.remember(ctx); err != nil {
		return err
	}
	return s.keepAnEye()
}

var memories atomic.Int64

func dsn(address string, memory bool, pragmas ...string) string {
	u := url.URL{Scheme: "file", Opaque: (&url.URL{Path: address}).EscapedPath()}
	q := url.Values{}
	for _, p := range pragmas {
		q.Add("_pragma", p)
	}
	if memory {
		q.Set("vfs", "memdb")
	}
	u.RawQuery = q.Encode()
	return u.String()
}

func (s *Store) limit(ctx context.Context, size int64) error {
	var page int64
	if err := s.writer.QueryRowContext(ctx, "PRAGMA page_size").Scan(&page); err != nil {
		return err
	}
	_, err := s.writer.ExecContext(ctx, fmt.Sprintf("PRAGMA max_page_count = %d", max(size/page, 1)))
	return err
}

// Close commits what was queued and closes the database. Later writes fail.
func (s *Store) Close() error {
	s.closing.Lock()
	if s.closed {
		s.closing.Unlock()
		return nil
	}
	s.closed = true
	close(s.queue)
	s.closing.Unlock()
	<-s.idle
	close(s.due)
	<-s.checkpointed
	return s.release()
}

func (s *Store) release() error {
	var errs []error
	if s.read != nil {
		errs = append(errs, s.read.Close())
	}
	if s.writer != nil {
		errs = append(errs, s.writer.Close())
	}
	if s.write != nil {
		errs = append(errs, s.write.Close())
	}
	if s.lock != nil {
		errs = append(errs, s.lock.release())
	}
	return errors.Join(errs...)
}

// Failure is why the last commit failed; nil when it did not.
func (s *Store) Failure() *Problem { return s.failure.Load() }
