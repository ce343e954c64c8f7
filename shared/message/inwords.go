package message

import "time"

// InWords writes a duration by its largest unit and the next, as it is said, such
// as "3 days 17 hours"; "" for less than a second.
func InWords(d time.Duration, l Language) string {
	return inUnits(int64(d/time.Second), spokenUnits, l)
}
