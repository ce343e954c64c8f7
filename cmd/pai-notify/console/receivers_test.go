package console_test

import (
	"context"
	"html"
	"net/http"
	"net/url"
	"regexp"
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
	assert.NotContains(t, group, "come twice", "one message tells both rules")
	hidden := m.receiverOn(t, "/receivers", "address in the document, not shown", "en")
	assert.Contains(t, hidden, `/rules/three`)
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

// referring has a receiver that two rules use, each in its own words.
const referring = `workspace: lab
language: en
contacts: [{name: alice, email: alice@example.com}]
receivers:
  # ours
  - {name: oncall, type: dingtalk, webhook: env:INBOX_WEBHOOK, signing_key: env:INBOX_SIGNING_KEY}
  - {name: mail, type: email, contacts: [alice], server: smtp.example.com, from: a@example.com}
rules:
  - name: one
    source: dlc
    events: [job-failed]
    targets: [{receiver: oncall}]
  - name: two
    source: dlc
    events: ["*"]
    targets:
      - receiver: oncall
        language: zh # theirs
      - {type: lark, name: all, webhook: env:NOBODY_SET_THIS}
`

// fields are those of a form in a page, by their names, as a browser posts them.
func fields(t *testing.T, page string) url.Values {
	t.Helper()
	_, page, found := strings.Cut(page, ` class="work"`)
	require.True(t, found)
	v := url.Values{}
	for _, input := range inputs.FindAllString(page, -1) {
		name, value := attribute(input, "name"), attribute(input, "value")
		choice := strings.Contains(input, `type="checkbox"`) || strings.Contains(input, `type="radio"`)
		if name != "" && (!choice || strings.Contains(input, " checked")) {
			v.Add(name, value)
		}
	}
	for _, list := range lists.FindAllStringSubmatch(page, -1) {
		for _, option := range strings.SplitAfter(list[2], "<option") {
			if strings.Contains(strings.SplitN(option, ">", 2)[0], " selected") {
				v.Set(list[1], attribute(option, "value"))
			}
		}
	}
	return v
}

var (
	inputs = regexp.MustCompile(`<input [^>]*>`)
	lists  = regexp.MustCompile(`(?s)<select id="[^"]*" name="([^"]*)"[^>]*>(.*?)</select>`)
)

func attribute(tag, name string) string {
	_, rest, found := strings.Cut(tag, " "+name+`="`)
	value, _, _ := strings.Cut(rest, `"`)
	if !found {
		return ""
	}
	return html.UnescapeString(value)
}

func TestAVariableOfAReceiverThatIsNotSetLeadsToItsField(t *testing.T) {
	m := start(t, referring, func(o *console.Options, _ *local.Options) {
		o.Cloud.Invoke = func(context.Context, string, []byte) ([]byte, bool, error) {
			return []byte(`{"missing":[{"reference":"env:INBOX_WEBHOOK","reason":"it is not set"}]}`), false, nil
		}
	})
	assert.Contains(t, m.health(t, "en"), `href="/receivers/oncall#t0.webhook"`)
	assert.Contains(t, m.get(t, "/receivers/oncall").body, `id="t0.webhook"`)
}

func TestARuleKeepsTheReceiversThatItRefersTo(t *testing.T) {
	m := start(t, referring, nil)
	for _, rule := range []string{"one", "two"} {
		page := m.get(t, "/rules/"+rule).body
		assert.Contains(t, page, `href="/receivers/oncall"`)
		assert.Contains(t, html.UnescapeString(page), "their messages differ in language", "said in both rules")
		f := fields(t, page)
		f.Set("do", "save")
		a := m.post(t, "/rules/"+rule, f)
		require.Equal(t, http.StatusSeeOther, a.status, a.body)
		assert.Equal(t, referring, m.text(t), "what nobody changed stays")
	}
	assert.Contains(t, m.get(t, "/rules").body, "oncall", "the list says whom the rules notify")
}

func TestAReceiverIsPickedInARule(t *testing.T) {
	m := start(t, referring, nil)
	page := m.get(t, "/new-rule").body
	assert.Contains(t, page, `<option value="oncall">`)
	f := fields(t, page)
	f.Set("name", "three")
	f.Set("receiver", "mail")
	f.Set("do", "add-receiver")
	page = m.post(t, "/new-rule", f).body
	assert.Contains(t, page, `name="t0.receiver" value="mail"`)
	f = fields(t, page)
	f.Set("do", "save")
	a := m.post(t, "/new-rule", f)
	require.Equal(t, http.StatusSeeOther, a.status, a.body)
	assert.Contains(t, m.text(t), "- receiver: mail\n")
	f.Set("name", "four")
	f.Set("t0.contacts", "alice")
	f.Set("t0.language", "ja")
	require.Equal(t, http.StatusSeeOther, m.post(t, "/new-rule", f).status)
	assert.Contains(t, m.text(t), "- receiver: mail\n        language: ja\n        contacts:\n")
	f.Set("name", "five")
	f.Set("t0.receiver", "gone")
	a = m.post(t, "/new-rule", f)
	assert.Equal(t, http.StatusUnprocessableEntity, a.status)
	assert.Contains(t, a.body, `no receiver &#34;gone&#34;`)
}

func TestAReceiverIsMadeChangedRenamedAndDeleted(t *testing.T) {
	m := start(t, referring, nil)
	a := m.post(t, "/new-receiver", form("t0.type", "dingtalk", "name", "oncall", "do", "save"))
	assert.Equal(t, http.StatusUnprocessableEntity, a.status)
	assert.Contains(t, a.body, "Another receiver has this name.")
	assert.Contains(t, a.body, "Enter a value for Webhook")
	made := form("t0.type", "dingtalk", "name", "night", "t0.webhook", m.webhook, "t0.signing_key", m.key, "do", "test:0")
	tested := m.post(t, "/new-receiver", made).body
	assert.Contains(t, tested, "Test succeeded.")
	assert.NotContains(t, tested, m.key)
	made.Set("do", "save")
	require.Equal(t, http.StatusSeeOther, m.post(t, "/new-receiver", made).status)
	assert.Contains(t, m.text(t), "  - name: night\n    type: dingtalk\n    signing_key: env:")
	assert.NotContains(t, m.text(t), m.key)
	assert.Contains(t, m.receiverOn(t, "/receivers", ">night<", "en"), "no rule uses it")

	page := m.get(t, "/receivers/oncall").body
	assert.Contains(t, page, `<a href="/rules/one">one</a>, <a href="/rules/two">two</a>`)
	f := form("base", attribute(page[strings.Index(page, ` name="base"`)-7:], "value"), "t0.type", "dingtalk", "name", "gpu", "t0.webhook.token", "env:INBOX_WEBHOOK", "t0.signing_key.token", "env:INBOX_SIGNING_KEY", "do", "delete")
	used := m.post(t, "/receivers/oncall", f)
	assert.Equal(t, http.StatusConflict, used.status)
	assert.Contains(t, used.body, "oncall is used by one, two.")
	f.Set("do", "save")
	a = m.post(t, "/receivers/oncall", f)
	require.Equal(t, http.StatusSeeOther, a.status, a.body)
	text := m.text(t)
	assert.Contains(t, text, "  # ours\n  - {name: gpu, id: oncall, type: dingtalk,")
	assert.Equal(t, 2, strings.Count(text, "receiver: gpu"), text)
	assert.Equal(t, http.StatusNotFound, m.post(t, "/receivers/oncall", form("do", "save")).status)
	assert.Equal(t, http.StatusConflict, m.post(t, "/receivers/gpu", f).status, "somebody else has changed it")
	require.Equal(t, http.StatusSeeOther, m.post(t, "/receivers/night", form("t0.type", "dingtalk", "do", "delete")).status)
	assert.NotContains(t, m.text(t), "night")
}

func TestATargetInPlaceMovesToTheReceivers(t *testing.T) {
	m := start(t, led, nil)
	move := func(word string) answer {
		_, id, _ := strings.Cut(m.receiverOn(t, "/receivers", word, "en"), `value="move:`)
		id, _, _ = strings.Cut(id, `"`)
		return m.post(t, "/receivers", form("do", "move:"+id))
	}
	a := move("env:INBOX_WEBHOOK")
	assert.Equal(t, http.StatusConflict, a.status)
	assert.Contains(t, a.body, "Other targets are called oncall and lead elsewhere, in the rules three.")
	assert.Equal(t, led, m.text(t))
	a = move("mail-alice")
	require.Equal(t, "/receivers?done=receiver-moved", a.header.Get("Location"), a.body)
	assert.Contains(t, m.text(t), "- {receiver: mail}")
	assert.Contains(t, m.receiverOn(t, "/receivers", "/receivers/mail", "en"), "alice@example.com")
	assert.Contains(t, m.get(t, "/document").body, "No changes: the bus matches", "nobody is another by it")
}

func TestTheTargetThatMovesIsTheOneThatWasMeant(t *testing.T) {
	m := start(t, `workspace: w
contacts: [{name: alice, email: alice@example.com}, {name: bob, email: bob@example.com}]
rules:
  - name: one
    source: dlc
    events: [job-failed]
    targets:
      - {type: email, name: mail, server: smtp.example.com, from: a@example.com, contacts: [alice]}
      - {type: email, name: mail-night, server: smtp.example.com, from: b@example.com, contacts: [bob]}
`, nil)
	_, id, _ := strings.Cut(m.receiverOn(t, "/receivers", "mail-night-bob", "en"), `value="move:`)
	id, _, _ = strings.Cut(id, `"`)
	a := m.post(t, "/receivers", form("do", "move:"+id))
	require.Equal(t, http.StatusSeeOther, a.status, a.body)
	assert.Contains(t, m.text(t), "- {receiver: mail-night}")
	assert.Contains(t, m.text(t), "name: mail, server")
}
