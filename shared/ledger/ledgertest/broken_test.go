package ledgertest

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/ledger"
)

// broken is a store with methods of its own.
type broken struct {
	ledger.Store
	get        func(s ledger.Store, ctx context.Context, id string) (ledger.Entry, error)
	put        func(s ledger.Store, ctx context.Context, e ledger.Entry) error
	due        func(s ledger.Store, ctx context.Context, busName string, before time.Time, limit int) ([]ledger.Entry, error)
	list       func(s ledger.Store, ctx context.Context, q ledger.Query) (ledger.Page, error)
	putControl func(s ledger.Store, ctx context.Context, c ledger.Control) error
}

func (b *broken) Get(ctx context.Context, id string) (ledger.Entry, error) {
	if b.get == nil {
		return b.Store.Get(ctx, id)
	}
	return b.get(b.Store, ctx, id)
}

func (b *broken) Put(ctx context.Context, e ledger.Entry) error {
	if b.put == nil {
		return b.Store.Put(ctx, e)
	}
	return b.put(b.Store, ctx, e)
}

func (b *broken) Due(ctx context.Context, busName string, before time.Time, limit int) ([]ledger.Entry, error) {
	if b.due == nil {
		return b.Store.Due(ctx, busName, before, limit)
	}
	return b.due(b.Store, ctx, busName, before, limit)
}

func (b *broken) List(ctx context.Context, q ledger.Query) (ledger.Page, error) {
	if b.list == nil {
		return b.Store.List(ctx, q)
	}
	return b.list(b.Store, ctx, q)
}

func (b *broken) PutControl(ctx context.Context, c ledger.Control) error {
	if b.putControl == nil {
		return b.Store.PutControl(ctx, c)
	}
	return b.putControl(b.Store, ctx, c)
}

// written changes rows on their way to the store.
func written(change func(*ledger.Entry)) func() *broken {
	return func() *broken {
		return &broken{put: func(s ledger.Store, ctx context.Context, e ledger.Entry) error {
			change(&e)
			return s.Put(ctx, e)
		}}
	}
}

// over stores a row whatever there is.
func over(ctx context.Context, s ledger.Store, e ledger.Entry) error {
	was, err := s.Get(ctx, e.ID)
	if err != nil {
		return err
	}
	e.Step = was.Step + 1
	return s.Put(ctx, e)
}

// asking asks for history that a query does not ask for.
func asking(change func(*ledger.Query)) func() *broken {
	return func() *broken {
		return &broken{list: func(s ledger.Store, ctx context.Context, q ledger.Query) (ledger.Page, error) {
			change(&q)
			return s.List(ctx, q)
		}}
	}
}

var brokenStores = map[string]struct {
	store  func() *broken
	caught string
}{
	"a reason that is cut": {written(func(e *ledger.Entry) { e.Because = e.Because[:min(3, len(e.Because))] }), "a row reads back as it was written"},
	"times to the second":  {written(func(e *ledger.Entry) { e.Due = e.Due.Truncate(time.Second) }), "a row reads back as it was written"},
	"text that is trimmed": {written(func(e *ledger.Entry) { e.Job = strings.TrimSpace(e.Job) }), "a row reads back as it was written"},
	"an outcome of its status only": {written(func(e *ledger.Entry) {
		e.Outcome.RetryAfter = 0
	}), "a row reads back as it was written"},
	"rows that keep what the next step lacks": {func() *broken {
		return &broken{put: func(s ledger.Store, ctx context.Context, e ledger.Entry) error {
			was, _ := s.Get(ctx, e.ID)
			if e.Because == "" {
				e.Because = was.Because
			}
			return s.Put(ctx, e)
		}}
	}, "a row reads back as it was written"},
	"a row that is not there and is an error": {func() *broken {
		return &broken{get: func(s ledger.Store, ctx context.Context, id string) (ledger.Entry, error) {
			e, err := s.Get(ctx, id)
			if err == nil && e.Step == 0 {
				err = fault("Get", bus.NotFound, "no row")
			}
			return e, err
		}}
	}, "a row that is not there is the zero row"},
	"events that are left out when large": {written(func(e *ledger.Entry) {
		if len(e.Event) > 200<<10 {
			e.Event = nil
		}
	}), "the largest event reads back"},
	"a put without compare": {func() *broken {
		return &broken{put: func(s ledger.Store, ctx context.Context, e ledger.Entry) error { return over(ctx, s, e) }}
	}, "a row is stored first only where there is none"},
	"a put that compares with none only": {func() *broken {
		return &broken{put: func(s ledger.Store, ctx context.Context, e ledger.Entry) error {
			if e.Step == 1 {
				return s.Put(ctx, e)
			}
			return over(ctx, s, e)
		}}
	}, "a row is replaced by its next step only"},
	"a put that takes later steps": {func() *broken {
		return &broken{put: func(s ledger.Store, ctx context.Context, e ledger.Entry) error {
			if was, err := s.Get(ctx, e.ID); err == nil && was.Step > 0 && e.Step > was.Step {
				e.Step = was.Step + 1
			}
			return s.Put(ctx, e)
		}}
	}, "a row is replaced by its next step only"},
	"a conflict with one's own write that is a success": {func() *broken {
		return &broken{put: func(s ledger.Store, ctx context.Context, e ledger.Entry) error {
			err := s.Put(ctx, e)
			if was, _ := s.Get(ctx, e.ID); was.Token == e.Token {
				return nil
			}
			return err
		}}
	}, "a row is stored first only where there is none"},
	"a read and a write instead of a compare": {func() *broken {
		var mu sync.Mutex
		return &broken{put: func(s ledger.Store, ctx context.Context, e ledger.Entry) error {
			was, err := s.Get(ctx, e.ID)
			if err != nil {
				return err
			}
			if was.Step != e.Step-1 {
				return ledger.ErrConflict
			}
			time.Sleep(5 * time.Millisecond)
			mu.Lock()
			defer mu.Unlock()
			return over(ctx, s, e)
		}}
	}, "of sixteen who write a step one succeeds"},
	"a refused row that stays in an index": {func() *broken {
		var mu sync.Mutex
		var ghosts []ledger.Entry
		return &broken{
			put: func(s ledger.Store, ctx context.Context, e ledger.Entry) error {
				err := s.Put(ctx, e)
				if errors.Is(err, ledger.ErrConflict) && e.Index() == ledger.DueIndex {
					mu.Lock()
					defer mu.Unlock()
					ghosts = append(ghosts, e)
				}
				return err
			},
			due: func(s ledger.Store, ctx context.Context, busName string, before time.Time, limit int) ([]ledger.Entry, error) {
				list, err := s.Due(ctx, busName, before, limit)
				mu.Lock()
				defer mu.Unlock()
				return append(list, ghosts...), err
			},
		}
	}, "a refused row changes nothing"},
	"old rows that are not read and not overwritten": {func() *broken {
		return &broken{get: func(s ledger.Store, ctx context.Context, id string) (ledger.Entry, error) {
			e, err := s.Get(ctx, id)
			if e.Changed.Before(noon.Add(-ledger.Lifetime)) {
				e = ledger.Entry{}
			}
			return e, err
		}}
	}, "an old row is there for every call or for none"},
	"a stale get": {func() *broken {
		var mu sync.Mutex
		first := map[string]ledger.Entry{}
		return &broken{get: func(s ledger.Store, ctx context.Context, id string) (ledger.Entry, error) {
			mu.Lock()
			defer mu.Unlock()
			if e, ok := first[id]; ok {
				return e, nil
			}
			e, err := s.Get(ctx, id)
			if err == nil && e.Step > 0 {
				first[id] = e
			}
			return e, err
		}}
	}, "a row is replaced by its next step only"},
	"due in the order of writing": {func() *broken {
		return &broken{due: func(s ledger.Store, ctx context.Context, busName string, before time.Time, limit int) ([]ledger.Entry, error) {
			list, err := s.Due(ctx, busName, before, limit)
			slices.SortFunc(list, func(a, b ledger.Entry) int { return strings.Compare(a.ID, b.ID) })
			return list, err
		}}
	}, "what is due is listed with the oldest first"},
	"due with what is not yet": {func() *broken {
		return &broken{due: func(s ledger.Store, ctx context.Context, busName string, before time.Time, limit int) ([]ledger.Entry, error) {
			return s.Due(ctx, busName, before.Add(time.Millisecond), limit)
		}}
	}, "what is due is listed with the oldest first"},
	"due with keys only": {func() *broken {
		return &broken{due: func(s ledger.Store, ctx context.Context, busName string, before time.Time, limit int) ([]ledger.Entry, error) {
			list, err := s.Due(ctx, busName, before, limit)
			for i, e := range list {
				list[i] = ledger.Entry{ID: e.ID, Bus: e.Bus, Due: e.Due}
			}
			return list, err
		}}
	}, "what is due is listed as last written"},
	"due with first claims": {written(func(e *ledger.Entry) { e.Claims++ }), "what is due is listed as last written"},
	"due with one page": {func() *broken {
		return &broken{due: func(s ledger.Store, ctx context.Context, busName string, before time.Time, limit int) ([]ledger.Entry, error) {
			return s.Due(ctx, busName, before, min(limit, 100))
		}}
	}, "of what is due as much as asked for is listed"},
	"due of every bus": {func() *broken {
		return &broken{due: func(s ledger.Store, ctx context.Context, busName string, before time.Time, limit int) ([]ledger.Entry, error) {
			var all []ledger.Entry
			for _, name := range []string{onBus, onBus + "2", "pai-system-llm", "default"} {
				list, err := s.Due(ctx, name, before, limit)
				if err != nil {
					return nil, err
				}
				all = append(all, list...)
			}
			return all, nil
		}}
	}, "what is due on other buses is left out"},
	"history that ignores the job":    {asking(func(q *ledger.Query) { q.Job = "" }), "history has what each member of a query asks for"},
	"history that ignores the states": {asking(func(q *ledger.Query) { q.States = nil }), "history has what each member of a query asks for"},
	"history of whole days": {asking(func(q *ledger.Query) {
		if !q.From.IsZero() {
			q.From = q.From.Truncate(24 * time.Hour)
		}
	}), "history has what each member of a query asks for"},
	"history with the oldest first": {func() *broken {
		return &broken{list: func(s ledger.Store, ctx context.Context, q ledger.Query) (ledger.Page, error) {
			p, err := s.List(ctx, q)
			slices.Reverse(p.Entries)
			return p, err
		}}
	}, "history has what each member of a query asks for"},
	"history of one page": {func() *broken {
		return &broken{list: func(s ledger.Store, ctx context.Context, q ledger.Query) (ledger.Page, error) {
			p, err := s.List(ctx, q)
			p.Next = ""
			return p, err
		}}
	}, "history is paged without loss or doubles while rows are written"},
	"history that counts what it has shown": {func() *broken {
		return &broken{list: func(s ledger.Store, ctx context.Context, q ledger.Query) (ledger.Page, error) {
			// The page is a number of rows to pass over.
			passed, limit := len(q.After), q.Limit
			q.After, q.Limit = "", 0
			p, err := s.List(ctx, q)
			p.Entries = p.Entries[min(passed, len(p.Entries)):]
			if len(p.Entries) > limit && limit > 0 {
				p.Entries, p.Next = p.Entries[:limit], strings.Repeat("x", passed+limit)
			}
			return p, err
		}}
	}, "history is paged without loss or doubles while rows are written"},
	"history that continues after a row as it is now": {func() *broken {
		return &broken{list: func(s ledger.Store, ctx context.Context, q ledger.Query) (ledger.Page, error) {
			after, limit := q.After, q.Limit
			q.After, q.Limit = "", 0
			p, err := s.List(ctx, q)
			at := slices.IndexFunc(p.Entries, func(e ledger.Entry) bool { return e.ID == after })
			p.Entries = p.Entries[at+1:]
			if len(p.Entries) > limit && limit > 0 {
				p.Entries, p.Next = p.Entries[:limit], p.Entries[limit-1].ID
			}
			return p, err
		}}
	}, "history of states is paged while rows change theirs"},
	"history that continues after a time": {func() *broken {
		return &broken{list: func(s ledger.Store, ctx context.Context, q ledger.Query) (ledger.Page, error) {
			limit := q.Limit
			if q.After != "" {
				q.To, _ = time.Parse(time.RFC3339Nano, q.After)
			}
			q.After, q.Limit = "", 0
			p, err := s.List(ctx, q)
			if len(p.Entries) > limit && limit > 0 {
				p.Entries, p.Next = p.Entries[:limit], p.Entries[limit-1].Created.Format(time.RFC3339Nano)
			}
			return p, err
		}}
	}, "history has rows of one time once each"},
	"control rows without compare": {func() *broken {
		return &broken{putControl: func(s ledger.Store, ctx context.Context, c ledger.Control) error {
			was, err := s.Control(ctx, c.Key)
			if err != nil {
				return err
			}
			c.Step = was.Step + 1
			return s.PutControl(ctx, c)
		}}
	}, "control rows read back and are replaced by their next step only"},
	"a call that forgets its context": {func() *broken {
		return &broken{put: func(s ledger.Store, _ context.Context, e ledger.Entry) error { return s.Put(context.Background(), e) }}
	}, "a call whose context has ended changes nothing"},
	"a call without a deadline": {func() *broken {
		return &broken{get: func(s ledger.Store, _ context.Context, id string) (ledger.Entry, error) {
			return s.Get(context.Background(), id)
		}}
	}, checkHung},
	"errors of another kind": {func() *broken {
		return &broken{get: func(s ledger.Store, ctx context.Context, id string) (ledger.Entry, error) {
			e, err := s.Get(ctx, id)
			if err != nil {
				err = errors.New("it did not work")
			}
			return e, err
		}}
	}, checkCut},
	"a client that repeats a write": {func() *broken {
		return &broken{put: func(s ledger.Store, ctx context.Context, e ledger.Entry) error {
			err := s.Put(ctx, e)
			if bus.KindOf(err) == bus.Unavailable {
				err = s.Put(ctx, e)
			}
			return err
		}}
	}, checkOnce},
	"a row of a later version that is there and is none": {func() *broken {
		return &broken{get: func(s ledger.Store, ctx context.Context, id string) (ledger.Entry, error) {
			e, err := s.Get(ctx, id)
			if bus.KindOf(err) == bus.Invalid {
				err = nil
			}
			return e, err
		}}
	}, checkLater},
	"one row that cannot be read, and none is due": {func() *broken {
		return &broken{due: func(s ledger.Store, ctx context.Context, busName string, before time.Time, limit int) ([]ledger.Entry, error) {
			list, err := s.Due(ctx, busName, before, limit)
			for _, e := range list {
				if e.State == ledger.Unreadable {
					return nil, fault("Due", bus.Invalid, e.Because)
				}
			}
			return list, err
		}}
	}, checkKeeps},
	"a row that cannot be read and is left out": {func() *broken {
		return &broken{due: func(s ledger.Store, ctx context.Context, busName string, before time.Time, limit int) ([]ledger.Entry, error) {
			list, err := s.Due(ctx, busName, before, limit)
			return slices.DeleteFunc(list, func(e ledger.Entry) bool { return e.State == ledger.Unreadable }), err
		}}
	}, checkKeeps},
	"trouble of another kind": {func() *broken {
		return &broken{list: func(s ledger.Store, ctx context.Context, q ledger.Query) (ledger.Page, error) {
			p, err := s.List(ctx, q)
			if bus.KindOf(err) == bus.Denied {
				err = fault("List", bus.Unavailable, "no")
			}
			return p, err
		}}
	}, checkTrouble},
}

func TestTheSuiteCatches(t *testing.T) {
	uncaught := map[string]bool{}
	for _, c := range checks {
		uncaught[c.name] = true
	}
	for name, b := range brokenStores {
		t.Run(name, func(t *testing.T) {
			assert.NotEmpty(t, failuresOf(b.caught, func(s ledger.Store) ledger.Store {
				spoiled := b.store()
				spoiled.Store = s
				return spoiled
			}))
		})
		delete(uncaught, b.caught)
	}
	for _, b := range brokenLedgers {
		delete(uncaught, b.caught)
	}
	assert.Empty(t, slices.Collect(maps.Keys(uncaught)), "checks that nothing broken was shown to")
}
