package store

import (
	"errors"
	"fmt"
	"path/filepath"
	"syscall"
)

// inode is a file or directory as it was when the store was opened.
type inode struct {
	path     string
	dev, ino uint64
}

func inodeOf(path string) (inode, error) {
	var st syscall.Stat_t
	err := syscall.Stat(path, &st)
	return inode{path, uint64(st.Dev), st.Ino}, err //nolint:unconvert // Dev is signed elsewhere
}

// keepAnEye notes what must not be taken away while the store is open: what is
// written to a file that was removed or moved is not there after a restart.
func (s *Store) keepAnEye() error {
	if s.dir == inMemory {
		return nil
	}
	database := filepath.Join(s.dir, file)
	for _, path := range []string{s.dir, filepath.Join(s.dir, lockFile), database, database + "-wal", database + "-shm"} {
		is, err := inodeOf(path)
		if err != nil {
			return &Problem{Kind: Vanished, Dir: s.dir, Cause: fmt.Errorf("%s: %w", path, err)}
		}
		s.watched = append(s.watched, is)
	}
	return nil
}

// Present returns why the database is not where it was opened any more; nil when
// it is. It stays gone until it is opened again: nobody can tell what was written
// meanwhile, and where.
func (s *Store) Present() error {
	if p := s.vanished.Load(); p != nil {
		return p
	}
	for _, was := range s.watched {
		is, err := inodeOf(was.path)
		if err == nil && is == was {
			continue
		}
		if err == nil {
			err = errors.New("another one has its place")
		}
		p := &Problem{Kind: Vanished, Dir: s.dir, Cause: fmt.Errorf("%s: %w", filepath.Base(was.path), err)}
		s.vanished.Store(p)
		return p
	}
	return nil
}
