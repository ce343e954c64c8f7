package store

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// lockFile names the process that has a directory, for people and for versions
// that lock nothing else.
const lockFile = "lock"

// lock keeps a directory for one process: the directory itself is locked, which
// stays so whatever becomes of the file that says by whom. The system lets go of
// both when the process ends, however it ends.
type lock struct{ dir, file *os.File }

func acquire(dir string) (*lock, error) {
	l := &lock{}
	path := filepath.Join(dir, lockFile)
	var err error
	if l.dir, err = os.Open(dir); err == nil {
		l.file, err = os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	}
	if err != nil {
		return nil, errors.Join(&Problem{Kind: ReadOnly, Dir: dir, Cause: err}, l.release())
	}
	for _, f := range []*os.File{l.dir, l.file} {
		if err := exclude(f); err != nil {
			holder, _ := os.ReadFile(path)
			return nil, errors.Join(&Problem{Kind: InUse, Dir: dir, Holder: strings.TrimSpace(string(holder)), Cause: err}, l.release())
		}
	}
	// Who holds it is for people; a lock that does not say so locks all the same.
	_ = l.file.Truncate(0)
	_, _ = l.file.WriteAt(fmt.Appendf(nil, "%d\n", os.Getpid()), 0)
	return l, nil
}

func (l *lock) release() error {
	var errs []error
	for _, f := range []*os.File{l.file, l.dir} {
		if f != nil {
			errs = append(errs, f.Close())
		}
	}
	return errors.Join(errs...)
}
