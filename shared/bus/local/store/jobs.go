package store

import "context"

// JobsAsked tells whether somebody has asked by job, and jobs are filled in.
func (s *Store) JobsAsked(ctx context.Context) (asked bool, err error) {
	err = s.query(ctx, "SELECT jobs > 0 FROM progress", nil, func(scan func(...any) error) error { return scan(&asked) })
	return asked, err
}

// jobsAtOnce is how many events one write notes the jobs of.
const jobsAtOnce = 500

// FillJobs notes what the events are about that came since it was last called: the
// answers of of for their JSON, "" for nothing.
func (s *Store) FillJobs(ctx context.Context, of func(body []byte) string) error {
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
			if job := of(body); job != "" {
				rows = append(rows, row{last >> 12, job, last})
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
