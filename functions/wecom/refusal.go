package wecom

import (
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/refusal"
	"github.com/pai-notify/pai-notify/shared/target"
	"github.com/pai-notify/pai-notify/shared/webhook"
)

// pause is the wait after too many messages. WeCom counts them by the minute
// and does not say when it forgives; a little more than the minute is what
// senders in the field wait.
const pause = 65 * time.Second

// What a refusal may ask for.
const (
	shorten   refusal.Fix = "shorten"
	strip     refusal.Fix = "leave odd characters out"
	unmention refusal.Fix = "mention no members"
	uncard    refusal.Fix = "use markdown"
)

type reply struct {
	Code *int64          `json:"errcode"`
	Text json.RawMessage `json:"errmsg"`
}

// verdict returns nil only for a 2xx whose body has the code 0. What WeCom
// said goes into errors without the parts that are nobody's business.
func verdict(answer *webhook.Answer, l message.Language) error {
	err := judge(answer, l)
	if r, ok := errors.AsType[*target.Refusal](err); ok {
		r.Text = own(r.Text)
	}
	return err
}

func judge(answer *webhook.Answer, l message.Language) error {
	var r reply
	unread := answer.JSON(&r)
	text := func() string { return answer.Extract(own(webhook.Words(r.Text))) }
	err := answer.Coded("errcode", r.Code, unread, func(code int64) error {
		return refused(code, answer.Status, text(), l)
	})
	if err == nil && strings.Contains(strings.ToLower(webhook.Words(r.Text)), malformed) {
		return target.Permanent(&target.Refusal{Platform: platform, Status: answer.Status, Code: "0", Text: text(), Advice: malformedAdvice.In(l)})
	}
	return err
}

// malformed is in the text of an answer to a request whose JSON WeCom could
// not read whole. With the code 0 beside it senders have seen messages that
// never appeared, so it is no success.
const malformed = "wrong json format"

// refused classes a code other than 0.
func refused(code int64, status int, text string, l message.Language) error {
	return codes.Refuse(&target.Refusal{Platform: platform, Status: status, Code: strconv.FormatInt(code, 10), Text: text}, l)
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
