package sms

import (
	"cmp"
	"context"
	"slices"
	"strings"

	awssms "github.com/aws/aws-sdk-go-v2/service/pinpointsmsvoicev2"
	"github.com/aws/aws-sdk-go-v2/service/pinpointsmsvoicev2/types"
	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/phone"
	"github.com/pai-notify/pai-notify/shared/target"
)

// aws embeds the configuration as alibaba does.
type aws struct{ Config }

// maxParts keeps a text within the 1600 characters that AWS takes.
const maxParts = 10

func newAWS(c Config) (target.Target, error) {
	if c.MaxParts < 0 || c.MaxParts > maxParts {
		return nil, target.Invalid("max_parts", "is %d; it must be 1 to %d", c.MaxParts, maxParts)
	}
	c.MaxParts = cmp.Or(c.MaxParts, 1)
	a := aws{c}
	return a, a.AWS(platform).Check()
}

// Send sends the text; a test is checked by AWS and not sent.
func (a aws) Send(ctx context.Context, n target.Notification) (target.Receipt, error) {
	body, ttl := text(n.Message, a.MaxParts), int32(phone.TTL)
	return a.AWS(platform).Send(ctx, n, a.Contact.Phone, func(ctx context.Context, client *awssms.Client) (*string, error) {
		out, err := client.SendTextMessage(ctx, &awssms.SendTextMessageInput{
			DestinationPhoneNumber: &a.Contact.Phone,
			OriginationIdentity:    &a.OriginationIdentity,
			MessageBody:            &body,
			MessageType:            types.MessageTypeTransactional,
			TimeToLive:             &ttl,
			Context:                map[string]string{"notification": n.ID},
			DryRun:                 n.Test,
		})
		if err != nil {
			return nil, err
		}
		return out.MessageId, nil
	})
}

// A reason of fewer places than leastReason tells nothing. One of more than
// fairReason gives way to the name of the rule.
const (
	leastReason = 20
	fairReason  = 60
)

var ran = message.Text{EN: "Ran for ", ZH: "已运行 ", JA: "実行時間 "}

// The lines of a text, in their order.
const (
	lineTitle = iota
	lineReason
	lineRan
	lineID
	lineLink
	lineRule
	lineCount
)

// text is the message in so many parts: what happened to which job, why, and the
// job's id, which people search for. Of the rest it has what takes no further part:
// first the rule, which people mute or mend, or how long the job ran where no
// reason is told. The link comes last: it takes more than a part of Chinese or
// Japanese.
func text(m message.Message, parts int) string {
	id := message.OneLine(phone.ID(m))
	reason := message.OneLine(cmp.Or(m.Value("reason"), m.Value("snapshot_message")))
	if id != "" { // names of workers begin with it
		reason = strings.ReplaceAll(reason, id+"-", "")
	}
	title, rule := message.OneLine(m.Title), message.OneLine(m.Rule)
	in := alphabetOf(gsm.write(title + id + reason))
	room := in.room(parts)

	var lines [lineCount]string
	if !strings.Contains(title, id) {
		lines[lineID] = in.cut(in.write(id), room/2)
	}
	lines[lineTitle] = in.cut(in.write(title), room-in.size(lines[lineID])-1)
	left := room - in.size(joined(lines)) - 1
	if forRule := in.size(rule) + 1; left-forRule >= fairReason {
		left -= forRule
	}
	if reason = in.write(reason); in.size(reason) <= left || left >= leastReason {
		lines[lineReason] = in.cut(reason, left)
	}
	try := func(line int, value string) {
		with := lines
		if with[line] = value; fits(joined(with), parts) {
			lines = with
		}
	}
	var lasted string
	if d := message.InWords(m.Ran, m.Language); d != "" {
		lasted = ran.In(m.Language) + d
	}
	if lines[lineReason] == "" {
		try(lineRan, lasted)
	}
	try(lineRule, rule)
	try(lineRan, lasted)
	try(lineLink, m.Link)
	return joined(lines)
}

// joined are the lines that say something.
func joined(lines [lineCount]string) string {
	return strings.Join(slices.DeleteFunc(lines[:], func(line string) bool { return line == "" }), "\n")
}

var _ target.Target = aws{}
