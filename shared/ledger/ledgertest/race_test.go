//go:build race

package ledgertest

// The race detector makes a simulation several times slower, and has nothing to
// find in one where one thing happens at a time.
func init() { seeds, notificationsOfEach = seeds[:1], 3_000 }
