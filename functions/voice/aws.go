package voice

import (
	"context"
	"strings"
	"unicode/utf8"

	awssms "github.com/aws/aws-sdk-go-v2/service/pinpointsmsvoicev2"
	"github.com/aws/aws-sdk-go-v2/service/pinpointsmsvoicev2/types"
	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/phone"
	"github.com/pai-notify/pai-notify/shared/target"
)

// maxText is what AWS reads, in characters. A listener takes in far less: the
// rest are bytes, of one reading.
const (
	maxText  = 3000
	maxTitle = 240
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

// Send makes the call; a test is checked by AWS and nobody is called.
func (a aws) Send(ctx context.Context, n target.Notification) error {
	body, ttl := spoken(n.Message, a.PlayTimes), int32(phone.TTL)
	return a.account().Send(ctx, n, a.Contact.Phone, func(ctx context.Context, client *awssms.Client) (*string, error) {
		out, err := client.SendVoiceMessage(ctx, &awssms.SendVoiceMessageInput{
			DestinationPhoneNumber: &a.Contact.Phone,
			OriginationIdentity:    &a.OriginationIdentity,
			MessageBody:            &body,
			MessageBodyTextType:    types.VoiceMessageBodyTextTypeText,
			VoiceId:                voiceOf(n.Message.Language),
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

// voiceOf returns a voice that speaks the language.
func voiceOf(l message.Language) types.VoiceId {
	switch l {
	case message.Chinese:
		return types.VoiceIdZhiyu
	case message.Japanese:
		return types.VoiceIdMizuki
	}
	return types.VoiceIdMatthew
}

// told are the fields that a call tells, in this order; "event" are the lines
// of a digest, of which it tells maxLines.
var told = [...]string{"event", "id", "status", "reason_code"}

const maxLines = 2

// spoken is the message in sentences, as often as it is to be read.
func spoken(m message.Message, times int) string {
	stop := message.Text{EN: ". ", ZH: "。", JA: "。"}.In(m.Language)
	var b strings.Builder
	b.WriteString(message.Clip(message.OneLine(m.Title), maxTitle) + stop)
	for _, key := range told {
		lines := 0
		for _, f := range m.Fields {
			if f.Key == key && f.Value != "" && lines < maxLines {
				lines++
				b.WriteString(message.Clip(message.OneLine(f.Label), maxLabel) + " " + message.Clip(message.OneLine(f.Value), maxValue) + stop)
			}
		}
	}
	once := b.String()
	for times > 1 && utf8.RuneCountInString(once)*times > maxText/2 {
		times-- // half, because some characters count as two
	}
	return strings.TrimSpace(strings.Repeat(once, times))
}

var _ target.Target = aws{}
