package dynamodb

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/ledger"
)

const (
	// pageRows is how many rows a page has that is asked for without a limit, and
	// readRows how many are read for one page at most, however few are wanted.
	pageRows = 100
	readRows = 1_000
	// oldest is how long ago a notification can have been claimed first: a dead
	// letter that was redriven on its last day lives as long again.
	oldest = 2 * ledger.Lifetime
)

// Due implements [ledger.Store].
func (s *Store) Due(ctx context.Context, busName string, before time.Time, limit int) ([]ledger.Entry, error) {
	m, err := s.merge(ctx, openSpans(busName, ledger.DueIndex, "0", stamp(before))...)
	if err != nil {
		return nil, err
	}
	var list []ledger.Entry
	seen := map[string]bool{} // a row that moves in the index can be met twice
	for size := 0; len(list) < limit && size < ledger.MostDue; {
		keys, err := s.next(ctx, m, min(limit-len(list), pageKeys))
		if err != nil {
			return nil, err
		}
		if len(keys) == 0 {
			break
		}
		rows, err := s.rows(ctx, keys)
		if err != nil {
			return nil, err
		}
		for _, row := range rows {
			e, err := s.decode(row)
			if err != nil {
				e = ledger.CannotRead(strings.TrimPrefix(row["pk"].S, entryKey("")), busName, err)
			}
			// The index may be behind the row.
			due := e.Bus == busName && e.Index() == ledger.DueIndex && e.Due.Before(before)
			if (due || err != nil) && !seen[e.ID] {
				seen[e.ID], list = true, append(list, e)
				size += len(e.Event)
			}
		}
	}
	slices.SortStableFunc(list, func(a, b ledger.Entry) int { return a.Due.Compare(b.Due) })
	return list, nil
}

func (s *Store) entries(ctx context.Context, keys []item) ([]ledger.Entry, error) {
	rows, err := s.rows(ctx, keys)
	if err != nil {
		return nil, err
	}
	list := make([]ledger.Entry, len(rows))
	for i, row := range rows {
		if list[i], err = s.decode(row); err != nil {
			return nil, err
		}
	}
	return list, nil
}

func openSpans(busName string, i ledger.Index, from, to string) []span {
	return sharded(span{index: openIndex, hash: "open", order: "due", from: from, to: to, descending: i == ledger.DeadIndex},
		func(shard int) string { return openKey(busName, i, shard) })
}

func sharded(s span, partition func(shard int) string) []span {
	spans := make([]span, shards)
	for i := range spans {
		spans[i] = s
		spans[i].partition = partition(i)
	}
	return spans
}

// List implements [ledger.Store]. It reads the job's notifications where a job is
// asked for, what waits or is dead where only that is, and otherwise history month
// by month.
func (s *Store) List(ctx context.Context, q ledger.Query) (ledger.Page, error) {
	p := pager{store: s, q: q, from: "0", to: highest, limit: cmp.Or(q.Limit, pageRows)}
	if !q.From.IsZero() {
		p.from = stamp(q.From)
	}
	if !q.To.IsZero() {
		p.to = stamp(q.To)
	}
	if q.After != "" {
		if _, err := time.Parse(stampLayout, q.After[:min(len(q.After), len(stampLayout))]); err != nil {
			return ledger.Page{}, &bus.Error{Kind: bus.Invalid, Action: "dynamodb:Query", Resource: s.table, Text: "the page to go on after is not one of this ledger: begin with the first"}
		}
		p.to = min(p.to, q.After)
	}
	var err error
	index, ok := q.OnlyIndexed()
	switch {
	case q.Job != "":
		_, err = p.spans(ctx, span{index: jobIndex, hash: "job", order: "at", partition: jobKey(q.Bus, q.Job), from: p.from, to: p.to, descending: true})
	case ok && index == ledger.DeadIndex:
		_, err = p.spans(ctx, openSpans(q.Bus, index, p.from, p.to)...)
	case ok:
		err = p.waiting(ctx)
	default:
		err = p.months(ctx)
	}
	return p.page, err
}

// pager fills a page.
type pager struct {
	store *Store
	q     ledger.Query
	// from and to bound the order keys of what is asked for and was not on an
	// earlier page. What equals to was.
	from, to string
	limit    int
	read     int // rows
	page     ledger.Page
}

// fill reads the rows of keys, which take hands out in order, until the page is
// full or enough was read. It reports whether the page ends here.
func (p *pager) fill(ctx context.Context, order func(key item) string, take func(n int) ([]item, error)) (bool, error) {
	for n := min(p.limit-len(p.page.Entries), pageKeys); ; n = pageKeys {
		keys, err := take(n)
		if err != nil || len(keys) == 0 {
			return false, err
		}
		entries, err := p.store.entries(ctx, keys)
		if err != nil {
			return false, err
		}
		for _, e := range entries {
			at := orderKey(e.Created, e.ID)
			if at >= p.to || !p.q.Wants(e) {
				continue
			}
			p.to, p.page.Entries = at, append(p.page.Entries, e)
			if len(p.page.Entries) == p.limit {
				p.page.Next = at
				return true, nil
			}
		}
		p.to = min(p.to, order(keys[len(keys)-1]))
		if p.read += len(keys); p.read >= readRows {
			p.page.Next = p.to
			return true, nil
		}
	}
}

// spans fills the page from spans whose keys are in the order of history.
func (p *pager) spans(ctx context.Context, spans ...span) (bool, error) {
	if p.from > p.to {
		return false, nil
	}
	m, err := p.store.merge(ctx, spans...)
	if err != nil {
		return false, err
	}
	return p.fill(ctx, func(key item) string { return key[spans[0].order].S },
		func(n int) ([]item, error) { return p.store.next(ctx, m, n) })
}

// waiting fills the page from the index of what waits, which is in another order:
// all its keys are read, and then the rows of one page.
func (p *pager) waiting(ctx context.Context) error {
	m, err := p.store.merge(ctx, openSpans(p.q.Bus, ledger.DueIndex, "0", highest)...)
	if err != nil {
		return err
	}
	keys, err := p.store.next(ctx, m, math.MaxInt)
	if err != nil {
		return err
	}
	order := func(key item) string { return after(key["due"].S) }
	keys = slices.DeleteFunc(keys, func(key item) bool { return order(key) < p.from || order(key) >= p.to })
	slices.SortFunc(keys, func(a, b item) int { return cmp.Compare(order(b), order(a)) })
	_, err = p.fill(ctx, order, func(n int) (taken []item, _ error) {
		n = min(n, len(keys))
		taken, keys = keys[:n], keys[n:]
		return taken, nil
	})
	return err
}

// months fills the page from history, from the newest month on.
func (p *pager) months(ctx context.Context) error {
	now := p.store.now().UTC()
	last := now.Add(24 * time.Hour) // clocks differ
	if to, err := time.Parse(stampLayout, p.to[:min(len(p.to), len(stampLayout))]); err == nil && to.Before(last) {
		last = to
	}
	first := now.Add(-oldest)
	if p.q.From.After(first) {
		first = p.q.From.UTC()
	}
	for month := startOf(last); !month.Before(startOf(first)); month = month.AddDate(0, -1, 0) {
		s := span{index: timeIndex, hash: "month", order: "at", from: p.from, to: p.to, descending: true}
		full, err := p.spans(ctx, sharded(s, func(shard int) string { return monthKey(p.q.Bus, monthOf(month), shard) })...)
		if full || err != nil {
			return err
		}
	}
	return nil
}

func startOf(t time.Time) time.Time { return time.Date(t.Year(), t.Month(), 1, 0, 0, 0, 0, time.UTC) }
