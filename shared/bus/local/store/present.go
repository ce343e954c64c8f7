package store

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
)

// place is a file or directory as it was when the store was opened.
type place struct {
	path string
	info os.FileInfo
}

func placeOf(path string) (place, error) {
	info, err := os.Stat(path)
	return place{path, info}, err
}

// keepAnEye notes what must not be taken away while the store is open: what is
// written to a file that was removed or moved is not there after a restart.
// Windows refuses to remove or move what is open.
func (s *Store) keepAnEye() error {
	if s.dir == Memory || runtime.GOOS == "windows" {
		return nil
	}
	database := filepath.Join(s.dir, file)
	for _, path := range []string{s.dir, filepath.Join(s.dir, lockFile), database, database + "-wal", database + "-shm"} {
		is, err := placeOf(path)
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
		is, err := placeOf(was.path)
		if err == nil && os.SameFile(is.info, was.info) {
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
