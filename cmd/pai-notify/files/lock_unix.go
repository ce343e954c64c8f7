//go:build unix

package files

import (
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"
)

// How long a program waits for another that is writing, and how often it looks.
const (
	lockWait = 2 * time.Second
	lockLook = 5 * time.Millisecond
)

// Lock keeps other programs that lock the same file from replacing it until unlock is
// called. A file that is not there yet has no lock.
func Lock(path string) (unlock func(), err error) {
	for wait := time.Duration(0); ; wait += lockLook {
		f, err := os.Open(path)
		if err != nil {
			return func() {}, nil //nolint:nilerr // writing says what is wrong
		}
		err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		switch {
		case err == nil && same(f, path), err != nil && !errors.Is(err, syscall.EWOULDBLOCK):
			return func() { _ = f.Close() }, nil
		case wait >= lockWait:
			_ = f.Close()
			return nil, fmt.Errorf("another program is writing %s: try again", Shown(path))
		}
		_ = f.Close()
		time.Sleep(lockLook)
	}
}

// same tells whether a file is still the one at a path: it is replaced when it is
// written.
func same(f *os.File, path string) bool {
	opened, err := f.Stat()
	if err != nil {
		return false
	}
	there, err := os.Stat(path)
	return err == nil && os.SameFile(opened, there)
}
