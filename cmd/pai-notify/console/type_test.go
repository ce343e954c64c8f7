package console_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/console"
	"github.com/pai-notify/pai-notify/functions/functionstest/slack"
	"github.com/pai-notify/pai-notify/functions/functionstest/slack/standin"
	"github.com/pai-notify/pai-notify/shared/bus/local"
)

func TestATypeIsShownByTheRegistersAlone(t *testing.T) {
	m := start(t, small, func(o *console.Options, _ *local.Options) {
		o.Specs = append(o.Specs, slack.Spec)
		o.Platforms = append(o.Platforms, standin.Platform)
	})
	shown := m.post(t, "/new-rule", m.dingtalk("fresh", "t1.type", "slack", "t1.was", "-1"))
	require.Equal(t, http.StatusOK, shown.status)
	for _, part := range []string{
		`value="add:slack" formnovalidate><svg class="icon slack" viewBox="0 0 24 24" aria-hidden="true">` + string(standin.Platform.Icon) + `</svg> Slack</button>`,
		"</svg> Slack</legend>", "In the app&#39;s settings: add an incoming webhook",
	} {
		assert.Contains(t, shown.body, part)
	}
}
