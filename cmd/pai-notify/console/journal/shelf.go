package journal

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/files"
)

// shelf is a directory of small files that only this user reads, or the memory of this
// process where there is no directory. Programs may share one: each file is written
// as a whole and never changed by another.
type shelf struct {
	dir string

	mu     sync.Mutex
	memory map[string]item
}

type item struct {
	name string
	text []byte // in memory alone
	size int64
	at   time.Time
}

// known is what the names of files here look like, so that none leads elsewhere.
var known = regexp.MustCompile(`^[0-9A-Za-z][0-9A-Za-z.-]{0,90}$`)

var errName = errors.New("journal: there is nothing of that name")

func (s *shelf) put(name string, text []byte, now time.Time) error {
	if !known.MatchString(name) {
		return errName
	}
	if s.dir == "" {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.memory == nil {
			s.memory = map[string]item{}
		}
		s.memory[name] = item{name, slices.Clone(text), int64(len(text)), now}
		return nil
	}
	err := os.MkdirAll(s.dir, 0o700)
	if err == nil {
		err = files.ReplacePrivate(filepath.Join(s.dir, name), text)
	}
	if err != nil {
		return fmt.Errorf("journal: %s cannot be written: %w", files.Shown(s.dir), err)
	}
	return nil
}

func (s *shelf) get(name string) ([]byte, error) {
	if !known.MatchString(name) {
		return nil, errName
	}
	if s.dir == "" {
		s.mu.Lock()
		defer s.mu.Unlock()
		one, ok := s.memory[name]
		if !ok {
			return nil, fs.ErrNotExist
		}
		return one.text, nil
	}
	return os.ReadFile(filepath.Join(s.dir, name))
}

func (s *shelf) remove(name string) {
	if !known.MatchString(name) {
		return
	}
	if s.dir == "" {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.memory, name)
		return
	}
	_ = os.Remove(filepath.Join(s.dir, name)) // the bounds take it otherwise
}

// list returns the files with an ending, the oldest first. What a program left that
// was killed while it wrote is removed.
func (s *shelf) list(ending string, now time.Time) ([]item, error) {
	var all []item
	if s.dir == "" {
		s.mu.Lock()
		defer s.mu.Unlock()
		for _, one := range s.memory {
			if strings.HasSuffix(one.name, ending) {
				all = append(all, one)
			}
		}
	} else {
		entries, err := os.ReadDir(s.dir)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("journal: %s cannot be read: %w", files.Shown(s.dir), err)
		}
		for _, e := range entries {
			info, err := e.Info()
			if err != nil || !e.Type().IsRegular() {
				continue // gone meanwhile, or not ours
			}
			if strings.HasPrefix(e.Name(), ".") {
				if now.Sub(info.ModTime()) > time.Hour {
					_ = os.Remove(filepath.Join(s.dir, e.Name()))
				}
				continue
			}
			if known.MatchString(e.Name()) && strings.HasSuffix(e.Name(), ending) {
				all = append(all, item{name: e.Name(), size: info.Size(), at: info.ModTime()})
			}
		}
	}
	slices.SortFunc(all, func(a, b item) int {
		if order := a.at.Compare(b.at); order != 0 {
			return order
		}
		return strings.Compare(a.name, b.name)
	})
	return all, nil
}
