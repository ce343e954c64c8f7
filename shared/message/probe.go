package message

import "github.com/pai-notify/pai-notify/shared/event"

// Probe is the message of a connectivity test: it says that it is one, and that
// there is nothing to do.
func Probe(l Language, rule string) Message {
	return Message{
		Language: l,
		Severity: event.Info,
		What:     probeTitle.In(l),
		Title:    probeTitle.In(l),
		Next:     probeNext.In(l),
		Subject:  "pai-notify-test",
		Type:     "pai-notify.test",
		Rule:     rule,
	}
}

var (
	probeTitle = Text{"Test message from pai-notify", "pai-notify 连通性测试", "pai-notify 接続テスト"}
	probeNext  = Text{
		"You can receive notifications of this rule. No action needed.",
		"看到这条消息，说明该规则的通知能够送达。无需处理。",
		"このメッセージが届いていれば、このルールの通知も届きます。対応は不要です。",
	}
)
