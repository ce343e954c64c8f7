package phone

import (
	"strings"
	"time"

	"github.com/pai-notify/pai-notify/shared/target"
)

// Doubtful is for a failure that the platform itself reports of a message, after
// which its records are asked.
func Doubtful(r *target.Refusal) error { return &Doubt{Refused: true, refusal: r} }

// unsure is for a failure on the way after which nobody knows, not even the one
// who reports it.
func unsure(r *target.Refusal) error { return &Doubt{refusal: r} }

// flow is for what passes after a wait that the platform's words name.
func flow(r *target.Refusal) error { return target.RetryAfter(flowWait(r.Text), r) }

// flowWait returns how long a flow control lasts. Its words name the level, as
// in "触发分钟级流控Permits:1"; without one an hour is between too soon and
// too late.
func flowWait(text string) time.Duration {
	lower := strings.ToLower(text)
	for _, level := range [...]struct {
		zh, en string
		wait   time.Duration
	}{
		{"分钟", "minute", time.Minute},
		{"小时", "hour", time.Hour},
		{"天", "day", 24 * time.Hour},
	} {
		if strings.Contains(lower, level.zh) || strings.Contains(lower, level.en) {
			return level.wait
		}
	}
	return time.Hour
}
