//go:build unix

package serve

import "syscall"

// keepPrivate makes what the program writes from now on readable by this user
// alone.
func keepPrivate() { syscall.Umask(0o077) }
