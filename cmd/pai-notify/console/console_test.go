package console_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/console"
	"github.com/pai-notify/pai-notify/shared/bus/local"
	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/provision"
	"github.com/pai-notify/pai-notify/shared/workspace/yaml"
)

const small = `# ours
workspace: lab
language: en

contacts:
  - {name: alice, phone: "+8613800138000", email: alice@example.com}
  - {name: bob, email: bob@example.com}

rules:
  # keep this
  - name: one
    source: dlc
    events: [job-failed] # only these
    targets:
      - type: dingtalk
        webhook: env:INBOX_WEBHOOK
        signing_key: env:INBOX_SIGNING_KEY
`

// pages are all pages of a workspace with a rule called one.
var pages = []string{"/", "/rules", "/new-rule", "/rules/one", "/rules/one/delete", "/receivers", "/contacts", "/contacts?edit=alice", "/quiet", "/publish", "/history", "/setup", "/document", "/changes"}

func TestAFirstRunLeadsToAMessage(t *testing.T) {
	m := start(t, "", nil)
	assert.Contains(t, m.get(t, "/").body, `action="/workspace"`)
	assert.Equal(t, "/", m.get(t, "/rules").header.Get("Location"), "without a document everything leads to the beginning")
	assert.Equal(t, http.StatusUnprocessableEntity, m.post(t, "/workspace", form("workspace", "no blanks here", "language", "en")).status)
	require.Equal(t, http.StatusSeeOther, m.post(t, "/workspace", form("workspace", "lab", "language", "zh")).status)
	assert.Equal(t, "workspace: lab\nlanguage: zh\n", m.text(t))
	assert.Contains(t, m.get(t, "/").body, `action="/first-rule"`)
	assert.Equal(t, "/publish?done=first", m.post(t, "/first-rule", nil).header.Get("Location"))
	assert.Contains(t, m.get(t, "/publish").body, `value="dlc-job-failed" checked`)
	published := m.post(t, "/publish", form("sample", "dlc-job-failed"))
	assert.Equal(t, http.StatusOK, published.status)
	assert.Contains(t, published.body, `class="state sent"`)
	assert.Contains(t, published.body, `href="/inbox/dingtalk/robot"`)
	require.Len(t, m.inbox.Received(), 1)
	assert.True(t, m.inbox.Received()[0].Accepted)
	again := m.post(t, "/publish", form("sample", "dlc-job-failed"))
	assert.Contains(t, again.body, `class="state sent"`)
	assert.Len(t, m.inbox.Received(), 2, "each sample has an id of its own")
}

func TestARuleIsCreatedChangedDisabledAndDeleted(t *testing.T) {
	m := start(t, small, nil)
	created := m.post(t, "/new-rule", m.dingtalk("two", "do", "save", "description", "问题 <b>"))
	require.Equal(t, "/rules?done=created", created.header.Get("Location"), created.body)
	text := m.text(t)
	assert.Contains(t, text, "# keep this\n  - name: one\n    source: dlc\n    events: [job-failed] # only these\n", "other lines stay")
	assert.Contains(t, text, "webhook: env:TWO_DINGTALK_WEBHOOK")
	assert.NotContains(t, text, "access_token")
	assert.NotContains(t, text, m.key)
	_, err := yaml.Parse([]byte(text), "w.yaml", specs()...)
	require.NoError(t, err)
	rule, err := m.bus.GetRule(t.Context(), "pai-system-lab", "two")
	require.NoError(t, err)
	assert.True(t, rule.Enabled)

	edit := m.get(t, "/rules/two").body
	assert.Contains(t, edit, "env:TWO_DINGTALK_WEBHOOK")
	assert.NotContains(t, edit, "access_token=robot")
	change := m.dingtalk("two", "do", "save", "base", value(t, edit, "base"), "t0.webhook.token", "env:TWO_DINGTALK_WEBHOOK", "t0.signing_key.token", "env:TWO_DINGTALK_SIGNING_KEY")
	change.Set("name", "renamed")
	change.Add("events", "job-timeout")
	assert.Equal(t, "/rules?done=saved", m.post(t, "/rules/two", change).header.Get("Location"))
	assert.Contains(t, m.text(t), "  - name: renamed\n    id: two\n")
	_, err = m.bus.GetRule(t.Context(), "pai-system-lab", "renamed")
	require.Error(t, err, "a rule that changed its name stays where it is")
	rule, err = m.bus.GetRule(t.Context(), "pai-system-lab", "two")
	require.NoError(t, err)
	assert.Contains(t, rule.FilterPattern, "JobTimeout")

	assert.Equal(t, http.StatusSeeOther, m.post(t, "/rules/renamed/state", form("enabled", "false")).status)
	rule, err = m.bus.GetRule(t.Context(), "pai-system-lab", "two")
	require.NoError(t, err)
	assert.False(t, rule.Enabled)

	assert.Contains(t, m.get(t, "/rules/renamed/delete").body, `action="/rules/renamed/delete"`)
	assert.Equal(t, "/rules?done=deleted", m.post(t, "/rules/renamed/delete", nil).header.Get("Location"))
	_, err = m.bus.GetRule(t.Context(), "pai-system-lab", "two")
	require.Error(t, err)
	assert.Equal(t, small, m.text(t), "what was added is gone, and nothing else")
	assert.Equal(t, http.StatusSeeOther, m.post(t, "/rules/one/delete", nil).status)
	assert.Contains(t, m.get(t, "/rules").body, `action="/first-rule"`, "a workspace may have no rule again")
}

// value returns what a hidden field of a page holds.
func value(t *testing.T, page, name string) string {
	t.Helper()
	found := regexp.MustCompile(`name="` + name + `" value="([^"]*)"`).FindStringSubmatch(page)
	require.NotNil(t, found, "no field %s", name)
	return found[1]
}

func TestAFormIsRefusedBesideItsFields(t *testing.T) {
	m := start(t, small, nil)
	for name, c := range map[string]struct {
		form []string
		want string
	}{
		"no name":                {[]string{"name", ""}, `Enter a name, such as`},
		"a name that is taken":   {[]string{"name", "one"}, "Another rule has this name."},
		"a name of another form": {[]string{"name", "a b"}, "must be letters and digits"},
		"a webhook of no robot":  {[]string{"t0.webhook", "https://example.com/?access_token=topsecret"}, "<div class=\"field wrong\">\n<label for=\"t0.webhook\">"},
		"a mention of nobody":    {[]string{"t0.mention.mobiles", "me"}, "<div class=\"field wrong\">\n<label for=\"t0.mention.mobiles\">"},
		"no webhook":             {[]string{"t0.webhook.token", ""}, "Enter a value for "},
		"too many targets": {[]string{"t1.type", "email", "t1.contacts", "alice", "t1.contacts", "bob", "t1.server", "s", "t1.from", "a@b.c",
			"t2.type", "lark", "t2.webhook", "env:A", "t3.type", "lark", "t3.webhook", "env:A", "t4.type", "wecom", "t4.webhook", "env:A"}, "6 targets exceed the limit of 5"},
		"no contact": {[]string{"t1.type", "email", "t1.server", "s", "t1.from", "a@b.c"}, "Choose at least one contact."},
	} {
		t.Run(name, func(t *testing.T) {
			f := m.dingtalk("fresh", append(c.form, "do", "save")...)
			if len(c.form) == 2 {
				f.Set(c.form[0], c.form[1])
			}
			a := m.post(t, "/new-rule", f)
			assert.Equal(t, http.StatusUnprocessableEntity, a.status)
			assert.Contains(t, a.body, c.want)
			assert.Contains(t, a.body, `class="error"`)
			assert.NotContains(t, a.body, "topsecret")
			assert.Equal(t, small, m.text(t))
		})
	}
}

func TestAFormSaysAtOnceWhatItsGapsAre(t *testing.T) {
	m := start(t, small, nil)
	a := m.post(t, "/new-rule", form("name", "a b", "source", "dlc", "events", "job-failed", "do", "save"))
	assert.Contains(t, a.body, "must be letters and digits")
	assert.Equal(t, 2, strings.Count(a.body, "Add at least one target."), "above the form and beside the field")
}

func TestARuleMayBeginWithTheInbox(t *testing.T) {
	m := start(t, small, nil)
	added := m.post(t, "/new-rule", form("name", "mine", "enabled", "true", "source", "dlc", "events", "job-failed", "do", "add:dingtalk"))
	assert.Contains(t, added.body, `value="inbox:0"`)
	assert.NotContains(t, m.post(t, "/new-rule", form("source", "dlc", "do", "add:wecom")).body, `value="inbox:0"`, "the inbox is a DingTalk group")
	filled := m.post(t, "/new-rule", form("name", "mine", "source", "dlc", "events", "job-failed", "t0.type", "dingtalk", "t0.was", "-1", "do", "inbox:0"))
	assert.Contains(t, filled.body, "env:INBOX_WEBHOOK")
	assert.NotContains(t, filled.body, `value="inbox:0"`, "what was entered is not replaced")
	rule := m.dingtalk("mine", "t0.webhook.token", "env:INBOX_WEBHOOK", "t0.signing_key.token", "env:INBOX_SIGNING_KEY", "do", "test:0")
	assert.Contains(t, m.post(t, "/new-rule", rule).body, `href="/inbox/dingtalk/robot"`)
	rule.Set("do", "save")
	require.Equal(t, "/rules?done=created", m.post(t, "/new-rule", rule).header.Get("Location"))
	assert.Contains(t, m.post(t, "/publish", form("sample", "dlc-job-failed")).body, `href="/inbox/dingtalk/robot"`)
	assert.NotContains(t, m.post(t, "/publish", form("sample", "dlc-job-queued")).body, `href="/inbox/dingtalk/robot"`, "nothing is there to read")
}

func TestADisabledRuleIsNotSaidToBeInUse(t *testing.T) {
	m := start(t, small, nil)
	rule := m.dingtalk("quiet", "do", "save")
	rule.Del("enabled")
	assert.Equal(t, "/rules?done=disabled", m.post(t, "/new-rule", rule).header.Get("Location"))
}

func TestAFormOffersWhatPAIAllows(t *testing.T) {
	m := start(t, small, nil)
	model := m.post(t, "/new-rule", form("source", "model", "t0.type", "email", "t0.contacts", "alice", "events", "job-failed")).body
	assert.Contains(t, model, `value="add:http"`)
	for _, not := range []string{`value="add:sms"`, `value="add:voice"`, `value="add:email"`, `name="scope.flows"`} {
		assert.NotContains(t, model, not)
	}
	flow := m.post(t, "/new-rule", form("source", "flow")).body
	assert.NotContains(t, flow, `value="add:http"`)
	assert.Contains(t, flow, `name="scope.flows"`)
	assert.NotContains(t, flow, `name="scope.models"`)
}

func TestATargetIsTestedAsItStandsInTheForm(t *testing.T) {
	m := start(t, small, nil)
	works := m.post(t, "/new-rule", m.dingtalk("fresh", "do", "test:0"))
	assert.Contains(t, works.body, "Test succeeded.")
	wrong := m.dingtalk("fresh", "do", "test:0")
	wrong.Set("t0.signing_key", "SECwrong")
	fails := m.post(t, "/new-rule", wrong)
	assert.Contains(t, fails.body, "Test failed.")
	assert.Contains(t, fails.body, "310000")
	assert.NotContains(t, fails.body, "SECwrong")
	missing := m.dingtalk("fresh", "do", "test:0", "t0.webhook.token", "")
	assert.Contains(t, m.post(t, "/new-rule", missing).body, "Enter a value for ")
	assert.Equal(t, small, m.text(t), "a test saves nothing")
}

func TestAPreviewShowsWhatARuleWouldDo(t *testing.T) {
	m := start(t, small, nil)
	yes := m.post(t, "/new-rule", m.dingtalk("fresh", "sample", "sample:dlc-job-failed", "words", "ja"))
	assert.Contains(t, yes.body, "The rule matches.")
	assert.Contains(t, yes.body, `class="bubble"`)
	assert.Contains(t, yes.body, `<p class="small">fresh</p>`, "small print of a chat is no heading of the page")
	assert.Contains(t, yes.body, "DLC ジョブ失敗: ")
	no := m.post(t, "/new-rule", m.dingtalk("fresh", "sample", "sample:dlc-job-queued"))
	assert.Contains(t, no.body, "The rule does not match.")
	assert.Regexp(t, `id="first-failure">type is `, no.body)
	scoped := m.post(t, "/new-rule", m.dingtalk("fresh", "sample", "sample:dlc-job-failed", "scope.created_by", "1"))
	assert.Regexp(t, `id="first-failure">data.UserId is `, scoped.body)
	m.post(t, "/publish", form("sample", "dlc-job-failed"))
	m.post(t, "/publish", form("sample", "dlc-job-queued"))
	fired := m.post(t, "/new-rule", m.dingtalk("fresh"))
	assert.Contains(t, fired.body, "Recorded events in the last 7 days that match: 1 of 2.")
	assert.Contains(t, fired.body, `value="recorded:`)
	assert.Empty(t, m.inbox.Received()[1:], "a preview reaches nobody")
}

func TestDeadLettersAreToldAndSentAgain(t *testing.T) {
	m := start(t, small, nil)
	t.Setenv("INBOX_SIGNING_KEY", "SECwrong")
	refused := m.post(t, "/publish", form("sample", "dlc-job-failed"))
	assert.Contains(t, refused.body, `class="state dead"`)
	list := m.get(t, "/history?state=dead").body
	id := regexp.MustCompile(`/history/(\d+-\d+)`).FindStringSubmatch(list)
	require.NotNil(t, id)
	life := m.get(t, "/history/"+id[1]).body
	assert.Contains(t, life, "310000")
	assert.Contains(t, life, "qwen3-moe-pretrain-512gpu")
	t.Setenv("INBOX_SIGNING_KEY", robotKey)
	assert.Equal(t, "/history/"+id[1]+"?done=redriven", m.post(t, "/redrive", form("id", id[1])).header.Get("Location"))
	require.Eventually(t, func() bool { return strings.Contains(m.get(t, "/history/"+id[1]).body, `class="state sent"`) }, waitFor, tick)
	assert.NotContains(t, m.get(t, "/history?state=dead").body, "/history/"+id[1])
}

func TestARedriveInTheConsoleSaysWhatIsMissing(t *testing.T) {
	m := start(t, small, nil)
	t.Setenv("INBOX_SIGNING_KEY", "SECwrong")
	m.post(t, "/publish", form("sample", "dlc-job-failed"))
	id := regexp.MustCompile(`/history/(\d+-\d+)`).FindStringSubmatch(m.get(t, "/history?state=dead").body)
	require.NotNil(t, id)
	m.post(t, "/rules/one/state", form("enabled", "false"))
	for _, what := range []url.Values{form("id", id[1]), form("days", "7", "agreed", "1")} {
		page := m.post(t, "/redrive", what)
		assert.Equal(t, http.StatusConflict, page.status)
		assert.Contains(t, page.body, "0 of 1 notifications are being sent again")
		assert.Contains(t, page.body, "the rule one is disabled")
	}
}

func TestAnAccountThatIsNotActivatedIsGuided(t *testing.T) {
	m := start(t, small, func(_ *console.Options, o *local.Options) { o.NotActivated = true })
	for _, path := range pages {
		assert.Equal(t, http.StatusOK, m.get(t, path).status, path)
	}
	guide := m.get(t, "/setup").body
	assert.Contains(t, guide, "First step: activate EventBridge")
	assert.NotContains(t, guide, "the account has not activated EventBridge", "the guide says it once, with this machine's remedy")
	assert.Contains(t, m.get(t, "/rules").body, "not activated yet")
	assert.Equal(t, "/setup?done=activated", m.post(t, "/activate", nil).header.Get("Location"))
	assert.NotContains(t, m.get(t, "/setup").body, "One thing comes first")
	_, err := m.bus.GetRule(t.Context(), "pai-system-lab", "one")
	require.NoError(t, err, "the rules follow")
}

func TestRulesOfOthersAreShownAndLeftAlone(t *testing.T) {
	m := start(t, small, nil)
	require.Equal(t, http.StatusSeeOther, m.post(t, "/apply", nil).status)
	require.NoError(t, m.bus.CreateRule(t.Context(), local.Rule{Bus: "pai-system-lab", Name: "by-hand", FilterPattern: `{"source":["acs.oss"]}`, Enabled: true}))
	body := m.get(t, "/rules").body
	assert.Contains(t, body, "by-hand")
	assert.NotContains(t, body, "/rules/by-hand")
	assert.Equal(t, http.StatusNotFound, m.post(t, "/rules/by-hand/delete", nil).status)
	_, err := m.bus.GetRule(t.Context(), "pai-system-lab", "by-hand")
	require.NoError(t, err)
}

func TestContactsAreChecked(t *testing.T) {
	m := start(t, small, nil)
	for name, c := range map[string]struct {
		form []string
		want string
	}{
		"no name":               {[]string{"name", "", "email", "a@b.c"}, "Enter a name."},
		"no address":            {[]string{"name", "eve"}, "Enter an email address or a phone number."},
		"a name that is taken":  {[]string{"name", "bob", "email", "a@b.c"}, "Another contact has this name."},
		"a phone that is none":  {[]string{"name", "eve", "phone", "12"}, "must be"},
		"an email that is none": {[]string{"name", "eve", "email", "nobody"}, "must be"},
	} {
		t.Run(name, func(t *testing.T) {
			a := m.post(t, "/contacts", form(append(c.form, "do", "save")...))
			assert.Equal(t, http.StatusUnprocessableEntity, a.status)
			assert.Contains(t, a.body, c.want)
		})
	}
	assert.Equal(t, "/contacts?done=contact-saved", m.post(t, "/contacts", form("name", "eve", "phone", "138 0013 8000", "do", "save")).header.Get("Location"))
	assert.Contains(t, m.text(t), `13800138000`)
	assert.Equal(t, http.StatusSeeOther, m.post(t, "/contacts", form("was", "eve", "do", "delete")).status)
	assert.Equal(t, small, m.text(t))
}

func TestARefusedChangeOfAContactLeavesTheRules(t *testing.T) {
	m := start(t, small+"      - {type: email, contacts: [bob], server: smtp.example.com, from: a@b.c}\n", nil)
	assert.Equal(t, http.StatusUnprocessableEntity, m.post(t, "/contacts", form("was", "bob", "name", "bobby", "email", "nobody", "do", "save")).status)
	assert.Regexp(t, `value="bob" checked`, m.get(t, "/rules/one").body, "the rule is still for bob")
	assert.Contains(t, m.get(t, "/contacts").body, `<td><a href="/rules/one">one</a></td>`)
}

func TestACloudWaitsUntilThePlanWasSeen(t *testing.T) {
	m := start(t, small, func(o *console.Options, _ *local.Options) { o.Cloud.Name = "aliyun" })
	for _, path := range pages {
		assert.Equal(t, http.StatusOK, m.get(t, path).status, path)
	}
	assert.Equal(t, "/document?done=waiting#plan", m.post(t, "/rules/one/state", form("enabled", "false")).header.Get("Location"))
	_, err := m.bus.GetRule(t.Context(), "pai-system-lab", "one")
	require.Error(t, err)
	assert.Contains(t, m.get(t, "/document").body, `action="/apply"`)
	assert.Equal(t, "/document?done=applied", m.post(t, "/apply", nil).header.Get("Location"))
	_, err = m.bus.GetRule(t.Context(), "pai-system-lab", "one")
	require.NoError(t, err)
}

func TestHostileEventsShowAsText(t *testing.T) {
	m := start(t, small, nil)
	hostile := `<img src=x onerror=alert(1)><script>alert(2)</script>`
	e, err := event.Parse([]byte(`{"specversion":"1.0","id":"` + hostile + `","source":"acs.paidlc","type":"paidlc:JobStateChange:JobFailed","data":{"JobId":"` + hostile + `","DisplayName":"[x](javascript:alert(3)) ` + hostile + `","UserId":"` + hostile + `","Status":"Failed"}}`))
	require.NoError(t, err)
	published := m.post(t, "/publish", form("text", string(e.JSON())))
	require.Equal(t, http.StatusOK, published.status)
	id := regexp.MustCompile(`/history/(\d+-\d+)`).FindStringSubmatch(published.body)
	require.NotNil(t, id, published.body)
	tried := m.post(t, "/new-rule", m.dingtalk("fresh", "sample", "recorded:"+id[1], "events", "*"))
	require.Contains(t, tried.body, "The rule matches.")
	for _, body := range []string{published.body, m.get(t, "/").body, m.get(t, "/history").body, m.get(t, "/history/"+id[1]).body, tried.body} {
		assert.Contains(t, body, "&lt;script&gt;")
		assert.NotContains(t, body, "<script>alert")
		assert.NotContains(t, body, "<img src=x")
		assert.NotContains(t, strings.ToLower(body), `href="javascript`)
	}
}

func TestAHistoryHasAllOfARuleWithManyTargets(t *testing.T) {
	var targets strings.Builder
	for i := range 8 {
		targets.WriteString("      - {type: dingtalk, name: n" + itoa(i) + ", webhook: 'env:INBOX_WEBHOOK', signing_key: 'env:INBOX_SIGNING_KEY'}\n")
	}
	m := start(t, "workspace: lab\nquota: 20\nrules:\n  - name: wide\n    source: dlc\n    events: [job-failed]\n    targets:\n"+targets.String(), nil)
	m.post(t, "/publish", form("sample", "dlc-job-failed"))
	require.Eventually(t, func() bool { return len(m.inbox.Received()) == 8 }, waitFor, tick)
	body := m.get(t, "/history?rule=wide").body
	for i := range 8 {
		assert.Contains(t, body, "<span>n"+itoa(i)+"</span>")
	}
}

func TestAnEventCannotTurnTheDirectionOfAPage(t *testing.T) {
	m := start(t, small, nil)
	hostile := `{"specversion":"1.0","id":"e-\u202e1","source":"acs.paidlc","type":"paidlc:JobStateChange:JobFailed","data":{"JobId":"j","DisplayName":"\u202egpj.exe\u2066","Status":"Failed"}}`
	published := m.post(t, "/publish", form("text", strings.ReplaceAll(hostile, `\u202e`, "\u202e")))
	id := regexp.MustCompile(`/history/(\d+-\d+)`).FindStringSubmatch(published.body)
	require.NotNil(t, id)
	for _, path := range []string{"/", "/history", "/history/" + id[1]} {
		assert.NotContains(t, m.get(t, path).body, "\u202e", path)
	}
	assert.Contains(t, m.get(t, "/history/"+id[1]).body, `\u202egpj.exe`)
	assert.NotContains(t, m.post(t, "/new-rule", m.dingtalk("x", "sample", "recorded:"+id[1])).body, "\u202e")
}

func TestABusThatCannotBeAskedIsNoStepDone(t *testing.T) {
	m := start(t, "workspace: lab\nlanguage: en\n", func(o *console.Options, _ *local.Options) { o.Cloud.Name = provision.Aliyun })
	assert.Contains(t, m.get(t, "/").body, `<li class="done">`)
	m = start(t, "workspace: lab\nlanguage: en\n", func(o *console.Options, _ *local.Options) {
		o.Cloud.Name, o.Provision.Owner = provision.Aliyun, "lab"
	})
	require.NoError(t, m.bus.Close(t.Context()))
	assert.NotContains(t, m.get(t, "/").body, `<li class="done">`)
}

func TestAPreviewJudgesAsTheCloudOfTheBusDoes(t *testing.T) {
	m := start(t, small, func(o *console.Options, _ *local.Options) { o.Cloud.Name = provision.AWS })
	body := m.post(t, "/new-rule", m.dingtalk("x", "sample", "sample:dlc-job-failed")).body
	assert.Contains(t, body, `class="verdict yes"`)
	assert.Contains(t, body, "<code>detail.type</code>")
}
