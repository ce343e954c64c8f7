// Package standins is the register of the target types' local stand-ins, with one
// line for each. The local program and tests use it; functions do not link it.
package standins

import (
	dingtalk "github.com/pai-notify/pai-notify/functions/dingtalk/standin"
	email "github.com/pai-notify/pai-notify/functions/email/standin"
	http "github.com/pai-notify/pai-notify/functions/http/standin"
	lark "github.com/pai-notify/pai-notify/functions/lark/standin"
	sms "github.com/pai-notify/pai-notify/functions/sms/standin"
	voice "github.com/pai-notify/pai-notify/functions/voice/standin"
	wecom "github.com/pai-notify/pai-notify/functions/wecom/standin"
	"github.com/pai-notify/pai-notify/shared/inbox"
)

// All returns the stand-ins in alphabetical order of their types.
func All() []inbox.Platform {
	return []inbox.Platform{
		dingtalk.Platform,
		email.Platform,
		http.Platform,
		lark.Platform,
		sms.Platform,
		voice.Platform,
		wecom.Platform,
	}
}
