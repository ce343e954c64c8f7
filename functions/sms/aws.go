package sms

import (
	"context"
	"strings"
	"unicode/utf16"

	awssms "github.com/aws/aws-sdk-go-v2/service/pinpointsmsvoicev2"
	"github.com/aws/aws-sdk-go-v2/service/pinpointsmsvoicev2/types"
	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/phone"
	"github.com/pai-notify/pai-notify/shared/target"
)

// maxText is what AWS takes, in characters. Every part of a text is paid for,
// so titles and reasons are kept short far below it; these are bytes.
const (
	maxText  = 1600
	maxTitle = 180
	maxLabel = 60
	maxValue = 180
)

// aws embeds the configuration as alibaba does.
type aws struct{ Config }

func newAWS(c Config) (target.Target, error) {
	a := aws{c}
	return a, a.account().Check()
}

func (a aws) account() phone.AWS {
	return phone.AWS{Platform: platform, Region: a.Region, Endpoint: a.Endpoint, Origination: a.OriginationIdentity}
}

// Send sends the text; a test is checked by AWS and not sent.
func (a aws) Send(ctx context.Context, n target.Notification) error {
	body, ttl := text(n.Message), int32(phone.TTL)
	return a.account().Send(ctx, n, a.Contact.Phone, func(ctx context.Context, client *awssms.Client) (*string, error) {
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

// told are the fields that a text tells, in this order; "event" are the lines
// of a digest, of which it tells maxLines.
var told = [...]string{"event", "id", "status", "sub_status", "reason", "snapshot_message", "workspace", "time"}

const maxLines = 5

// text is the message in few words: what happened, to which job, its status
// and the reason, and the link when there is room.
func text(m message.Message) string {
	var b strings.Builder
	b.WriteString(message.Clip(message.OneLine(m.Title), maxTitle))
	for _, key := range told {
		lines := 0
		for _, f := range m.Fields {
			if f.Key != key || f.Value == "" || lines == maxLines {
				continue
			}
			lines++
			appendLine(&b, message.Clip(message.OneLine(f.Label), maxLabel)+": "+message.Clip(message.OneLine(f.Value), maxValue))
		}
	}
	if m.Link != "" {
		appendLine(&b, m.Link)
	}
	return b.String()
}

// appendLine adds a line if there is room for all of it.
func appendLine(b *strings.Builder, line string) {
	if characters(b.String())+1+characters(line) <= maxText {
		b.WriteString("\n" + line)
	}
}

func characters(s string) int { return len(utf16.Encode([]rune(s))) }

var _ target.Target = aws{}
