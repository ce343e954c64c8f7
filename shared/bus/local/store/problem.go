package store

import (
	"errors"
	"fmt"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// Kind says what is wrong with a database.
type Kind int

// The kinds of problems.
const (
	// broken is a failure that no other kind describes.
	broken Kind = iota
	// inUse means that another process has the directory.
	inUse
	// readOnly means that the directory or the database cannot be written.
	readOnly
	// Full means that the disk, or the size the database may have, is used up.
	Full
	// corrupt means that the file is damaged, or no database.
	corrupt
	// newer means that a later version of this program wrote the database.
	newer
	// Vanished means that the database was removed, moved or replaced while it was
	// open.
	Vanished
	// Closed means that the store was closed.
	Closed
)

// Problem is a database that cannot be used, or that did not take a write.
type Problem struct {
	Kind Kind
	Dir  string
	// Holder is the process id of who has the directory.
	Holder string
	Cause  error
}

const whenInUse = "wait if it is starting or ending, else stop it, or name another directory"

// Error says what is wrong and what to do.
func (p *Problem) Error() string {
	what := map[Kind]string{
		broken:   "the database failed",
		inUse:    "another process uses this directory: " + whenInUse,
		readOnly: "the directory cannot be written: correct its permissions, or name another directory",
		Full:     "the disk is full: make room; nothing that was accepted is lost",
		corrupt:  "the database is damaged or is none: restore " + file + " from a copy, or move it away to start anew",
		newer:    "a later version wrote the database: run that version",
		Vanished: "the database was removed or moved while the bus ran, which takes and sends nothing any more: put it back, and start the bus again",
		Closed:   "the bus is closed",
	}[p.Kind]
	if p.Kind == inUse && p.Holder != "" {
		what = "process " + p.Holder + " uses this directory: " + whenInUse
	}
	s := "store: " + p.Dir + ": " + what
	if p.Cause != nil && p.Kind != inUse {
		s += fmt.Sprintf(" (%v)", p.Cause)
	}
	return s
}

// Unwrap returns the error below.
func (p *Problem) Unwrap() error { return p.Cause }

// problem tells what kind of problem err is; nil for nil.
func (s *Store) problem(err error) error {
	if err == nil {
		return nil
	}
	if p, ok := errors.AsType[*Problem](err); ok {
		return p
	}
	p := &Problem{Kind: broken, Dir: s.dir, Cause: err}
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		switch e.Code() & 0xff { // the rest says where it was met
		case sqlite3.SQLITE_FULL:
			p.Kind = Full
		case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM:
			p.Kind = readOnly
		case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
			p.Kind = corrupt
		}
	}
	return p
}
