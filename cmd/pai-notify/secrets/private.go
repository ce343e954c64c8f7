package secrets

import (
	"errors"
	"fmt"
	"io"
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

// Read reads a file that holds secrets. It refuses one that others can read or
// write, or could have put there, and says what mends it. A file of root's may be
// read by its group, as PostgreSQL has it for private keys.
func Read(path string) ([]byte, error) { return read(path, false) }

// ReadAsRoot is [Read], but root may read what belongs to somebody else: it looks
// into the data directories of services.
func ReadAsRoot(path string) ([]byte, error) { return read(path, os.Geteuid() == 0) }

func read(path string, anyOwner bool) ([]byte, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	file, err := os.Open(path) // what is looked at is what is read
	if err != nil {
		return nil, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	may := fs.FileMode(0)
	if owner(info) == 0 {
		may = rootMayAllow
	}
	switch mode := info.Mode().Perm(); {
	case info.IsDir():
		return nil, fmt.Errorf("%s is a directory: name a file", path)
	case mode&allButOwner&^may == 0:
	case mode&writes != 0:
		return nil, fmt.Errorf("%s: other users can write it: look whether it is still yours, then run: chmod 600 %s", path, quote(path))
	default:
		return nil, fmt.Errorf("%s: other users can read the secrets in it: run: chmod 600 %s, and replace the secrets if others may have read them", path, quote(path))
	}
	if !anyOwner {
		if err := owned(path, info); err != nil {
			return nil, err
		}
		if err := reached(path, mostLinks); err != nil {
			return nil, err
		}
	}
	return io.ReadAll(file)
}

// Directory makes a directory for this user alone, or looks at the one that is
// there. It refuses one in which others can write, or that they could replace,
// and says what mends it.
func Directory(path string) error {
	path, err := filepath.Abs(path)
	if err != nil {
		return err
	}
	if err := reached(path, mostLinks); err != nil {
		return err
	}
	if err := os.MkdirAll(path, 0o700); err != nil {
		return err
	}
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if err := owned(path, info); err != nil {
		return err
	}
	if othersMayWrite(info) {
		return fmt.Errorf("%s: other users can write in this directory: look whether what is there is still yours, then run: chmod go-w %s", path, quote(path))
	}
	return nil
}

// owned refuses what belongs to another user than this one or root.
func owned(path string, info fs.FileInfo) error {
	if uid := owner(info); uid != 0 && uid != os.Geteuid() {
		return fmt.Errorf("%s belongs to the user %d: choose another place, or run as root: chown %d %s", path, uid, os.Geteuid(), quote(path))
	}
	return nil
}

// reached looks at the way to a path: every directory and symbolic link on it. Who
// can write a directory on the way can put something else in the place of what
// lies below it, unless the directory is sticky, as /tmp is.
func reached(path string, links int) error {
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
		return reached(filepath.Join(append([]string{leads}, parts[i+1:]...)...), links-1)
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
