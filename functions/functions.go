// Package functions is the register of target types, with one line for each.
// Nothing else lists them all.
package functions

import (
	"slices"

	"github.com/pai-notify/pai-notify/functions/dingtalk"
	"github.com/pai-notify/pai-notify/functions/email"
	"github.com/pai-notify/pai-notify/functions/http"
	"github.com/pai-notify/pai-notify/functions/lark"
	"github.com/pai-notify/pai-notify/functions/sms"
	"github.com/pai-notify/pai-notify/functions/voice"
	"github.com/pai-notify/pai-notify/functions/wecom"
	"github.com/pai-notify/pai-notify/shared/target"
)

// Register returns the target types in alphabetical order. Each has a folder
// here, a function in template.yaml and s.yaml, and a row in the README.
func Register() []target.Spec {
	return []target.Spec{
		dingtalk.Spec,
		email.Spec,
		http.Spec,
		lark.Spec,
		sms.Spec,
		voice.Spec,
		wecom.Spec,
	}
}

// Lookup returns the target type of that name.
func Lookup(typ string) (target.Spec, bool) {
	list := Register()
	i := slices.IndexFunc(list, func(s target.Spec) bool { return s.Type == typ })
	if i < 0 {
		return target.Spec{}, false
	}
	return list[i], true
}
