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
	"2006-01-02 15:04:05.999999999Z07:00",
	"2006-01-02 15:04:05.999999999",
}

// parseTime reads the forms of a time seen in EventBridge events: RFC 3339,
// the same without a zone or with a zone's name glued to it
// ("2020-08-17T16:04:46.149Asia/Shanghai", "…PRC"), and milliseconds since
// 1970. A time without a zone is taken as China's.
func parseTime(s string) (time.Time, bool) {
	s = strings.TrimSpace(s)
	if s == "" {
		return time.Time{}, false
	}
	for _, layout := range timeLayouts {
		if t, err := time.ParseInLocation(layout, s, china); err == nil {
			return t, true
		}
	}
	if ms, err := strconv.ParseInt(s, 10, 64); err == nil && ms >= 1e12 && ms < 1e14 {
		return time.UnixMilli(ms).UTC(), true
	}
	// A zone's name begins at the first letter after the T of the date.
	cut := strings.IndexFunc(s[min(len(s), 11):], func(r rune) bool { return r >= 'A' && r <= 'Z' })
	if cut < 0 {
		return time.Time{}, false
	}
	cut += 11
	zone := china
	if name := strings.Trim(s[cut:], "[] "); name != "PRC" && name != "Asia/Shanghai" && name != "CST" {
		var err error
		if zone, err = time.LoadLocation(name); err != nil {
			return time.Time{}, false
		}
	}
	for _, layout := range timeLayouts[1:] {
		if t, err := time.ParseInLocation(layout, strings.TrimSpace(s[:cut]), zone); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}
