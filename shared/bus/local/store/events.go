package store

import (
	"context"
	"encoding/binary"
	"time"
)

// Event is an event as it was accepted.
type Event struct {
	// Number is given in the order of acceptance.
	Number   int64
	Accepted time.Time
	// Time is when it happened, by its own word; the time of acceptance when it
	// does not say.
	Time             time.Time
	Bus              string
	Source, ID, Type string
	// Matched is how many rules matched it.
	Matched int
	// Body is its JSON text.
	Body []byte
}

// AddEvent accepts an event, unless it was accepted within the last day
// already: it then returns false with the number of that one.
func (tx *Tx) AddEvent(e Event, now time.Time) (number int64, added bool) {
	s := tx.store.seen
	mark := markOf(e.Bus, e.Source, e.ID)
	r := &tx.store.reckoning
	r.observe(now)
	// The bus's clock stands still while the machine's is set back: the times of
	// events never decrease with their numbers.
	at := r.believed()
	if step := stepRunning.Milliseconds(); s.last > at+step && max(at-r.now, r.now-at) <= step {
		tx.mend(at) // it was not set back: it was far ahead before
	}
	at = max(at, s.last)
	if before, since, ok := s.find(mark); ok {
		if first := s.next - int64(len(tx.added)); before >= first {
			if same := tx.added[before-first]; same.ID == e.ID && same.Source == e.Source && same.Bus == e.Bus {
				return before, false
			}
		} else {
			var bus, source, id string
			dayAgo := r.now - int64(day/time.Millisecond)
			var accepted int64
			there := tx.row("SELECT bus, source, id, accepted FROM events WHERE number = ?", []any{before}, &bus, &source, &id, &accepted)
			if there { // it was accepted within the hour that begins with since
				since = min(max(accepted, since), since+millisecondsOfHour)
			}
			// Of one that left the history for lack of room, the mark is all there is.
			if same := id == e.ID && source == e.Source && bus == e.Bus; since > dayAgo && (same || !there && tx.failed == nil) {
				return before, false
			}
		}
	}
	if tx.failed != nil {
		return 0, false
	}
	happened := at
	if !e.Time.IsZero() {
		happened = e.Time.UnixMilli()
	}
	number = s.next
	tx.events = append(tx.events, row{number, at, happened, e.Matched, e.Bus, e.Source, e.ID, e.Type, e.Body})
	s.mu.Lock()
	s.next, s.last = number+1, at
	s.add(mark, number, r.now)
	s.mu.Unlock()
	tx.mark(number)
	tx.added, tx.marks = append(tx.added, e), append(tx.marks, mark)
	return number, true
}

// finish writes what the group adds.
func (tx *Tx) finish() {
	if len(tx.added) > 0 {
		list := make([]byte, 0, 8*len(tx.marks))
		for _, mark := range tx.marks {
			list = binary.LittleEndian.AppendUint64(list, mark)
		}
		tx.insert("INSERT INTO events (number, accepted, time, matched, bus, source, id, type, body)", "", tx.events)
		tx.exec("INSERT INTO fingerprints (first, accepted, marks) VALUES (?, ?, ?)", tx.store.seen.next-int64(len(tx.marks)), tx.store.reckoning.now, list)
	}
	tx.insert("INSERT INTO notifications (event, destination)", "", tx.notifications)
	tx.flushEnds()
}

// end forgets the events of a group that was not committed.
func (tx *Tx) end(committed bool) {
	if !committed {
		s := tx.store.seen
		s.mu.Lock()
		s.next -= int64(len(tx.marks))
		for _, mark := range tx.marks {
			for _, h := range s.hours {
				delete(h.marks, mark)
			}
		}
		s.mu.Unlock()
	}
	clear(tx.events)
	clear(tx.added)
	tx.events, tx.notifications = tx.events[:0], tx.notifications[:0]
	tx.attempts, tx.firsts, tx.ends = tx.attempts[:0], tx.firsts[:0], tx.ends[:0]
	tx.added, tx.marks = tx.added[:0], tx.marks[:0]
}

const eventColumns = "number, accepted, time, matched, bus, source, id, type, body"

func scanEvent(scan func(...any) error) (Event, error) {
	var e Event
	var accepted, happened int64
	err := scan(&e.Number, &accepted, &happened, &e.Matched, &e.Bus, &e.Source, &e.ID, &e.Type, &e.Body)
	e.Accepted, e.Time = moment(accepted), moment(happened)
	return e, err
}

// Event returns the event of a number, and whether there is one.
func (s *Store) Event(ctx context.Context, number int64) (e Event, found bool, err error) {
	err = s.query(ctx, "SELECT "+eventColumns+" FROM events WHERE number = ?", []any{number}, func(scan func(...any) error) error {
		found = true
		e, err = scanEvent(scan)
		return err
	})
	return e, found, err
}

// EventQuery selects events. A zero field selects all.
type EventQuery struct {
	Bus, Source, Type, Subject string
	// Rule is the name of a rule on Bus or, of a rule of a document, its name or
	// key: an event is selected that has a notification for a target of it.
	Rule string
	// Unmatched selects those alone that no rule matched.
	Unmatched bool
	// Since and Until bound the time of acceptance; Until is not part of it.
	Since, Until time.Time
	// Before is the number of the last event of the page before.
	Before int64
	// Limit is how many are returned at most.
	Limit int
}

// selection is what follows SELECT and its columns. With a bus, number, source
// and type are looked up in an index, so that a page costs the same wherever it
// begins.
func (s *Store) selection(ctx context.Context, q EventQuery) (text string, args []any, err error) {
	var w where
	from := " FROM events"
	if q.Bus != "" {
		from += " INDEXED BY traced"
		w.equal("bus", q.Bus)
	}
	if err := s.between(ctx, &w, "number", q.Since, q.Until); err != nil {
		return "", nil, err
	}
	if q.Before > 0 {
		w.and("number < ?", q.Before)
	}
	w.equal("source", q.Source)
	w.equal("type", q.Type)
	if q.Unmatched {
		w.and("matched = 0")
	}
	if q.Subject != "" {
		w.and("json_extract(CAST(body AS TEXT), '$.subject') = ?", q.Subject)
	}
	if q.Rule != "" {
		w.and(`EXISTS (SELECT 1 FROM notifications n WHERE n.event = events.number AND n.destination IN (
			SELECT number FROM destinations WHERE bus = ? AND ? IN (rule, name) UNION SELECT destination FROM targets WHERE bus = ? AND rule = ?))`, q.Bus, q.Rule, q.Bus, q.Rule)
	}
	return from + w.text.String(), w.args, nil
}

// Events returns events without their bodies, the newest first.
func (s *Store) Events(ctx context.Context, q EventQuery) ([]Event, error) {
	selection, args, err := s.selection(ctx, q)
	if err != nil {
		return nil, err
	}
	var list []Event
	err = s.query(ctx, "SELECT number, accepted, time, matched, bus, source, id, type, x''"+selection+" ORDER BY number DESC LIMIT ?", append(args, q.Limit), func(scan func(...any) error) error {
		e, err := scanEvent(scan)
		list = append(list, e)
		return err
	})
	return list, err
}

// EventsNamed returns the events of a bus that have an id, the newest first; those
// of one source alone when it is not "".
func (s *Store) EventsNamed(ctx context.Context, bus, source, id string) ([]Event, error) {
	var list []Event
	err := s.query(ctx, `WITH RECURSIVE blocks (block) AS (
		SELECT max(number) >> 12 FROM events UNION ALL SELECT block - 1 FROM blocks WHERE block > (SELECT min(number) >> 12 FROM events))
		SELECT `+eventColumns+` FROM blocks CROSS JOIN events INDEXED BY named
		WHERE number >> 12 = block AND id = ?1 AND bus = ?2 AND ?3 IN ('', source) ORDER BY number DESC`,
		[]any{id, bus, source}, func(scan func(...any) error) error {
			e, err := scanEvent(scan)
			list = append(list, e)
			return err
		})
	return list, err
}

// CountEvents returns how many events a query selects.
func (s *Store) CountEvents(ctx context.Context, q EventQuery) (count int, err error) {
	selection, args, err := s.selection(ctx, q)
	if err != nil {
		return 0, err
	}
	err = s.query(ctx, "SELECT count(*)"+selection, args, func(scan func(...any) error) error { return scan(&count) })
	return count, err
}

// Find returns the number of an event that was accepted on a bus within the last
// day.
func (s *Store) Find(ctx context.Context, bus, source, id string) (int64, bool, error) {
	s.seen.mu.RLock()
	number, _, ok := s.seen.find(markOf(bus, source, id))
	s.seen.mu.RUnlock()
	if !ok {
		return 0, false, nil
	}
	e, ok, err := s.Event(ctx, number)
	return number, ok && e.Bus == bus && e.Source == source && e.ID == id, err
}

// since returns the number of the first event that was accepted at t or later.
func (s *Store) since(ctx context.Context, t time.Time) (int64, error) {
	var low, high int64
	// Two queries: asked for both at once, SQLite reads the whole table.
	err := s.query(ctx, "SELECT coalesce((SELECT min(number) FROM events), 1), coalesce((SELECT max(number) FROM events), 0) + 1", nil, func(scan func(...any) error) error {
		return scan(&low, &high)
	})
	for low < high && err == nil {
		middle := low + (high-low)/2
		var accepted int64
		found := false
		// Numbers may have gaps: the next event decides.
		err = s.query(ctx, "SELECT accepted FROM events WHERE number >= ? ORDER BY number LIMIT 1", []any{middle}, func(scan func(...any) error) error {
			found = true
			return scan(&accepted)
		})
		if !found || accepted >= t.UnixMilli() {
			high = middle
		} else {
			low = middle + 1
		}
	}
	return low, err
}
