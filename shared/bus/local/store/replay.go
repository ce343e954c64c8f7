package store

import (
	"context"
	"time"
)

// Bodies hands the bodies of a bus's events to each, the newest first, of those
// accepted since a time at most most. A body is each's own.
func (s *Store) Bodies(ctx context.Context, bus string, since time.Time, most int, each func(number int64, body []byte)) error {
	first, err := s.since(ctx, since)
	if err != nil {
		return err
	}
	return s.query(ctx, "SELECT number, body FROM events WHERE number >= ? AND bus = ? ORDER BY number DESC LIMIT ?",
		[]any{first, bus, most}, func(scan func(...any) error) error {
			var number int64
			var body []byte
			if err := scan(&number, &body); err != nil {
				return err
			}
			each(number, body)
			return nil
		})
}
