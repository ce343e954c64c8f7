//go:build unix

package secrets

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// Permissions of others, beyond those of the owner.
const (
	groupWrites  fs.FileMode = 0o020
	othersWrite  fs.FileMode = 0o002
	writes                   = groupWrites | othersWrite
	groupReads   fs.FileMode = 0o040
	allButOwner  fs.FileMode = 0o077
	rootMayAllow             = groupReads
)

// mostLinks bounds symbolic links on the way to a file, as Linux does.
const mostLinks = 40

// private refuses a file that others than this user can read, write or replace.
// The owner may be anybody where anyOwner says so.
func private(path string, info fs.FileInfo, anyOwner bool) error {
	may := fs.FileMode(0)
	if owner(info) == 0 {
		may = rootMayAllow
	}
	switch mode := info.Mode().Perm(); {
	case mode&allButOwner&^may == 0:
	case mode&writes != 0:
		return fmt.Errorf("%s: other users can write it: look whether it is still yours, then run: chmod 600 %s", path, quote(path))
	default:
		return fmt.Errorf("%s: other users can read the secrets in it: run: chmod 600 %s, and replace the secrets if others may have read them", path, quote(path))
	}
	if anyOwner {
		return nil
	}
	if err := owned(path, info); err != nil {
		return err
	}
	return reached(path)
}

// guarded refuses a directory of somebody else's, or in which others can write.
func guarded(path string, info fs.FileInfo) error {
	if err := owned(path, info); err != nil {
		return err
	}
	if othersMayWrite(info) {
		return fmt.Errorf("%s: other users can write in this directory: look whether what is there is still yours, then run: chmod go-w %s", path, quote(path))
	}
	return nil
}

// reached refuses a path on whose way others can put something else.
func reached(path string) error { return follow(path, mostLinks) }

// owned refuses what belongs to another user than this one or root.
func owned(path string, info fs.FileInfo) error {
	if uid := owner(info); uid != 0 && uid != os.Geteuid() {
		return fmt.Errorf("%s belongs to the user %d: choose another place, or run as root: chown %d %s", path, uid, os.Geteuid(), quote(path))
	}
	return nil
}

// follow looks at the way to a path: every directory and symbolic link on it. Who
// can write a directory on the way can put something else in the place of what
// lies below it, unless the directory is sticky, as /tmp is.
func follow(path string, links int) error {
	at := string(filepath.Separator)
	parts := strings.Split(strings.TrimPrefix(path, at), at)
	for i, part := range parts {
		if err := closed(at); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		at = filepath.Join(at, part)
		info, err := os.Lstat(at)
		if errors.Is(err, fs.ErrNotExist) {
			return nil // it is made by us, or opening it fails
		}
		if err != nil {
			return err
		}
		if info.Mode().Type() != fs.ModeSymlink {
			continue
		}
		if err := owned(at, info); err != nil {
			return err
		}
		leads, err := os.Readlink(at)
		if err != nil {
			return err
		}
		if links == 0 {
			return fmt.Errorf("%s: too many symbolic links", path)
		}
		if !filepath.IsAbs(leads) {
			leads = filepath.Join(filepath.Dir(at), leads)
		}
		return follow(filepath.Join(append([]string{leads}, parts[i+1:]...)...), links-1)
	}
	return nil
}

// closed refuses a directory in which others can replace what is there.
func closed(directory string) error {
	info, err := os.Stat(directory)
	if err != nil {
		return err
	}
	mode := info.Mode()
	uid := owner(info)
	switch {
	case uid != 0 && uid != os.Geteuid():
		return fmt.Errorf("the directory %s belongs to the user %d, who can replace what is in it: choose another place", directory, uid)
	case mode&fs.ModeSticky != 0:
	case othersMayWrite(info):
		return fmt.Errorf("other users can replace what is in the directory %s: choose another place, or run: chmod go-w %s", directory, quote(directory))
	}
	return nil
}

// othersMayWrite tells whether others than this user and root can write in a
// directory.
func othersMayWrite(info fs.FileInfo) bool {
	mode := info.Mode().Perm()
	return mode&othersWrite != 0 || mode&groupWrites != 0 && !ownGroup(info)
}

// ownGroup tells whether a directory's group is root's, or the one that has this
// user alone: many systems make one of the user's name, and let it write.
func ownGroup(info fs.FileInfo) bool {
	gid := strconv.FormatUint(uint64(info.Sys().(*syscall.Stat_t).Gid), 10)
	if gid == "0" {
		return true
	}
	group, err := user.LookupGroupId(gid)
	me, failed := user.Current()
	return err == nil && failed == nil && me.Gid == gid && group.Name == me.Username
}

func owner(info fs.FileInfo) int { return int(info.Sys().(*syscall.Stat_t).Uid) }
