package console_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/workspace/yaml"
)

func TestTargetsOfAFormAreNamedForGood(t *testing.T) {
	m := start(t, small, nil)
	// saved posts a form of the rule called one, whose first target is the
	// document's.
	saved := func(pairs ...string) string {
		t.Helper()
		page := m.get(t, "/rules/one").body
		f := form(
			"base", value(t, page, "base"), "name", "one", "enabled", "true", "source", "dlc", "events", "job-failed", "do", "save",
			"t0.type", "dingtalk", "t0.was", "0", "t0.webhook.token", "env:INBOX_WEBHOOK", "t0.signing_key.token", "env:INBOX_SIGNING_KEY",
		)
		for i := 0; i < len(pairs); i += 2 {
			f.Set(pairs[i], pairs[i+1])
		}
		answer := m.post(t, "/rules/one", f)
		require.Equal(t, http.StatusSeeOther, answer.status, answer.body)
		return m.text(t)
	}
	assert.NotContains(t, saved("description", "d"), "name: dingtalk", "a target that only its words change stays as it was written")
	text := saved("t1.type", "dingtalk", "t1.was", "-1", "t1.webhook.token", "env:SECOND", "t2.type", "dingtalk", "t2.was", "-1", "t2.webhook.token", "env:THIRD")
	assert.Contains(t, text, "      - type: dingtalk\n        name: dingtalk\n        webhook: env:SECOND\n      - type: dingtalk\n        name: dingtalk-2\n        webhook: env:THIRD\n")
	text = saved("t0.webhook.token", "env:MOVED")
	assert.Contains(t, text, "webhook: env:MOVED\n")
	assert.Contains(t, text, "name: dingtalk-INBOX_WEBHOOK\n", "it stays who it was when its address changes")
}

func TestAFormKeepsWhoeverCreatedIt(t *testing.T) {
	m := start(t, strings.Replace(small, "name: alice", `uid: "2001", mention: {lark: ou_1}, name: alice`, 1), nil)
	page := m.get(t, "/rules/one").body
	f := form(
		"base", value(t, page, "base"), "name", "one", "enabled", "true", "source", "dlc", "events", "job-failed", "do", "save",
		"t0.type", "dingtalk", "t0.was", "0", "t0.webhook.token", "env:INBOX_WEBHOOK", "t0.signing_key.token", "env:INBOX_SIGNING_KEY", "t0.mention.creator", "true",
		"t1.type", "email", "t1.was", "-1", "t1.contacts", "creator", "t1.server", "smtp.example.com:465", "t1.from", "a@example.com", "t1.password.token", "env:P",
	)
	answer := m.post(t, "/rules/one", f)
	require.Equal(t, http.StatusSeeOther, answer.status, answer.body)
	text := m.text(t)
	assert.Regexp(t, `contacts: *\n? *(- |\[)creator`, text)
	assert.Regexp(t, `mention: *\n? *\{?creator: true`, text)
	shown := m.get(t, "/rules/one").body
	assert.Contains(t, shown, `value="creator" checked`)
	assert.Contains(t, shown, `id="t0.mention.creator" name="t0.mention.creator" value="true" checked`)
	require.Equal(t, http.StatusSeeOther, m.post(t, "/contacts", form("was", "alice", "name", "alice", "phone", "+8613800138000", "email", "alice@example.com", "uid", "2001")).status)
	assert.Contains(t, m.text(t), "2001")
	assert.Contains(t, m.text(t), "ou_1")
}

func TestAContactThatIsRenamedKeepsItsID(t *testing.T) {
	m := start(t, small, nil)
	require.Contains(t, small, "alice")
	f := form("was", "alice", "name", "lucy", "phone", "+8613800138000", "email", "alice@example.com")
	require.Equal(t, http.StatusSeeOther, m.post(t, "/contacts", f).status)
	assert.Regexp(t, `name: lucy(,|\n) *id: alice`, m.text(t))
	taken := m.post(t, "/contacts", form("name", "alice", "email", "other@example.com"))
	assert.Equal(t, http.StatusUnprocessableEntity, taken.status)
	assert.True(t, strings.Contains(taken.body, "is the name or id of contact 1"), "a name that is somebody's id is refused with the reason")
}

func TestATargetWhoseAddressMovesOutStaysWhoItIs(t *testing.T) {
	m := start(t, small, nil)
	text := strings.Replace(small, "webhook: env:INBOX_WEBHOOK", "webhook: https://oapi.dingtalk.com/robot/send?access_token=abc12345678", 1)
	before, err := yaml.Parse([]byte(text), "w.yaml", specs()...)
	require.NoError(t, err)
	plan := m.post(t, "/document", form("do", "check", "text", text))
	done := m.post(t, "/document", form("do", "import", "text", shownText(t, plan.body), "base", value(t, plan.body, "base"), "seal", value(t, plan.body, "seal")))
	require.Equal(t, "/document?done=imported", done.header.Get("Location"), done.body)
	assert.Contains(t, m.text(t), "webhook: env:ONE_DINGTALK_WEBHOOK\n")
	after, err := yaml.Parse([]byte(m.text(t)), "w.yaml", specs()...)
	require.NoError(t, err)
	assert.Equal(t, before.Rules[0].Receivers()[0].Name, after.Rules[0].Receivers()[0].Name)
}
