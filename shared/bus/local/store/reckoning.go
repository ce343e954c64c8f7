package store

import (
	"context"
	"time"
)

// The machine's clock may be wrong by years and be corrected later, so the bus
// reckons by itself how much time has passed: that decides what is old, and what
// was published within a day. It follows the clock in steps that a suspended or
// stopped machine may make, and otherwise counts the time that it runs.
const (
	// stepRunning is how far the clock may be ahead of what a running process
	// counted, and stepStopped how far ahead of what the last one left.
	stepRunning = 24 * time.Hour
	stepStopped = 7 * 24 * time.Hour
	// farAway is a difference that a clock is not believed for, unless it keeps
	// to it for as long as doubt.
	farAway = 365 * 24 * time.Hour
	doubt   = time.Hour
	// markEvery is how exactly the age of events is known by this reckoning.
	markEvery = 10 * time.Minute
)

// reckoning is the bus's own time, in milliseconds since 1970. It belongs to the
// writer.
type reckoning struct {
	now      int64
	observed time.Time // by the process's clock, which only goes on
	clock    int64     // of the machine, then
	doubted  time.Time // since when the clock is far away
	marked   int64     // of the last mark
}

// observe takes a look at the machine's clock.
func (r *reckoning) observe(clock time.Time) {
	now := time.Now()
	ran := int64(0)
	if !r.observed.IsZero() {
		ran = max(now.Sub(r.observed).Milliseconds(), 0)
	}
	r.step(clock.UnixMilli(), ran, stepRunning)
	r.observed, r.clock = now, clock.UnixMilli()
	if far(r.clock, r.now) {
		if r.doubted.IsZero() {
			r.doubted = now
		}
	} else {
		r.doubted = time.Time{}
	}
}

func (r *reckoning) step(clock, ran int64, most time.Duration) {
	if ahead := clock - r.now; ahead >= 0 && ahead <= ran+most.Milliseconds() {
		r.now = clock
		return
	}
	r.now += ran
}

func far(a, b int64) bool { return max(a-b, b-a) > farAway.Milliseconds() }

// believed is the time that people are told: the machine's, unless it is far from
// what the bus has counted.
func (r *reckoning) believed() int64 {
	if !r.doubted.IsZero() && r.observed.Sub(r.doubted) < doubt {
		return r.now
	}
	return r.clock
}

// mark notes that an event is accepted now.
func (tx *Tx) mark(number int64) {
	r := &tx.store.reckoning
	if r.marked != 0 && r.now-r.marked < markEvery.Milliseconds() {
		return
	}
	r.marked = r.now
	tx.exec("INSERT OR REPLACE INTO marks (number, reckoned) VALUES (?, ?)", number, r.now)
}

// olderThan returns the number before which all events are older than an age.
func (tx *Tx) olderThan(age time.Duration) (end int64) {
	r := tx.store.reckoning
	before := r.now - age.Milliseconds()
	if r.marked+markEvery.Milliseconds() <= before {
		return tx.store.seen.next
	}
	tx.row("SELECT coalesce(max(number), 0) FROM marks WHERE reckoned <= ?", []any{before}, &end)
	return end
}

// mend gives the events that were accepted by a clock that was far ahead the time
// of now, so that times do not decrease with their numbers.
func (tx *Tx) mend(now int64) {
	tx.exec("UPDATE events SET accepted = ?1 WHERE accepted > ?1", now)
	tx.store.seen.last = now
}

// reckonFirst begins with what a database says that knew no reckoning.
func (tx *Tx) reckonFirst() {
	now := time.Now().UnixMilli()
	if tx.store.clock != nil {
		now = tx.store.clock().UnixMilli()
	}
	tx.exec("UPDATE progress SET reckoned = min(?1, coalesce((SELECT accepted FROM events ORDER BY number DESC LIMIT 1), ?1))", now)
	tx.exec("INSERT INTO marks (number, reckoned) SELECT min(number), min(accepted, ?1) FROM events GROUP BY min(accepted, ?1) / ?2", now, markEvery.Milliseconds())
}

// reckon goes on from where the last process was.
func (s *Store) reckon(ctx context.Context) error {
	r := &s.reckoning
	err := s.query(ctx, "SELECT max(reckoned, coalesce((SELECT max(reckoned) FROM marks), 0)), coalesce((SELECT max(reckoned) FROM marks), 0) FROM progress", nil, func(scan func(...any) error) error {
		return scan(&r.now, &r.marked)
	})
	clock := time.Now
	if s.clock != nil {
		clock = s.clock
	}
	now := clock().UnixMilli()
	if r.now == 0 {
		r.now = now
	}
	r.step(now, 0, stepStopped)
	r.observe(clock())
	return err
}

// Reckoned is the bus's own time when it was opened.
func (s *Store) Reckoned() time.Time { return s.opened }
