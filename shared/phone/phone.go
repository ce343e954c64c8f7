// Package phone is what text messages and calls share: the forms of a phone
// number, the variables of approved templates, the APIs of the two clouds, and the
// outcome of a request that got no answer.
//
// A message to a phone costs money and wakes people, so it is sent at most once:
// when a platform may have accepted it, it is sent again only if the platform's
// own records say that it was not accepted.
package phone

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/target"
	"github.com/pai-notify/pai-notify/shared/webhook"
)

// CheckContact tells what is wrong with the number of a contact. It is E.164:
// a plus, the country code and the number, together at most 15 digits. The
// error does not show the number.
func CheckContact(c target.Contact) error {
	digits, plus := strings.CutPrefix(c.Phone, "+")
	switch {
	case c.Phone == "":
		return target.Invalid("contact", "%s has no phone", who(c))
	case !plus, len(digits) < 7, len(digits) > 15, strings.Trim(digits, "0123456789") != "", digits[0] == '0':
		return target.Invalid("contact", "phone of %s must be a plus, the country code and the number, such as +8613912345678", who(c))
	}
	return nil
}

func who(c target.Contact) string {
	if c.Name == "" {
		return "a contact without a name"
	}
	return c.Name
}

// OneLine tells of a name, such as that of a template or a number's, that it is
// there and could be one.
func OneLine(s string) bool {
	return s != "" && len(s) <= 256 && strings.TrimSpace(s) == s && !strings.ContainsAny(s, "\r\n\t")
}

// TemplateCode tells of a text that it can be the code of an approved template,
// such as SMS_123456789: the prefix, then letters and digits.
func TemplateCode(prefix, code string) bool {
	rest, ok := strings.CutPrefix(code, prefix)
	return ok && rest != "" && len(code) <= 256 && strings.Trim(strings.ToUpper(rest), "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") == ""
}

// Mainland returns the part of a number after +86, and whether it has one.
func Mainland(e164 string) (national string, ok bool) {
	return strings.CutPrefix(e164, "+86")
}

// Mobile tells of a national number of the Chinese mainland that it is a
// mobile one.
func Mobile(national string) bool {
	return len(national) == 11 && national[0] == '1' && national[1] >= '3'
}

// attempt is how long a platform has to answer. Both clouds answer within a
// second.
const attempt = 10 * time.Second

// Attempt returns a context for the request that sends. It leaves a third of
// the time that is left for asking, after a request in doubt, what became of
// it.
func Attempt(ctx context.Context) (context.Context, context.CancelFunc) {
	limit := attempt
	if end, ok := ctx.Deadline(); ok {
		limit = min(limit, time.Until(end)*2/3)
	}
	return context.WithTimeout(ctx, limit)
}

// Doubt is the end of a request that the platform may have taken.
type Doubt struct {
	// Refused tells that the platform did say that it failed.
	Refused bool

	refusal *target.Refusal
	cause   error
}

func (d *Doubt) Error() string { return d.refusal.Error() }

// Unwrap gives out the refusal and what caused it.
func (d *Doubt) Unwrap() []error {
	if d.cause == nil {
		return []error{d.refusal}
	}
	return []error{d.refusal, d.cause}
}

// Again returns what the platform said without the doubt: another try may help,
// after a pause in which its records can catch up. Each uses up a retry, because
// it is the platform's word alone that the message was not taken.
func (d *Doubt) Again() error {
	return target.RetryAfter(recordsDelay, target.Unconfirmed(d.refusal))
}

// recordsDelay is a guess: no platform documents how late its records are.
const recordsDelay = time.Minute

// Unresolved is the end of a doubt that nothing resolved: [target.Unknown].
func (d *Doubt) Unresolved(l message.Language) error {
	r := *d.refusal
	r.Advice = doubtAdvice.In(l)
	return target.Unknown(&Doubt{Refused: d.Refused, refusal: &r, cause: d.cause})
}

// AsDoubt returns the doubt in err.
func AsDoubt(err error) (*Doubt, bool) { return errors.AsType[*Doubt](err) }

// Unknown marks err by [target.Unknown] if it is a [Doubt], and returns any
// other as it is. It is for platforms that cannot be asked what they took.
func Unknown(err error) error {
	if d, ok := AsDoubt(err); ok {
		if d.Refused {
			return d.Again() // the platform's word is all there is
		}
		return target.Unknown(d)
	}
	return err
}

func doubt(platform string, l message.Language, cause error) *Doubt {
	return &Doubt{cause: cause, refusal: &target.Refusal{
		Platform: platform,
		Text:     strings.TrimPrefix(cause.Error(), platform+": "),
		Advice:   doubtAdvice.In(l),
	}}
}

// Advice returns what both clouds' answers to any phone advise.
func Advice() []message.Text {
	return slices.Concat(account.Advice(), awsCodes.Advice(), webhook.Advice(), []message.Text{doubtAdvice, unknownAdvice})
}

var doubtAdvice = message.Text{
	EN: "Whether it was taken is not known, and it is not sent again so as not to send it twice: the platform's own records tell.",
	ZH: "无法确认平台是否已受理；为避免重复发送，不会重发。请在平台的发送记录中核实。",
	JA: "受け付けられたか不明です。二重送信を避けるため再送しません。プラットフォームの送信記録で確認してください。",
}
