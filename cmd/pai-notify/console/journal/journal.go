// Package journal keeps what people may want back: the changes of the document, with
// the documents before and after them, and forms that nobody has saved yet.
package journal

import (
	"path/filepath"
	"sync"
	"time"
)

// Journal keeps changes and drafts in the data directory. It is safe for concurrent
// use, and several programs may share a directory.
type Journal struct {
	now     func() time.Time
	changes shelf
	drafts  shelf

	mu     sync.Mutex
	latest time.Time // of the changes recorded here
	seal   []byte    // proves that a draft's id was given out here
}

// Open makes a journal in a directory, which is made when the first thing is kept;
// "" keeps all in memory.
func Open(dir string, now func() time.Time) *Journal {
	j := &Journal{now: now}
	if dir != "" {
		j.changes.dir, j.drafts.dir = filepath.Join(dir, "changes"), filepath.Join(dir, "drafts")
	}
	return j
}
