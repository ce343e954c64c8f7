package console_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const shared = `workspace: w
contacts: [{name: alice, email: alice@example.com}, {name: bob, email: bob@example.com}]
receivers:
  - {name: oncall, type: dingtalk, webhook: 'env:HOOK', signing_key: KEY}
  - {name: mail, type: email, server: smtp.example.com, from: a@example.com, contacts: [alice, bob]}
rules:
  - name: one
    source: dlc
    events: [job-failed]
    targets:
      - {receiver: oncall, mention: {all: true}}
      - receiver: mail
`

func TestSecretsOfReceiversAreHiddenAndMovedOut(t *testing.T) {
	m := start(t, strings.Replace(shared, "KEY", robotKey, 1), nil)
	for _, path := range []string{"/receivers", "/receivers/oncall", "/rules/one", "/document"} {
		assert.NotContains(t, m.get(t, path).body, robotKey, path)
	}
	shown := shownText(t, m.get(t, "/document").body)
	assert.Contains(t, shown, "- {receiver: oncall, mention: {all: true}}", "the rest is no secret")
	assert.Equal(t, http.StatusConflict, m.get(t, "/document.yaml").status)
	plan := m.post(t, "/document", form("do", "check", "text", shown))
	done := m.post(t, "/document", form("do", "import", "text", shown, "base", value(t, plan.body, "base"), "seal", value(t, plan.body, "seal")))
	require.Equal(t, "/document?done=imported", done.header.Get("Location"), done.body)
	assert.Contains(t, m.text(t), "env:ONCALL_SIGNING_KEY")
	assert.NotContains(t, m.text(t), robotKey)
}

func TestAContactOfAReceiverIsInUseAndIsRenamedThere(t *testing.T) {
	m := start(t, strings.Replace(shared, "KEY", "env:KEY", 1), nil)
	refused := m.post(t, "/contacts", form("was", "alice", "do", "delete"))
	assert.Equal(t, http.StatusConflict, refused.status)
	assert.Contains(t, refused.body, "one")
	require.Equal(t, http.StatusSeeOther, m.post(t, "/contacts", form("was", "alice", "name", "lucy", "email", "alice@example.com")).status)
	assert.Contains(t, m.text(t), "contacts: [lucy, bob]}")
}
