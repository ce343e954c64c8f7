package event

import (
	"strconv"
	"strings"
	"time"
)

// China has one zone and no daylight saving time, so the two names that
// EventBridge was seen to write need no zone database, which a function's
// sandbox may lack.
var china = time.FixedZone("+08:00", 8*60*60)

var timeLayouts = []string{
	time.RFC3339Nano,
	"2006-01-02T15:04:05.999999999",
	"2006-01-02T15:04:05.999999999Z0700",
	"2006-01-02T15:04:05.999999999Z07",
}

// parseTime reads the forms of a time seen in EventBridge events, and their
// likes: RFC 3339, also with a blank or "t" before the time of day and with an
// offset without a colon; the same without a zone, or with a zone's name glued
// to it ("2020-08-17T16:04:46.149Asia/Shanghai", "…PRC") or in brackets; and
// milliseconds since 1970. A time without a zone is taken as China's.
func parseTime(s string) (time.Time, bool) {
	s = strings.TrimSpace(s)
	if t, err := time.Parse(time.RFC3339Nano, s); err == nil {
		return t, true
	}
	if ms, err := strconv.ParseInt(s, 10, 64); err == nil && ms >= 1e12 && ms < 1e14 {
		return time.UnixMilli(ms).UTC(), true
	}
	const date = len("2006-01-02")
	if len(s) <= date {
		return time.Time{}, false
	}
	// A zone's name begins at the first letter of the time of day.
	day, clock := s[:date], strings.TrimLeft(s[date:], "Tt ")
	name := ""
	if i := strings.IndexFunc(clock, letter); i >= 0 {
		clock, name = strings.TrimRight(clock[:i], " ["), strings.Trim(clock[i:], "[] ")
	}
	clock = strings.ReplaceAll(clock, " ", "")
	zone := china
	switch strings.ToUpper(name) {
	case "", "PRC", "ASIA/SHANGHAI", "CST":
	case "Z":
		zone = time.UTC
	default:
		var err error
		if zone, err = time.LoadLocation(name); err != nil {
			return time.Time{}, false
		}
	}
	for _, layout := range timeLayouts {
		// An offset counts more than a name beside it.
		if t, err := time.ParseInLocation(layout, day+"T"+clock, zone); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

func letter(r rune) bool { return r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' }
