package voice

import (
	"context"
	"strings"
	"time"

	awssms "github.com/aws/aws-sdk-go-v2/service/pinpointsmsvoicev2"
	"github.com/aws/aws-sdk-go-v2/service/pinpointsmsvoicev2/types"
	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/phone"
	"github.com/pai-notify/pai-notify/shared/target"
)

// aws embeds the configuration as alibaba does.
type aws struct{ Config }

func newAWS(c Config) (target.Target, error) {
	a := aws{c}
	return a, a.AWS(platform).Check()
}

// Send makes the call; a test is checked by AWS and nobody is called.
func (a aws) Send(ctx context.Context, n target.Notification) (target.Receipt, error) {
	body, ttl := spoken(n.Message, a.PlayTimes), int32(phone.TTL)
	return a.AWS(platform).Send(ctx, n, a.Contact.Phone, func(ctx context.Context, client *awssms.Client) (*string, error) {
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

// What a call says around the words of the event.
var (
	colon = message.Text{EN: ": ", ZH: "：", JA: "、"}
	stop  = message.Text{EN: ". ", ZH: "。", JA: "。"}
	ran   = message.Text{EN: "It ran for ", ZH: "已运行 ", JA: "じっこうじかん、"}
	look  = message.Text{EN: "See PAI. ", ZH: "请查看 PAI。"}
	asked = message.Text{EN: "Rule ", ZH: "规则 ", JA: "ルール "}
)

// The time that a voice has for what happened, for the name of what it happened to,
// and for the rule. The name has no more than is left of a reading.
const (
	mostWhat = 5 * time.Second
	mostName = 6 * time.Second
	mostRule = 3 * time.Second
)

// spoken is what the call says: what happened to which job, and how long it ran, as
// often as it is to be read. The rule that woke whoever listens is named once, at
// the end, unless that takes the call beyond the time of its readings.
func spoken(m message.Message, times int) string {
	l := m.Language
	once := phone.HeardEnd(phone.What(m), l, mostWhat)
	named := func(most time.Duration) string { return phone.Heard(phone.Name(m), l, min(most, mostName)) }
	left := func() time.Duration { return phone.MostSpoken - phone.Lasts(once+colon.In(l)+ending(m), l) }
	if m.Ran > time.Minute && named(left()) != named(mostName) {
		m.Ran = m.Ran.Truncate(time.Minute) // the name says more than the seconds
	}
	name, end := named(left()), ending(m)
	if name != "" {
		once += colon.In(l) + name
	}
	text := strings.Repeat(once+end, times)
	if rule := phone.Heard(m.Rule, l, mostRule); rule != "" && rule != name {
		rule = asked.In(l) + rule + stop.In(l)
		if phone.Lasts(text+rule, l) <= time.Duration(times)*phone.MostSpoken {
			text += rule
		}
	}
	return strings.TrimSpace(text)
}

// ending is what a reading says after the name.
func ending(m message.Message) string {
	l := m.Language
	end := stop.In(l)
	if d := phone.Ran(m); d != "" {
		end += ran.In(l) + d + stop.In(l)
	}
	return end + look.In(l)
}

var _ target.Target = aws{}
