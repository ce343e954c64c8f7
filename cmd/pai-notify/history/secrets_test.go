package history

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/bus/local"
	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/provision"
	"github.com/pai-notify/pai-notify/shared/target"
)

func TestTheSecretsOfAReceiverAreFoundInEveryFormOfATarget(t *testing.T) {
	a, b := target.Receiver{Type: "dingtalk", Name: "a"}, target.Receiver{Type: "dingtalk", Name: "b"}
	died, done := event.Rule{Name: "died"}, event.Rule{Name: "done"}
	for name, c := range map[string]bus.Target{
		"plain":  {Function: "f", Rule: done, Receiver: b},
		"coarse": {Function: "f", Rule: done, Receiver: b, Patterns: []string{"{}"}},
		"a list": {Function: "f", List: []bus.Carried{{Rule: died, Receivers: []target.Receiver{a, b}}, {Rule: done, Receivers: []target.Receiver{a, b}}}},
	} {
		state := provision.State{Rules: []provision.Rule{{Targets: []bus.Target{{Altered: "somebody else's"}}}, {Targets: []bus.Target{c}}}}
		function, to, ok := carriedTo(state, local.Redriven{ToRule: "done", ToTarget: "dingtalk/b"})
		require.True(t, ok, name)
		assert.Equal(t, "f", function)
		assert.Equal(t, b, to)
		for _, r := range []local.Redriven{{ToRule: "done", ToTarget: "dingtalk/c"}, {Notification: local.Notification{Owner: "another"}, ToRule: "done", ToTarget: "dingtalk/b"}} {
			_, _, ok = carriedTo(state, r)
			assert.False(t, ok, name)
		}
	}
}
