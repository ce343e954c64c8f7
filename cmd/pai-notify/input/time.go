package input

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// ReadTime reads a date of this machine's zone, a time, or how long ago it was;
// zero for "".
func ReadTime(text string, now time.Time) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	if t, err := time.ParseInLocation(time.DateOnly, text, time.Local); err == nil {
		return t, nil
	}
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return t, nil
	}
	if ago, err := time.ParseDuration(text); err == nil && ago >= 0 {
		return now.Add(-ago), nil
	}
	if days, err := strconv.ParseUint(strings.TrimSuffix(text, "d"), 10, 16); err == nil && strings.HasSuffix(text, "d") {
		return now.AddDate(0, 0, -int(days)), nil
	}
	return time.Time{}, fmt.Errorf("%s: invalid time: write 2026-01-02, 2026-01-02T15:04:05Z, or how long ago, such as 36h or 7d", text)
}
