// Package secrets keeps the secrets that people paste into the console, so that
// documents hold only references to them. It keeps them in one file of
// NAME='value' lines, which a shell can read too.
package secrets

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/files"
)

// File is the secrets of one data directory. It is safe for concurrent use
// within a process.
type File struct {
	path string

	mu     sync.Mutex
	values map[string]string
}

// Open reads the file at path, if there is one, and sets each secret as an
// environment variable of this process, unless the user has set it already. It
// fails for a file that others can write or read, and for names that steer
// programs, as PATH does.
// With the path "" secrets are kept until the process ends. It fails for a
// file that it cannot understand, without showing what stands there.
func Open(path string) (*File, error) {
	f := &File{path: path, values: map[string]string{}}
	if path == "" {
		return f, nil
	}
	text, err := Read(path)
	if errors.Is(err, fs.ErrNotExist) {
		return f, nil
	}
	if err != nil {
		return nil, fmt.Errorf("secrets: %w", err)
	}
	number := 0
	for line := range strings.Lines(string(text)) {
		number++
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		name, value, ok := strings.Cut(line, "=")
		if ok {
			value, ok = unquote(value)
		}
		if !ok || !ValidName(name) {
			return nil, fmt.Errorf("secrets: %s: line %d is not NAME='value': correct it or take it out", path, number)
		}
		if !MayBeSecret(name) {
			return nil, fmt.Errorf("secrets: %s: line %d: %s steers programs and is no name of a secret: take the line out, or give the secret another name", path, number, name)
		}
		f.values[name] = value
		if os.Getenv(name) == "" {
			if err := os.Setenv(name, value); err != nil {
				return nil, fmt.Errorf("secrets: %s: line %d: %w", path, number, err)
			}
		}
	}
	return f, nil
}

// Names returns the names of the secrets, sorted.
func (f *File) Names() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Sorted(maps.Keys(f.values))
}

// Keep stores a value and returns the name under which the environment of this
// process has it: the one it is kept under already, else wanted or, where that
// is another value's, wanted with a number. It fails for a value of more than
// one line and when the file cannot be written; then nothing is kept.
func (f *File) Keep(wanted, value string) (string, error) {
	if value == "" || strings.ContainsFunc(value, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		return "", errors.New("secrets: a secret is one line of text")
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, name := range slices.Sorted(maps.Keys(f.values)) {
		if f.values[name] == value && os.Getenv(name) == value {
			return name, nil
		}
	}
	name := Name(wanted)
	for n := 2; ; n++ {
		_, kept := f.values[name]
		if set := os.Getenv(name); !kept && set == "" {
			break
		}
		name = fmt.Sprintf("%s_%d", Name(wanted), n)
	}
	f.values[name] = value
	if err := f.write(); err != nil {
		delete(f.values, name)
		return "", err
	}
	return name, os.Setenv(name, value)
}

// Forget removes a secret from the file and from the environment of this
// process.
func (f *File) Forget(name string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	value, ok := f.values[name]
	if !ok {
		return nil
	}
	delete(f.values, name)
	if err := f.write(); err != nil {
		f.values[name] = value
		return err
	}
	if os.Getenv(name) == value {
		return os.Unsetenv(name)
	}
	return nil
}

// write replaces the file as a whole, readable by its owner only.
func (f *File) write() error {
	if f.path == "" {
		return nil
	}
	var b bytes.Buffer
	b.WriteString("# Secrets that workspace documents refer to as env:NAME.\n")
	for _, name := range slices.Sorted(maps.Keys(f.values)) {
		b.WriteString(name + "=" + quote(f.values[name]) + "\n")
	}
	if err := Directory(filepath.Dir(f.path)); err != nil {
		return fmt.Errorf("secrets: %w", err)
	}
	if err := files.ReplacePrivate(f.path, b.Bytes()); err != nil {
		return fmt.Errorf("secrets: %w", err)
	}
	return nil
}

// Name makes the name of an environment variable for a secret of words.
func Name(words string) string {
	name := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z':
			return r - 'a' + 'A'
		case r >= 'A' && r <= 'Z', r >= '0' && r <= '9':
			return r
		}
		return '_'
	}, words)
	name = strings.Trim(name, "_")
	if !MayBeSecret(name) {
		name = "SECRET_" + name
	}
	return strings.TrimRight(name, "_")
}

// ValidName tells whether an environment variable may have that name.
func ValidName(name string) bool {
	return name != "" && (name[0] > '9') && strings.Trim(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_") == ""
}

func quote(value string) string { return "'" + strings.ReplaceAll(value, "'", `'\''`) + "'" }

func unquote(text string) (string, bool) {
	inner, ok := strings.CutPrefix(text, "'")
	if !ok {
		return text, !strings.ContainsAny(text, "'\" ")
	}
	inner, ok = strings.CutSuffix(inner, "'")
	inner = strings.ReplaceAll(inner, `'\''`, "\x00")
	return strings.ReplaceAll(inner, "\x00", "'"), ok && !strings.Contains(inner, "'")
}
