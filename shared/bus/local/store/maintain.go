package store

import (
	"context"
	"time"
)

const (
	// removeAtOnce bounds the events that one write removes, reclaimAtOnce the
	// pages of 4 KB that one gives back, so that publishers wait no longer for
	// them than for each other.
	removeAtOnce  = 500
	reclaimAtOnce = 500
	// mergeFrom is how many small groups of fingerprints are worth merging, and
	// mergeTo how many fingerprints the result may have.
	mergeFrom = 64
	mergeTo   = 8192
)

// Maintain removes events that are older than an age, by what the bus reckons when
// the machine's clock says that it is now, and more of the oldest while the database is larger than most bytes; then it gives free pages
// back. What has not ended stays, and dead letters and what
// was cancelled stay until they are old.
func (s *Store) Maintain(ctx context.Context, now time.Time, age time.Duration, most int64) error {
	if err := s.mergeMarks(ctx); err != nil {
		return err
	}
	var end int64
	err := s.Write(ctx, func(tx *Tx) error {
		s.reckoning.observe(now)
		tx.Advance()
		end = tx.olderThan(age)
		return nil
	})
	if err != nil {
		return err
	}
	if err := s.remove(ctx, end, true); err != nil {
		return err
	}
	for {
		used, err := s.used(ctx)
		if err != nil {
			return err
		}
		if used <= most {
			break
		}
		removed, err := s.removeOldest(ctx)
		if err != nil {
			return err
		}
		if removed == 0 {
			break
		}
	}
	return s.reclaim(ctx)
}

// used is the size of what the database holds.
func (s *Store) used(ctx context.Context) (int64, error) {
	var size int64
	err := s.query(ctx, "SELECT (c.page_count - f.freelist_count) * p.page_size FROM pragma_page_count c, pragma_freelist_count f, pragma_page_size p", nil, func(scan func(...any) error) error {
		return scan(&size)
	})
	return size, err
}

// remove removes the events before a number that have nothing to wait for.
func (s *Store) remove(ctx context.Context, end int64, dead bool) error {
	from := int64(0)
	for {
		var upTo int64
		err := s.Write(ctx, func(tx *Tx) error {
			upTo = 0
			tx.row("SELECT coalesce(max(number), 0) FROM (SELECT number FROM events WHERE number >= ? AND number < ? ORDER BY number LIMIT ?)", []any{from, end, removeAtOnce}, &upTo)
			if upTo > 0 {
				tx.removeEvents(from, upTo, dead)
			}
			return nil
		})
		if err != nil || upTo == 0 {
			return err
		}
		from = upTo + 1
	}
}

// removeOldest removes some of the oldest events that have nothing to wait for
// and nothing that can be redriven, and returns how many.
func (s *Store) removeOldest(ctx context.Context) (removed int64, err error) {
	err = s.Write(ctx, func(tx *Tx) error {
		var from, upTo int64
		removed = 0
		tx.row(`SELECT coalesce(min(number), 0), coalesce(max(number), 0) FROM (
			SELECT number FROM events e WHERE NOT EXISTS (SELECT 1 FROM notifications n WHERE n.event = e.number AND (n.state < 2 OR n.state IN (4, 6))) ORDER BY number LIMIT ?)`, []any{removeAtOnce}, &from, &upTo)
		if upTo > 0 {
			removed = tx.removeEvents(from, upTo, false)
		}
		return nil
	})
	return removed, err
}

// removeEvents removes a stretch of events whose notifications have ended, those
// that can be redriven only if dead.
func (tx *Tx) removeEvents(from, upTo int64, dead bool) int64 {
	tx.flushEnds()
	keep := "(state < 2 OR state IN (4, 6))"
	if dead {
		keep = "state < 2"
	}
	tx.exec(`DELETE FROM attempts WHERE event BETWEEN ?1 AND ?2 AND event NOT IN (SELECT event FROM notifications WHERE event BETWEEN ?1 AND ?2 AND `+keep+`)`, from, upTo)
	n := tx.exec(`DELETE FROM events WHERE number BETWEEN ?1 AND ?2 AND number NOT IN (SELECT event FROM notifications WHERE event BETWEEN ?1 AND ?2 AND `+keep+`)`, from, upTo)
	tx.exec(`DELETE FROM notifications WHERE event BETWEEN ?1 AND ?2 AND event NOT IN (SELECT number FROM events WHERE number BETWEEN ?1 AND ?2)`, from, upTo)
	tx.exec(`DELETE FROM jobs WHERE block BETWEEN ?1 >> 12 AND ?2 >> 12 AND event BETWEEN ?1 AND ?2 AND event NOT IN (SELECT number FROM events WHERE number BETWEEN ?1 AND ?2)`, from, upTo)
	tx.exec(`DELETE FROM moves WHERE event BETWEEN ?1 AND ?2 AND event NOT IN (SELECT number FROM events WHERE number BETWEEN ?1 AND ?2)`, from, upTo)
	tx.exec("DELETE FROM marks WHERE number < (SELECT max(m.number) FROM marks m WHERE m.number <= (SELECT coalesce(min(number), ?) FROM events))", tx.store.seen.next)
	return n
}

// reclaim gives free pages back to the disk.
func (s *Store) reclaim(ctx context.Context) error {
	for {
		var free int64
		if err := s.query(ctx, "PRAGMA freelist_count", nil, func(scan func(...any) error) error { return scan(&free) }); err != nil {
			return err
		}
		if free < reclaimAtOnce {
			return nil // the next events take them
		}
		err := s.Write(ctx, func(tx *Tx) error {
			tx.each("PRAGMA incremental_vacuum(500)", nil, func(func(...any) error) error { return nil }) // it works as its rows are read
			return nil
		})
		if err != nil {
			return err
		}
	}
}

// mergeMarks brings the fingerprints of many small commits together, so that a
// start reads few rows, and removes those of the day before.
func (s *Store) mergeMarks(ctx context.Context) error {
	for {
		more := false
		err := s.Write(ctx, func(tx *Tx) error {
			more = tx.mergeMarks()
			return nil
		})
		if err != nil || !more {
			return err
		}
	}
}

func (tx *Tx) mergeMarks() (more bool) {
	tx.exec("DELETE FROM fingerprints WHERE accepted <= ? AND first < (SELECT max(first) FROM fingerprints)", tx.store.reckoning.now-int64(day/time.Millisecond)-millisecondsOfHour)
	type row struct {
		first, accepted int64
		marks           []byte
	}
	var run []row
	var sum int
	tx.each("SELECT first, accepted, marks FROM fingerprints WHERE length(marks) < ? ORDER BY first LIMIT 2000", []any{8 * mergeTo / 2}, func(scan func(...any) error) error {
		var r row
		if err := scan(&r.first, &r.accepted, &r.marks); err != nil {
			return err
		}
		if n := len(run); n > 0 && sum >= 0 {
			last := run[n-1]
			// Only neighbours become one, and only those of one hour.
			if last.first+int64(len(last.marks)/8) != r.first || sum+len(r.marks) > 8*mergeTo || r.accepted-run[0].accepted > millisecondsOfHour {
				if n >= mergeFrom {
					sum = -1 // enough for this time
					return nil
				}
				run, sum = run[:0], 0
			}
		}
		if sum >= 0 {
			run, sum = append(run, r), sum+len(r.marks)
		}
		return nil
	})
	if len(run) < mergeFrom {
		return false
	}
	marks := make([]byte, 0, 8*mergeTo)
	for _, r := range run {
		marks = append(marks, r.marks...)
	}
	last := run[len(run)-1]
	tx.exec("DELETE FROM fingerprints WHERE first > ? AND first <= ?", run[0].first, last.first)
	tx.exec("UPDATE fingerprints SET marks = ?, accepted = ? WHERE first = ?", marks, last.accepted, run[0].first)
	return tx.failed == nil
}
