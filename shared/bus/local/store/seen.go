package store

import (
	"context"
	"encoding/binary"
	"hash/fnv"
	"io"
	"slices"
	"sync"
	"time"
)

// day is how long an event that is published again, with the same source and
// id, is known to have been published.
const day = 24 * time.Hour

// seen are the marks of the events of the last day, so that most new events are
// known to be new without a look at the database. A mark that is there leads to
// the event it was made from, which decides as long as it is in the history.
type seen struct {
	mu    sync.RWMutex
	hours []hour
	next  int64 // the number of the next event
	last  int64 // when the last event was accepted, by the clock that is told
}

// hour holds the marks of the events from since on, by the bus's own reckoning.
type hour struct {
	since int64
	marks map[uint64]int64
}

const millisecondsOfHour = int64(time.Hour / time.Millisecond)

// find returns the number of the event that a mark was made from, and a time, at
// most an hour before it was accepted.
func (s *seen) find(mark uint64) (number, since int64, ok bool) {
	for _, h := range slices.Backward(s.hours) {
		if number, ok := h.marks[mark]; ok {
			return number, h.since, true
		}
	}
	return 0, 0, false
}

// add notes a mark, and forgets those of the day before.
func (s *seen) add(mark uint64, number, accepted int64) {
	n := len(s.hours)
	if n == 0 || accepted >= s.hours[n-1].since+millisecondsOfHour {
		for len(s.hours) > 1 && s.hours[1].since <= accepted-int64(day/time.Millisecond) {
			s.hours = s.hours[1:]
		}
		s.hours = append(s.hours, hour{accepted, map[uint64]int64{}})
	}
	s.hours[len(s.hours)-1].marks[mark] = number
}

// markOf is the mark of an event: 64 bits of what names it.
func markOf(bus, source, id string) uint64 {
	h := fnv.New64a()
	for i, part := range [...]string{bus, source, id} {
		if i > 0 {
			_, _ = h.Write([]byte{0})
		}
		_, _ = io.WriteString(h, part)
	}
	return h.Sum64()
}

// remember reads the marks of the last day, and the number of the last event.
func (s *Store) remember(ctx context.Context) error {
	s.seen = &seen{}
	err := s.query(ctx, "SELECT number, accepted FROM events ORDER BY number DESC LIMIT 1", nil, func(scan func(...any) error) error {
		return scan(&s.seen.next, &s.seen.last)
	})
	if err != nil {
		return err
	}
	var first, accepted int64
	var marks []byte
	now := s.reckoning.now
	err = s.query(ctx, "SELECT first, min(accepted, ?1), marks FROM fingerprints WHERE accepted > ?2 ORDER BY first",
		[]any{now, now - int64(day/time.Millisecond)}, func(scan func(...any) error) error {
			if err := scan(&first, &accepted, &marks); err != nil {
				return err
			}
			for i := 0; i+8 <= len(marks); i += 8 {
				s.seen.add(binary.LittleEndian.Uint64(marks[i:]), first+int64(i/8), accepted)
			}
			// Numbers of events that are gone are not given again.
			s.seen.next = max(s.seen.next, first+int64(len(marks)/8)-1)
			return nil
		})
	s.seen.next++
	return err
}
