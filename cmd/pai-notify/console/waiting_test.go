package console_test

import (
	"context"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/console"
	"github.com/pai-notify/pai-notify/shared/bus/local"
	"github.com/pai-notify/pai-notify/shared/provision"
)

const twoRobots = `workspace: lab
rules:
  - name: died
    source: dlc
    events: [job-failed]
    targets:
      - {type: dingtalk, name: oncall, webhook: "env:INBOX_WEBHOOK"}
      - {type: lark, name: team, webhook: "env:LARK"}
  - {name: kept, source: dlc, events: [job-failed], targets: [{type: dingtalk, name: oncall, webhook: "env:INBOX_WEBHOOK"}]}
`

// withWaiting is a machine on which notifications wait.
func withWaiting(t *testing.T) *machine {
	t.Helper()
	return start(t, twoRobots, func(o *console.Options, _ *local.Options) {
		o.Cloud.Waiting = func(context.Context, string) ([]provision.Waiting, error) {
			return []provision.Waiting{{Rule: "died", Receiver: "dingtalk/oncall", Count: 3}, {Rule: "died", Receiver: "lark/team", Count: 1}, {Rule: "kept", Receiver: "dingtalk/oncall", Count: 9}}, nil
		}
	})
}

func TestDisablingARuleAsksBeforeItCancelsWhatWaits(t *testing.T) {
	m := withWaiting(t)
	a := m.post(t, "/rules/died/state", form("enabled", "false"))
	require.Equal(t, http.StatusOK, a.status)
	assert.Contains(t, a.body, "died, dingtalk/oncall: 3 waiting, will be cancelled")
	assert.Contains(t, a.body, "died, lark/team: 1 waiting, will be cancelled")
	assert.NotContains(t, a.body, "kept, ")
	assert.NotContains(t, m.text(t), "enabled", "nothing has changed yet")
	a = m.post(t, "/rules/died/state", form("enabled", "false"), "Accept-Language", "zh")
	assert.Contains(t, a.body, "3 条等待中，将被取消")

	a = m.post(t, "/rules/died/state", form("enabled", "false", "agreed", "true"))
	require.Equal(t, http.StatusSeeOther, a.status)
	assert.Contains(t, m.text(t), "enabled: false")
	a = m.post(t, "/rules/died/state", form("enabled", "true"))
	assert.Equal(t, http.StatusSeeOther, a.status, "enabling ends nothing")
}

func TestDeletingARuleTellsWhatWaitsForIt(t *testing.T) {
	a := withWaiting(t).get(t, "/rules/died/delete")
	assert.Contains(t, a.body, "died, dingtalk/oncall: 3 waiting, will be marked as failed")
	assert.Contains(t, a.body, "died, lark/team: 1 waiting, will be marked as failed")
	assert.NotContains(t, a.body, "kept, ")
}

func TestSavingARuleAsksBeforeItEndsWhatWaits(t *testing.T) {
	m := withWaiting(t)
	without := m.dingtalk("died", "t0.name", "oncall", "t0.webhook.token", "env:INBOX_WEBHOOK", "base", value(t, m.get(t, "/rules/died").body, "base"))
	without.Set("t0.was", "0")
	without.Set("do", "save")
	a := m.post(t, "/rules/died", without)
	require.Equal(t, http.StatusOK, a.status, a.body)
	assert.Contains(t, a.body, "died, lark/team: 1 waiting, will be marked as failed")
	assert.NotContains(t, a.body, "dingtalk/oncall: 3 waiting", "it stays")
	assert.Contains(t, a.body, "Save anyway")
	assert.Contains(t, m.text(t), "lark", "nothing has changed yet")

	without.Set("agreed", "true")
	a = m.post(t, "/rules/died", without)
	require.Equal(t, http.StatusSeeOther, a.status, a.body)
	assert.NotContains(t, m.text(t), "lark")
}

func TestThePlanOfADocumentTellsWhatWaits(t *testing.T) {
	m := withWaiting(t)
	changed := `workspace: lab
rules:
  - {name: died, source: dlc, events: [job-failed], targets: [{type: dingtalk, name: oncall, webhook: "env:ANOTHER"}]}
  - {name: kept, enabled: false, source: dlc, events: [job-failed], targets: [{type: dingtalk, name: oncall, webhook: "env:INBOX_WEBHOOK"}]}
`
	a := m.post(t, "/document", form("do", "check", "text", changed))
	require.Equal(t, http.StatusOK, a.status)
	for _, line := range []string{
		"died, dingtalk/oncall: 3 waiting, will be sent with the new parameters", "died, lark/team: 1 waiting, will be marked as failed", "kept, dingtalk/oncall: 9 waiting, will be cancelled",
	} {
		assert.Contains(t, a.body, line)
	}
}

func TestUndoingAsksBeforeItEndsWhatWaits(t *testing.T) {
	m := withWaiting(t)
	m.post(t, "/rules/died/state", form("enabled", "false", "agreed", "true"))
	enabled := m.post(t, "/rules/died/state", form("enabled", "true", "list", "/rules?q=died"))
	require.NotEmpty(t, enabled.undo)
	before := m.text(t)
	asked := m.post(t, "/undo", form("id", enabled.undo, "back", "/rules"))
	require.Equal(t, http.StatusOK, asked.status, asked.body)
	assert.Contains(t, asked.body, "died, dingtalk/oncall: 3 waiting, will be cancelled")
	assert.Contains(t, asked.body, "Undo anyway")
	assert.Contains(t, asked.body, `<input type="hidden" name="back" value="/rules"><input type="hidden" name="agreed" value="true">`)
	assert.Equal(t, before, m.text(t), "nothing has changed yet")
	undone := m.post(t, "/undo", form("id", enabled.undo, "back", "/rules", "agreed", "true"))
	assert.Equal(t, "/rules?done=undone", undone.header.Get("Location"))
	assert.Contains(t, m.text(t), "enabled: false")
}
