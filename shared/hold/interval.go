package hold

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Interval is a time of day that comes again, such as the nights of a week.
type Interval struct {
	// Name is what people call it, such as "nights".
	Name string `json:"name"`
	// From and To are times of day, such as "22:00"; one that ends before it begins
	// ends on the next day. "24:00" is the end of a day.
	From string `json:"from"`
	To   string `json:"to"`
	// Zone is a time zone of the IANA database, such as "Asia/Shanghai".
	Zone string `json:"zone"`
	// Days are those on which it begins, from "mon" to "sun"; none is every day.
	Days []string `json:"days,omitempty"`
}

// Days are the names of the days of a week, in the order of [time.Weekday].
var Days = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

// Check returns what is wrong with the interval.
func (i Interval) Check() error {
	_, _, _, err := i.read()
	return err
}

// End returns when the interval ends that a time is in, and false for a time that
// is in none. An interval that cannot be read holds nothing.
//
// A time of day that the change to summer time leaves out begins or ends an
// interval when the clocks are put forward. One that comes twice begins it at the
// first and ends it at the second, so that a night is never cut in two.
func (i Interval) End(at time.Time) (time.Time, bool) {
	from, to, in, err := i.read()
	if err != nil {
		return time.Time{}, false
	}
	local := at.In(in)
	for back := range 2 {
		first, last, ok := i.on(local.Year(), local.Month(), local.Day()-back, from, to, in)
		if ok && !at.Before(first) && at.Before(last) {
			return last, true
		}
	}
	return time.Time{}, false
}

// on returns when the interval begins that does so on a day, and when that one ends.
func (i Interval) on(year int, month time.Month, d, from, to int, in *time.Location) (first, last time.Time, ok bool) {
	day := time.Date(year, month, d, 12, 0, 0, 0, in)
	if len(i.Days) > 0 && !slices.Contains(i.Days, Days[day.Weekday()]) {
		return first, last, false
	}
	first, _ = clock(day, from)
	ends := day
	if to <= from {
		ends = day.AddDate(0, 0, 1)
	}
	_, last = clock(ends, to)
	return first, last, true
}

// Unbroken returns how long it is quiet without a pause, at most, and false where
// there is no pause at all. Nothing is held for longer than [Longest] even so.
func Unbroken(quiet []Interval) (longest time.Duration, pauses bool) {
	type span struct{ from, to time.Time }
	var spans []span
	// Two weeks have every change from one day of the week to another; one without a
	// change of the clocks does.
	const days = 15
	for _, i := range quiet {
		from, to, in, err := i.read()
		if err != nil {
			continue
		}
		for d := range days {
			if first, last, ok := i.on(2026, time.January, 5+d, from, to, in); ok {
				spans = append(spans, span{first, last})
			}
		}
	}
	slices.SortFunc(spans, func(a, b span) int { return a.from.Compare(b.from) })
	var at span
	for n, s := range spans {
		if n == 0 || s.from.After(at.to) {
			at = s
		} else if s.to.After(at.to) {
			at.to = s.to
		}
		longest = max(longest, at.to.Sub(at.from))
	}
	return longest, longest < (days-2)*24*time.Hour
}

// clock returns the first and the last moment of a day at which clocks show a time
// of day, in minutes; where they never do, the moment that they are put forward.
func clock(day time.Time, minutes int) (first, last time.Time) {
	at := time.Date(day.Year(), day.Month(), day.Day(), 0, minutes, 0, 0, day.Location())
	// Clocks are changed by two hours at most.
	const change = 3 * time.Hour
	_, before := at.Add(-change).Zone()
	if _, after := at.Add(change).Zone(); before == after {
		return at, at
	}
	shown := func(t time.Time) int { // in minutes since the day's midnight
		y, m, d := t.Date()
		between := time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Sub(time.Date(day.Year(), day.Month(), day.Day(), 0, 0, 0, 0, time.UTC))
		return int(between.Minutes()) + t.Hour()*60 + t.Minute()
	}
	first, last = at, at
	for off := -change; off <= change; off += 15 * time.Minute {
		if t := at.Add(off); shown(t) == minutes {
			if t.Before(first) || shown(first) != minutes {
				first = t
			}
			if t.After(last) || shown(last) != minutes {
				last = t
			}
		}
	}
	if shown(first) == minutes {
		return first, last
	}
	// Left out: the first moment that shows more.
	t := at.Add(-change).Truncate(time.Minute)
	for shown(t) < minutes {
		t = t.Add(time.Minute)
	}
	return t, t
}

func (i Interval) read() (from, to int, in *time.Location, err error) {
	if from, err = minutes(i.From); err != nil {
		return 0, 0, nil, err
	}
	if to, err = minutes(i.To); err != nil {
		return 0, 0, nil, err
	}
	for _, d := range i.Days {
		if !slices.Contains(Days, d) {
			return 0, 0, nil, fmt.Errorf("hold: %q is no day of the week: use %s", d, strings.Join(Days, ", "))
		}
	}
	if in, err = zone(i.Zone); err != nil {
		return 0, 0, nil, err
	}
	return from, to, in, nil
}

// minutes reads a time of day, such as "22:00", as minutes since midnight.
func minutes(text string) (int, error) {
	var h, m int
	if len(text) == 5 && text[2] == ':' {
		digits := text[:2] + text[3:]
		if strings.Trim(digits, "0123456789") == "" {
			h, m = int(text[0]-'0')*10+int(text[1]-'0'), int(text[3]-'0')*10+int(text[4]-'0')
			if h < 24 && m < 60 || h == 24 && m == 0 {
				return h*60 + m, nil
			}
		}
	}
	return 0, fmt.Errorf("hold: %q is not a time of day: use hours and minutes, such as \"22:00\"", text)
}
