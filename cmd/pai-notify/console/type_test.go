package console_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/console"
	"github.com/pai-notify/pai-notify/functions/standins/standintest"
	"github.com/pai-notify/pai-notify/shared/bus/local"
)

func TestATypeIsShownByTheRegistersAlone(t *testing.T) {
	m := start(t, small, func(o *console.Options, _ *local.Options) {
		o.Specs = append(o.Specs, standintest.Spec)
		o.Platforms = append(o.Platforms, standintest.Platform)
	})
	shown := m.post(t, "/new-rule", m.dingtalk("fresh", "t1.type", "chat", "t1.was", "-1"))
	require.Equal(t, http.StatusOK, shown.status)
	for _, part := range []string{
		`value="add:chat" formnovalidate><svg class="icon chat" viewBox="0 0 24 24" aria-hidden="true">` + string(standintest.Platform.Icon) + `</svg> Chat</button>`,
		"</svg> Chat</legend>", "Copy the webhook.",
	} {
		assert.Contains(t, shown.body, part)
	}
}
