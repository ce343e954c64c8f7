package message

import "time"

// Value returns what the event says by the key of a field, written for people,
// whether the message shows it or not: an approved template may ask for what is
// not worth a line. It is "" when the event has no such value.
func (m Message) Value(key string) string {
	if value := valueOf(m, key); value != "" {
		return value
	}
	return Clip(labelFor(key).unit.written(m.of.raw(key), m.Language, m.Time), maxValue)
}

// InWords writes a duration by its largest unit and the next, as it is said, such
// as "3 days 17 hours"; "" for less than a second.
func InWords(d time.Duration, l Language) string {
	return inUnits(int64(d/time.Second), spokenUnits, l)
}
