package console_test

import (
	"context"
	"html"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/console"
	"github.com/pai-notify/pai-notify/shared/bus/local"
	"github.com/pai-notify/pai-notify/shared/ledger"
	"github.com/pai-notify/pai-notify/shared/provision"
)

// led has rules that lead to one group from two places and to others.
const led = `workspace: lab
language: en
contacts: [{name: alice, phone: "+8613800138000", email: alice@example.com}]
rules:
  - name: one
    source: dlc
    events: [job-failed]
    targets: [{type: dingtalk, name: oncall, webhook: env:INBOX_WEBHOOK, signing_key: env:INBOX_SIGNING_KEY}]
  - name: two
    source: dlc
    events: ["*"]
    targets:
      - {type: dingtalk, webhook: env:INBOX_WEBHOOK, signing_key: env:INBOX_SIGNING_KEY}
      - {type: email, name: mail, contacts: [alice], server: smtp.example.com, from: a@example.com}
  - name: three
    source: flow
    events: [task-failed]
    targets: [{type: dingtalk, webhook: "https://oapi.dingtalk.com/robot/send?access_token=tokentokentoken"}, {type: dingtalk, name: oncall, webhook: env:NOBODY_SET_THIS}]
`

// receiverOn is what the page says of the receiver that has a word.
func (m *machine) receiverOn(t *testing.T, path, word, language string) string {
	t.Helper()
	page := m.get(t, path, "Accept-Language", language)
	require.Equal(t, http.StatusOK, page.status)
	return receiverIn(t, page.body, word)
}

func receiverIn(t *testing.T, body, word string) string {
	t.Helper()
	for part := range strings.SplitSeq(html.UnescapeString(body), `<li class="card rule" id="r-`) {
		if !strings.Contains(part, "<!doctype") && strings.Contains(part, word) {
			return part
		}
	}
	require.Fail(t, "no receiver has "+word, body)
	return ""
}

func TestReceiversAreShownOnceWithWhatUsesThem(t *testing.T) {
	m := start(t, led, func(o *console.Options, _ *local.Options) {
		o.Cloud.Invoke = func(context.Context, string, []byte) ([]byte, bool, error) {
			return []byte(`{"missing":[{"reference":"env:NOBODY_SET_THIS","reason":"it is not set"}]}`), false, nil
		}
	})
	page := m.get(t, "/receivers").body
	assert.Equal(t, 4, strings.Count(page, `id="r-`))
	assert.NotContains(t, page, "tokentoken", "an address that is a secret is not shown")
	assert.NotContains(t, page, m.webhook)
	group := m.receiverOn(t, "/receivers", "env:INBOX_WEBHOOK", "en")
	assert.Contains(t, group, `<a href="/rules/one">one</a>, <a href="/rules/two">two</a>`)
	assert.Contains(t, group, "Rules one and two lead the same event here")
	hidden := m.receiverOn(t, "/receivers", "address in the document, not shown", "en")
	assert.Contains(t, hidden, `/rules/three`)
	assert.NotContains(t, hidden, "lead the same event")
	person := m.receiverOn(t, "/receivers?q=alice", "mail-alice", "en")
	assert.Contains(t, person, "alice@example.com")
	assert.Equal(t, 1, strings.Count(m.get(t, "/receivers?q=alice").body, `id="r-`))
	m.health(t, "en") // which waits for the answer
	unset := m.receiverOn(t, "/receivers?only=needs", "env:NOBODY_SET_THIS", "en")
	assert.Contains(t, unset, `href="/mutes?receiver=dingtalk%2Foncall&rule=three"`, "another receiver has this name too")
	assert.Contains(t, unset, "secret env:NOBODY_SET_THIS: the function pai-notify-dingtalk does not have it")
	for _, language := range []string{"zh", "ja"} {
		assert.Equal(t, 4, strings.Count(m.get(t, "/receivers", "Accept-Language", language).body, `id="r-`))
	}
}

func TestReceiversSayHowTheirMessagesArrive(t *testing.T) {
	for _, over := range []string{provision.Local, provision.Aliyun, provision.AWS} {
		t.Run(over, func(t *testing.T) {
			i := newIll(t)
			i.end(2*time.Hour, ledger.Result{State: ledger.Sent})
			i.end(time.Hour, refusedByRobot)
			i.to = "dingtalk-INBOX_WEBHOOK"
			i.end(2*time.Hour, ledger.Result{State: ledger.Sent})
			i.end(time.Hour, refusedByRobot)
			i.end(time.Minute, ledger.Result{State: ledger.Waiting, Due: time.Now().Add(time.Hour), Because: "HTTP 500"})
			m := i.start(over)
			m.health(t, "en") // which waits for the answer
			gone := m.receiverOn(t, "/receivers", "oncall", "en")
			for _, want := range []string{"not in this document", ">failing<", "rule one", "1 failed</a>", `href="/history?days=30&rule=one&state=dead&target=dingtalk%2Foncall"`} {
				assert.Contains(t, gone, want, "what was meant for a receiver that is no more is not forgotten")
			}
			assert.NotContains(t, gone, "Test connectivity")
			one := m.receiverOn(t, "/receivers", "env:INBOX_WEBHOOK", "en")
			for _, want := range []string{">failing<", "Last delivered <time", ">2 h ago<", "Last failure <time", ">1 h ago<", "code 310000", "check the signing key", "1 waiting</a>", "1 failed</a>", `href="/history?days=30&state=dead&target=dingtalk%2Fdingtalk-INBOX_WEBHOOK"`} {
				assert.Contains(t, one, want)
			}
			for _, language := range []string{"zh", "ja"} {
				assert.Contains(t, m.receiverOn(t, "/receivers?only=needs", "oncall", language), "310000")
			}
		})
	}
}

func TestNothingIsSaidOfReceiversWhereNothingIsKept(t *testing.T) {
	m := start(t, led, func(o *console.Options, _ *local.Options) { o.Cloud.Name = provision.Aliyun })
	page := m.get(t, "/receivers").body
	assert.Contains(t, page, "Delivery results are not kept")
	assert.NotContains(t, page, "nothing delivered")
	assert.NotContains(t, page, `href="/mutes`)
}

func TestAReceiverIsTestedAndMutedFromItsPage(t *testing.T) {
	m := start(t, led, nil)
	test := func(word string) string {
		one := m.receiverOn(t, "/receivers", word, "en")
		_, id, _ := strings.Cut(one, `value="test:`)
		id, _, _ = strings.Cut(id, `"`)
		a := m.post(t, "/receivers", form("do", "test:"+id))
		require.Equal(t, http.StatusOK, a.status)
		return receiverIn(t, a.body, word)
	}
	assert.Contains(t, test("env:INBOX_WEBHOOK"), "Test succeeded.")
	t.Setenv("INBOX_SIGNING_KEY", "SECwrong")
	failed := test("env:INBOX_WEBHOOK")
	for _, want := range []string{"Test failed.", "310000", "copy the robot's signing key"} {
		assert.Contains(t, failed, want)
	}
	assert.Contains(t, test("env:NOBODY_SET_THIS"), "Test failed.")
	assert.Equal(t, http.StatusNotFound, m.post(t, "/receivers", form("do", "test:none")).status)

	require.Equal(t, http.StatusSeeOther, m.post(t, "/mutes", form("receiver", "dingtalk/oncall", "rule", "one", "hours", "1", "by", "bob")).status)
	assert.Contains(t, m.receiverOn(t, "/receivers", "env:INBOX_WEBHOOK", "en"), "Muted by bob until")
	assert.NotContains(t, m.receiverOn(t, "/receivers", "env:NOBODY_SET_THIS", "en"), "Muted by bob", "that of another rule")
}
