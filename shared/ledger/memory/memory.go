// Package memory is a ledger store in the memory of one process.
package memory

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/ledger"
)

// Store keeps rows in memory. It is safe for concurrent use.
type Store struct {
	most int

	mu       sync.Mutex
	current  map[string]ledger.Entry
	former   map[string]ledger.Entry
	controls map[string]ledger.Control
}

// New returns an empty store that keeps every row, for tests.
func New() *Store { return NewBounded(0) }

// NewBounded returns an empty store that forgets rows: it keeps the last most rows
// at least, and twice as many at most. It keeps no events. That is what one
// instance of a function remembers where there is no other ledger: a convenience
// and not a promise, because other instances do not know.
func NewBounded(most int) *Store {
	return &Store{most: most, current: map[string]ledger.Entry{}, controls: map[string]ledger.Control{}}
}

// Lasting reports whether the store keeps every row.
func (s *Store) Lasting() bool { return s.most == 0 }

// Get implements [ledger.Store].
func (s *Store) Get(ctx context.Context, id string) (ledger.Entry, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.row(id), ended(ctx, "Get")
}

// ended is the error of a call whose context has ended: like any other store, this
// one does nothing then.
func ended(ctx context.Context, method string) error {
	if err := ctx.Err(); err != nil {
		return &bus.Error{Kind: bus.Unavailable, Action: "memory:" + method, Cause: err}
	}
	return nil
}

func (s *Store) row(id string) ledger.Entry {
	if e, ok := s.current[id]; ok {
		return e
	}
	return s.former[id]
}

// Put implements [ledger.Store].
func (s *Store) Put(ctx context.Context, e ledger.Entry) error {
	if err := ended(ctx, "Put"); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.row(e.ID).Step != e.Step-1 {
		return ledger.ErrConflict
	}
	if s.most > 0 {
		e.Event = nil
		if _, ok := s.current[e.ID]; !ok && len(s.current) >= s.most {
			s.former, s.current = s.current, map[string]ledger.Entry{}
		}
	}
	s.current[e.ID] = e
	return nil
}

// Due implements [ledger.Store].
func (s *Store) Due(ctx context.Context, bus string, before time.Time, limit int) ([]ledger.Entry, error) {
	list := s.all(func(e ledger.Entry) bool {
		return e.Bus == bus && e.Index() == ledger.DueIndex && e.Due.Before(before)
	})
	slices.SortFunc(list, func(a, b ledger.Entry) int { return a.Due.Compare(b.Due) })
	n, size := 0, 0
	for n < min(limit, len(list)) && size < ledger.MostDue {
		size += len(list[n].Event)
		n++
	}
	return list[:n], ended(ctx, "Due")
}

// List implements [ledger.Store].
func (s *Store) List(ctx context.Context, q ledger.Query) (ledger.Page, error) {
	var after ledger.Entry // which may have changed since
	if q.After != "" {
		var nano int64
		if _, err := fmt.Sscanf(q.After, "%d/%s", &nano, &after.ID); err != nil {
			return ledger.Page{}, &bus.Error{Kind: bus.Invalid, Action: "memory:List", Text: "the page to continue after is none", Cause: err}
		}
		after.Created = time.Unix(0, nano)
	}
	list := s.all(func(e ledger.Entry) bool { return q.Wants(e) && (q.After == "" || ledger.Newer(after, e) < 0) })
	slices.SortFunc(list, ledger.Newer)
	p := ledger.Page{Entries: list}
	if q.Limit > 0 && len(list) > q.Limit {
		p.Entries = list[:q.Limit]
		last := p.Entries[q.Limit-1]
		p.Next = fmt.Sprintf("%d/%s", last.Created.UnixNano(), last.ID)
	}
	return p, ended(ctx, "List")
}

func (s *Store) all(wanted func(ledger.Entry) bool) (list []ledger.Entry) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for id, e := range s.former {
		if _, newer := s.current[id]; !newer && wanted(e) {
			list = append(list, e)
		}
	}
	for _, e := range s.current {
		if wanted(e) {
			list = append(list, e)
		}
	}
	return list
}

// Control implements [ledger.Store].
func (s *Store) Control(ctx context.Context, key string) (ledger.Control, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.controls[key]
	c.Value = slices.Clone(c.Value) // the caller may append to it
	return c, ended(ctx, "Control")
}

// PutControl implements [ledger.Store].
func (s *Store) PutControl(ctx context.Context, c ledger.Control) error {
	if err := ended(ctx, "PutControl"); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.controls[c.Key].Step != c.Step-1 {
		return ledger.ErrConflict
	}
	c.Value = slices.Clone(c.Value)
	s.controls[c.Key] = c
	return nil
}
