package dingtalk

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pai-notify/pai-notify/shared/message"
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

// fix is what may be corrected, once, after a refusal.
type fix int

const (
	shorten fix = iota + 1
	resign
	plain
	reword
)

// correctable is a refusal that a corrected request may overcome.
type correctable struct {
	*target.Refusal
	fix fix
}

// Unwrap gives out the refusal.
func (c *correctable) Unwrap() error { return c.Refusal }

// row is what one code means.
type row struct {
	code int64
	// words tell apart the meanings of one code; a row without any is for
	// every other text. They are compared in lower case.
	words  []string
	mark   func(error) error
	fix    fix
	advice message.Text
}

func later(wait time.Duration) func(error) error {
	return func(err error) error { return target.RetryAfter(wait, err) }
}

func transient(err error) error { return err }

// refusal classes a code other than 0. A code that is not in the table may be
// transient: the error is unmarked and keeps the code.
func refusal(code int64, status int, text string, l message.Language) error {
	r := &target.Refusal{Platform: platform, Status: status, Code: strconv.FormatInt(code, 10), Text: text}
	lower := strings.ToLower(text)
	i := slices.IndexFunc(rows, func(row row) bool {
		return row.code == code && (row.words == nil || slices.ContainsFunc(row.words, func(w string) bool {
			return strings.Contains(lower, w)
		}))
	})
	if i < 0 {
		r.Advice = unknownAdvice.In(l)
		return r
	}
	r.Advice = rows[i].advice.In(l)
	if rows[i].fix != 0 {
		return &correctable{r, rows[i].fix}
	}
	return rows[i].mark(r)
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
