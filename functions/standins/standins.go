// Package standins is the register of what stands in for the platforms of the
// target types on one machine: one line for each. It is for the local program and
// for tests; functions run without it.
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
