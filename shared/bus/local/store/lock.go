package store

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// lock keeps a directory for one process. The system lets go of it when the
// process ends, however it ends.
type lock struct{ file *os.File }

func acquire(dir string) (*lock, error) {
	path := filepath.Join(dir, "lock")
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, &Problem{Kind: ReadOnly, Dir: dir, Cause: err}
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		holder, _ := os.ReadFile(path)
		_ = f.Close()
		return nil, &Problem{Kind: InUse, Dir: dir, Holder: strings.TrimSpace(string(holder)), Cause: err}
	}
	// Who holds it is for people; a lock that does not say so locks all the same.
	_ = f.Truncate(0)
	_, _ = f.WriteAt(fmt.Appendf(nil, "%d\n", os.Getpid()), 0)
	return &lock{f}, nil
}

func (l *lock) release() error { return l.file.Close() }
