//go:build unix

package store

import (
	"os"
	"syscall"
)

// exclude locks a file or directory for this process, or fails when another one
// has it.
func exclude(f *os.File) error {
	return syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
}
