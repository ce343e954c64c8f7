package store

import (
	"os"

	"golang.org/x/sys/windows"
)

// exclude locks a file for this process, or fails when another one has it. What
// is locked is a byte far behind the end, because Windows lets nobody read the
// bytes of a lock, and the file says whose it is. A directory cannot be locked
// there, and need not be: a file that is open cannot be removed.
func exclude(f *os.File) error {
	if info, err := f.Stat(); err != nil || info.IsDir() {
		return err
	}
	const flags = windows.LOCKFILE_EXCLUSIVE_LOCK | windows.LOCKFILE_FAIL_IMMEDIATELY
	return windows.LockFileEx(windows.Handle(f.Fd()), flags, 0, 1, 0, &windows.Overlapped{OffsetHigh: 1})
}
