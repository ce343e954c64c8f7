package wecom

import (
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/target"
	"github.com/pai-notify/pai-notify/shared/webhook"
)

// pause is the wait after too many messages. WeCom counts them by the minute
// and does not say when it forgives; a little more than the minute is what
// senders in the field wait.
const pause = 65 * time.Second

// fix is what may be corrected, once, after a refusal.
type fix int

const (
	shorten fix = iota + 1
	strip
	unmention
	uncard
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

type reply struct {
	Code *int64          `json:"errcode"`
	Text json.RawMessage `json:"errmsg"`
}

func (r reply) text() string {
	var s string
	if json.Unmarshal(r.Text, &s) != nil {
		return string(r.Text)
	}
	return s
}

// verdict returns nil only for a 2xx whose body has the code 0. What WeCom
// said goes into errors without the parts that are nobody's business.
func verdict(answer *webhook.Answer, l message.Language) error {
	err := judge(answer, l)
	if refused, ok := errors.AsType[*target.Refusal](err); ok {
		refused.Text = own(refused.Text)
	}
	return err
}

func judge(answer *webhook.Answer, l message.Language) error {
	var r reply
	unread := answer.JSON(&r)
	if unread == nil && r.Code != nil && *r.Code != 0 {
		return refusal(*r.Code, answer.Status, answer.Extract(own(r.text())), l)
	}
	if err := answer.Verdict(); err != nil {
		return err
	}
	switch {
	case unread != nil:
		return unread
	case r.Code == nil:
		return answer.Unclear("the answer has no errcode")
	case strings.Contains(strings.ToLower(r.text()), malformed):
		return target.Permanent(&target.Refusal{Platform: platform, Status: answer.Status, Code: "0", Text: answer.Extract(own(r.text())), Advice: malformedAdvice.In(l)})
	}
	return nil
}

// malformed is in the text of an answer to a request whose JSON WeCom could
// not read whole. With the code 0 beside it senders have seen messages that
// never appeared, so it is no success.
const malformed = "wrong json format"

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

// own returns the beginning of an errmsg: after it WeCom writes a hint id, the
// address of the caller and where to read more.
func own(text string) string {
	for _, foreign := range [...]string{"hint:", "from ip", "more info at"} {
		if before, _, found := strings.Cut(text, foreign); found {
			text = strings.TrimRight(before, " ,.")
		}
	}
	return text
}
