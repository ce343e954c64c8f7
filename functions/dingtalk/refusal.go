package dingtalk

import (
	"strconv"
	"time"

	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/refusal"
	"github.com/pai-notify/pai-notify/shared/target"
)

const (
	// penalty is how long a robot stays blocked after more than 20 messages in
	// a minute (DingTalk documentation, custom robots).
	penalty = 10 * time.Minute
	// window is the minute in which the 20 are counted.
	window = time.Minute
	// quotaPause is for a quota whose end is not documented.
	quotaPause = time.Hour
)

// What a refusal may ask for, besides a fresh signature.
const (
	shorten refusal.Fix = "shorten"
	plain   refusal.Fix = "leave links out"
	reword  refusal.Fix = "write the keyword"
)

// refused classes a code other than 0.
func refused(code int64, status int, text string, l message.Language) error {
	return codes.Refuse(&target.Refusal{Platform: platform, Status: status, Code: strconv.FormatInt(code, 10), Text: text}, l)
}

// flowControl classes an answer of the gateway, which says how many seconds to
// wait. It counts like the robot's own limit, so the wait is at least a window
// and at most the penalty.
func flowControl(r reply, status int, l message.Language) error {
	wait := window
	if r.Wait > 0 {
		wait = time.Duration(min(max(r.Wait, window.Seconds()), penalty.Seconds()) * float64(time.Second))
	}
	return target.RetryAfter(wait, &target.Refusal{
		Platform: platform,
		Status:   status,
		Code:     strconv.FormatInt(r.Status, 10),
		Text:     "the gateway's flow control refused the request",
		Advice:   tooFastAdvice.In(l),
	})
}
