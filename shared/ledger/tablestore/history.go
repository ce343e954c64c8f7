package tablestore

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/aliyun/aliyun-tablestore-go-sdk/tablestore"
	"golang.org/x/sync/errgroup"

	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/ledger"
)

const (
	// batch is how many rows are read at once. Tablestore takes 100, but rows may
	// have large events.
	batch = 50
	// readers is how many such requests are made at once.
	readers = 4
	// defaultLimit is the page of a query that sets no limit.
	defaultLimit = 100
	// budget is how many rows are looked at in one go: a page of history ends early
	// then.
	budget = 1000
)

// Due implements [ledger.Store].
func (s *Store) Due(ctx context.Context, busName string, before time.Time, limit int) (list []ledger.Entry, err error) {
	w := s.walk(openIndex, spread(busName, string(ledger.DueIndex)), nil, &place{number: nanoseconds(before)}, false)
	size := 0
	for seen := map[string]bool{}; len(list) < limit && size < ledger.MostDue; {
		rows, places, err := s.rows(ctx, w, min(limit-len(list), budget), seen)
		if err != nil {
			return nil, err
		}
		for _, e := range rows {
			// The index may show where the row was.
			if e.Index() == ledger.DueIndex && e.Bus == busName && e.Due.Before(before) {
				list, size = append(list, e), size+len(e.Event)
			} else if e.State == ledger.Unreadable {
				e.Bus = busName
				list = append(list, e)
			}
		}
		if places == 0 {
			break
		}
	}
	slices.SortFunc(list, func(a, b ledger.Entry) int { return a.Due.Compare(b.Due) })
	return list, nil
}

// List implements [ledger.Store].
func (s *Store) List(ctx context.Context, q ledger.Query) (ledger.Page, error) {
	after, err := parsePlace(q.After)
	if err != nil {
		return ledger.Page{}, err
	}
	if only, ok := q.OnlyIndexed(); ok && q.Job == "" && only == ledger.DueIndex {
		if p, ok, err := s.listDue(ctx, q, after); err != nil || ok {
			return p, err
		}
	}
	w := s.history(q, after)
	var p ledger.Page
	limit := q.Limit
	if limit <= 0 {
		limit = defaultLimit
	}
	var last place
	for seen, looked := map[string]bool{}, 0; ; {
		places, err := w.next(ctx, batch)
		if err != nil {
			return ledger.Page{}, err
		}
		if len(places) == 0 {
			return p, nil
		}
		rows, err := s.read(ctx, places, seen)
		if err != nil {
			return ledger.Page{}, err
		}
		for _, at := range places {
			if after != nil && at == *after {
				continue
			}
			last = at
			if e, ok := rows[at.id]; ok && q.Wants(e) {
				p.Entries = append(p.Entries, e)
			}
			if looked++; len(p.Entries) == limit || looked >= budget {
				p.Next = last.String()
				return p, nil
			}
		}
	}
}

// history returns the walk through the rows that a query may want, newest first.
func (s *Store) history(q ledger.Query, after *place) *walk {
	from := after
	if !q.To.IsZero() {
		// The walk starts before all ids of that time.
		if to := (place{number: nanoseconds(q.To)}); from == nil || to.compare(*from) < 0 {
			from = &to
		}
	}
	var to *place
	if !q.From.IsZero() {
		// It ends before all ids of that time, which is behind them.
		to = &place{number: nanoseconds(q.From)}
	}
	only, ok := q.OnlyIndexed()
	switch {
	case q.Job != "":
		return s.walk(jobIndex, []string{common(q.Bus, q.Job)}, from, to, true)
	case ok && only == ledger.DeadIndex:
		return s.walk(openIndex, spread(q.Bus, string(only)), from, to, true)
	}
	return s.walk(timeIndex, spread(q.Bus), from, to, true)
}

// listDue lists what waits by the index of what is due, which is sorted by another
// time; false when there is too much for that.
func (s *Store) listDue(ctx context.Context, q ledger.Query, after *place) (ledger.Page, bool, error) {
	w := s.walk(openIndex, spread(q.Bus, string(ledger.DueIndex)), nil, nil, false)
	places, err := w.next(ctx, budget)
	if err != nil || len(places) == budget {
		return ledger.Page{}, false, err
	}
	rows, err := s.read(ctx, places, map[string]bool{})
	if err != nil {
		return ledger.Page{}, false, err
	}
	var list []ledger.Entry
	for _, e := range rows {
		if at := (place{nanoseconds(e.Created), e.ID}); q.Wants(e) && (after == nil || at.compare(*after) < 0) {
			list = append(list, e)
		}
	}
	slices.SortFunc(list, ledger.Newer)
	p := ledger.Page{Entries: list}
	if limit := q.Limit; limit > 0 && len(list) > limit {
		p.Entries = list[:limit]
		last := p.Entries[limit-1]
		p.Next = place{nanoseconds(last.Created), last.ID}.String()
	}
	return p, true, nil
}

// rows returns the next rows of a walk, in its order, and how many places of the
// index it went through.
func (s *Store) rows(ctx context.Context, w *walk, most int, seen map[string]bool) (list []ledger.Entry, places int, err error) {
	at, err := w.next(ctx, most)
	if err != nil || len(at) == 0 {
		return nil, 0, err
	}
	found, err := s.readEach(ctx, at, seen)
	for _, p := range at {
		if e, ok := found[p.id]; ok {
			list = append(list, e)
			delete(found, p.id)
		}
	}
	return list, len(at), err
}

// read is readEach where each row must be readable.
func (s *Store) read(ctx context.Context, places []place, seen map[string]bool) (map[string]ledger.Entry, error) {
	found, err := s.readEach(ctx, places, seen)
	for id, e := range found {
		if e.State == ledger.Unreadable && err == nil {
			err = &bus.Error{Kind: bus.Invalid, Action: "ots:BatchGetRow", Resource: id, Text: e.Because}
		}
	}
	return found, err
}

// readEach returns the rows of ids that have not been seen, by id. An index that lags
// shows a row in two places for a moment.
func (s *Store) readEach(ctx context.Context, places []place, seen map[string]bool) (map[string]ledger.Entry, error) {
	var ids []string
	for _, p := range places {
		if !seen[p.id] {
			seen[p.id] = true
			ids = append(ids, p.id)
		}
	}
	found := map[string]ledger.Entry{}
	var mu sync.Mutex
	var group errgroup.Group
	group.SetLimit(readers)
	for some := range slices.Chunk(ids, batch) {
		group.Go(func() error {
			rows, err := s.readBatch(ctx, some)
			mu.Lock()
			defer mu.Unlock()
			maps.Copy(found, rows)
			return err
		})
	}
	return found, group.Wait()
}

func (s *Store) readBatch(ctx context.Context, ids []string) (map[string]ledger.Entry, error) {
	criteria := &tablestore.MultiRowQueryCriteria{TableName: s.config.Table, MaxVersion: 1}
	for _, id := range ids {
		criteria.AddRow(keyOf(columnID, id))
	}
	var results []tablestore.RowResult
	err := s.call(ctx, "BatchGetRow", s.config.Table, func(c *tablestore.TableStoreClient) error {
		answer, err := c.BatchGetRow(&tablestore.BatchGetRowRequest{MultiRowQueryCriteria: []*tablestore.MultiRowQueryCriteria{criteria}})
		if err == nil {
			results = answer.TableToRowsResult[s.config.Table]
		}
		return err
	})
	switch {
	case err != nil:
		return nil, err
	case len(results) != len(ids):
		return nil, &bus.Error{Kind: bus.Unavailable, Action: "ots:BatchGetRow", Resource: s.config.Table, Text: "the answer has other rows than those asked for"}
	}
	found := map[string]ledger.Entry{}
	for i, id := range ids {
		var e ledger.Entry
		var err error
		if results[i].IsSucceed {
			e, err = entry(id, results[i].Columns)
		} else {
			// Each row succeeds or fails alone.
			e, err = s.Get(ctx, id)
		}
		switch {
		case bus.KindOf(err) == bus.Invalid:
			found[id] = ledger.CannotRead(id, "", err)
		case err != nil:
			return nil, err
		case e.Step > 0:
			found[id] = e
		}
	}
	return found, nil
}

// String returns a place as [parsePlace] reads it.
func (p place) String() string { return fmt.Sprintf("%d/%s", p.number, p.id) }

// parsePlace reads where a page ended; nil for the first page.
func parsePlace(s string) (*place, error) {
	if s == "" {
		return nil, nil
	}
	number, id, ok := strings.Cut(s, "/")
	n, err := strconv.ParseInt(number, 10, 64)
	if err != nil || !ok || id == "" {
		return nil, &bus.Error{Kind: bus.Invalid, Action: "ots:GetRange", Text: "this is not where a page of the history ended: ask for the first one"}
	}
	return &place{n, id}, nil
}
