package ledgertest

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/ledger"
)

// Fault is what becomes of one call to a store.
type Fault int

// The faults.
const (
	// None: the call works.
	None Fault = iota
	// Down: nothing happens, and an error comes back.
	Down
	// Lost: it happens, and its answer does not come back.
	Lost
	// Repeated: as Lost, and a client has repeated the request by itself: a write
	// then meets its own row, and comes back as a conflict.
	Repeated
	// Slow: no answer comes back in time, and a write happens later.
	Slow
	// Throttled: the service refuses the call, because there are too many.
	Throttled
)

// Faults are all faults of a call.
var Faults = []Fault{None, Down, Lost, Repeated, Slow, Throttled}

// String names the fault.
func (f Fault) String() string {
	return [...]string{"works", "down", "lost", "repeated", "slow", "throttled"}[f]
}

// Faulty is a store with bad days: a function tells what becomes of each call. It
// is safe for concurrent use when that is.
type Faulty struct {
	ledger.Store
	next func(method string) Fault

	mu    sync.Mutex
	late  []func()
	stale int
	// before has what the last writes replaced, the oldest first.
	before []ledger.Entry
}

// NewFaulty returns a store over another one. next is asked for the fault of each
// call, by the method's name; nil means that all work.
func NewFaulty(s ledger.Store, next func(method string) Fault) *Faulty {
	if next == nil {
		next = func(string) Fault { return None }
	}
	return &Faulty{Store: s, next: next}
}

// Stale makes Due answer from an index that the last writes from now on have not
// reached, with rows as they were before those; 0 lets it catch up.
func (s *Faulty) Stale(writes int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stale = writes
	s.before = s.before[max(0, len(s.before)-writes):]
}

// Land makes slow writes happen, in their order, and returns how many there were.
// One whose row has changed meanwhile changes nothing.
func (s *Faulty) Land() int {
	s.mu.Lock()
	late := s.late
	s.late = nil
	s.mu.Unlock()
	for _, write := range late {
		write()
	}
	return len(late)
}

func fault(method string, kind bus.Kind, text string) error {
	return &bus.Error{Kind: kind, Action: "ledgertest:" + method, Text: text}
}

// call makes one call with its fault.
func (s *Faulty) call(ctx context.Context, method string, write bool, do func(context.Context) error) error {
	switch f := s.next(method); f {
	case None:
		return do(ctx)
	case Down:
		return fault(method, bus.Unavailable, "nobody answers")
	case Throttled:
		return fault(method, bus.Throttled, "too many calls")
	case Repeated:
		if write {
			_ = do(ctx)
			return do(ctx)
		}
		fallthrough
	case Lost:
		_ = do(ctx)
		return fault(method, bus.Unavailable, "the answer was lost")
	case Slow:
		if write {
			s.mu.Lock()
			s.late = append(s.late, func() { _ = do(context.WithoutCancel(ctx)) })
			s.mu.Unlock()
		}
		return fmt.Errorf("%w: %w", fault(method, bus.Unavailable, "no answer in time"), context.DeadlineExceeded)
	default:
		panic(fmt.Sprintf("ledgertest: no such fault: %d", f))
	}
}

// Get implements [ledger.Store].
func (s *Faulty) Get(ctx context.Context, id string) (e ledger.Entry, err error) {
	err = s.call(ctx, "Get", false, func(ctx context.Context) (err error) {
		e, err = s.Store.Get(ctx, id)
		return err
	})
	if err != nil {
		return ledger.Entry{}, err
	}
	return e, nil
}

// Put implements [ledger.Store].
func (s *Faulty) Put(ctx context.Context, e ledger.Entry) error {
	return s.call(ctx, "Put", true, func(ctx context.Context) error {
		s.mu.Lock()
		stale := s.stale
		s.mu.Unlock()
		var was ledger.Entry
		if stale > 0 {
			var err error
			if was, err = s.Store.Get(ctx, e.ID); err != nil {
				return err
			}
			was.ID = e.ID
		}
		err := s.Store.Put(ctx, e)
		if err == nil && stale > 0 {
			s.mu.Lock()
			s.before = append(s.before, was)
			s.before = s.before[max(0, len(s.before)-stale):]
			s.mu.Unlock()
		}
		return err
	})
}

// Due implements [ledger.Store].
func (s *Faulty) Due(ctx context.Context, busName string, before time.Time, limit int) (list []ledger.Entry, err error) {
	err = s.call(ctx, "Due", false, func(ctx context.Context) (err error) {
		list, err = s.due(ctx, busName, before, limit)
		return err
	})
	if err != nil {
		return nil, err
	}
	return list, nil
}

func (s *Faulty) due(ctx context.Context, busName string, before time.Time, limit int) ([]ledger.Entry, error) {
	s.mu.Lock()
	were := map[string]ledger.Entry{}
	for _, e := range slices.Backward(s.before) {
		were[e.ID] = e // the oldest stays
	}
	s.mu.Unlock()
	list, err := s.Store.Due(ctx, busName, before, limit+len(were))
	if err != nil {
		return nil, err
	}
	list = slices.DeleteFunc(list, func(e ledger.Entry) bool { _, ok := were[e.ID]; return ok })
	for _, e := range were {
		if e.Bus == busName && e.Index() == ledger.DueIndex && e.Due.Before(before) {
			list = append(list, e)
		}
	}
	slices.SortFunc(list, func(a, b ledger.Entry) int { return a.Due.Compare(b.Due) })
	return list[:min(limit, len(list))], nil
}

// List implements [ledger.Store].
func (s *Faulty) List(ctx context.Context, q ledger.Query) (p ledger.Page, err error) {
	err = s.call(ctx, "List", false, func(ctx context.Context) (err error) {
		p, err = s.Store.List(ctx, q)
		return err
	})
	if err != nil {
		return ledger.Page{}, err
	}
	return p, nil
}

// Control implements [ledger.Store].
func (s *Faulty) Control(ctx context.Context, key string) (c ledger.Control, err error) {
	err = s.call(ctx, "Control", false, func(ctx context.Context) (err error) {
		c, err = s.Store.Control(ctx, key)
		return err
	})
	if err != nil {
		return ledger.Control{}, err
	}
	return c, nil
}

// PutControl implements [ledger.Store].
func (s *Faulty) PutControl(ctx context.Context, c ledger.Control) error {
	return s.call(ctx, "PutControl", true, func(ctx context.Context) error { return s.Store.PutControl(ctx, c) })
}
