package secrets

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
)

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
	if info.IsDir() {
		return nil, fmt.Errorf("%s is a directory: name a file", path)
	}
	if err := private(path, info, anyOwner); err != nil {
		return nil, err
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
	if err := reached(path); err != nil {
		return err
	}
	if err := os.MkdirAll(path, 0o700); err != nil {
		return err
	}
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	return guarded(path, info)
}
