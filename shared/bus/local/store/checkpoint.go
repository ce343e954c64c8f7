package store

import "context"

const (
	// commitsToCheckpoint is how many commits are worth a checkpoint: some 1,000
	// pages under load, which is SQLite's own measure.
	commitsToCheckpoint = 64
	// pagesToCheckpoint is the length of the log, 64 MB, at which the writer makes
	// a checkpoint itself, because there was never a moment to begin the log anew.
	pagesToCheckpoint = "16000"
)

// checkpoints brings the log into the database beside the writer, who would keep
// publishers waiting for milliseconds if it did so inside of a commit.
func (s *Store) checkpoints(ctx context.Context) {
	defer close(s.checkpointed)
	for range s.due {
		if s.dir == inMemory {
			continue // it has no log, and one more connection would only be in the way
		}
		// Passive: it waits for nobody and nobody waits for it. What it does not
		// reach, the next one does; the writer meets what is wrong with the disk.
		_, _ = s.write.ExecContext(ctx, "PRAGMA wal_checkpoint(PASSIVE)")
	}
}
