package store

import (
	"context"
	"strings"
)

// JobsAsked tells whether somebody has asked by job, and jobs are filled in.
func (s *Store) JobsAsked(ctx context.Context) (asked bool, err error) {
	err = s.query(ctx, "SELECT jobs > 0 FROM progress", nil, func(scan func(...any) error) error { return scan(&asked) })
	return asked, err
}

// jobsAtOnce is how many events one write notes the jobs of.
const jobsAtOnce = 500

// named begins what stands in the table of jobs for a name, in small letters: it is
// in no id.
const named = "\t"

// FillJobs notes what the events are about that came since it was last called: the
// id and the name that of returns for their JSON, "" for none.
func (s *Store) FillJobs(ctx context.Context, of func(body []byte) (id, name string)) error {
	for {
		var last int64
		found := 0
		var rows []row
		err := s.query(ctx, "SELECT number, body FROM events WHERE number > (SELECT jobs FROM progress) ORDER BY number LIMIT ?", []any{jobsAtOnce}, func(scan func(...any) error) error {
			var body []byte
			if err := scan(&last, &body); err != nil {
				return err
			}
			found++
			id, name := of(body)
			if id != "" {
				rows = append(rows, row{last >> 12, id, last})
			}
			if name != "" && name != id {
				rows = append(rows, row{last >> 12, named + strings.ToLower(name), last})
			}
			return nil
		})
		if err != nil || found == 0 {
			return err
		}
		err = s.Write(ctx, func(tx *Tx) error {
			tx.insert("INSERT OR IGNORE INTO jobs (block, job, event)", "", rows) // others may have been faster
			tx.exec("UPDATE progress SET jobs = max(jobs, ?)", last)
			return nil
		})
		if err != nil || found < jobsAtOnce {
			return err
		}
	}
}
