package console_test

import (
	"context"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/console"
	"github.com/pai-notify/pai-notify/shared/bus/local"
	"github.com/pai-notify/pai-notify/shared/provision"
)

// listed has rules of several kinds: one that fails, one that is disabled, one of
// another source, and one that nothing matches.
const listed = `workspace: lab
language: en
rules:
  - {name: works, source: dlc, events: [job-failed], targets: [{type: dingtalk, name: oncall, webhook: env:INBOX_WEBHOOK, signing_key: env:INBOX_SIGNING_KEY}]}
  - {name: fails, description: nightly training, source: dlc, events: [job-failed], targets: [{type: dingtalk, name: oncall, webhook: env:INBOX_WEBHOOK, signing_key: env:INBOX_SIGNING_KEY}, {type: dingtalk, name: team, webhook: env:INBOX_WEBHOOK, signing_key: env:WRONG_KEY}]}
  - {name: Away, enabled: false, source: dlc, events: [job-timeout], targets: [{type: wecom, name: team, webhook: env:INBOX_WEBHOOK}]}
  - {name: models, source: model, events: [version-approved], targets: [{type: wecom, name: oncall, webhook: env:INBOX_WEBHOOK}]}
`

var inList = regexp.MustCompile(`<a href="/rules/([^"]+)">`)

// names are the rules that a page lists.
func names(page string) (list []string) {
	for _, found := range inList.FindAllStringSubmatch(page, -1) {
		list = append(list, found[1])
	}
	return list
}

func TestTheListOfRulesIsSearchedFilteredAndSorted(t *testing.T) {
	t.Setenv("WRONG_KEY", "SECwrong")
	m := start(t, listed, nil)
	m.post(t, "/publish", form("sample", "dlc-job-failed"))
	require.Eventually(t, func() bool {
		return strings.Count(m.get(t, "/history").body, `<a href="/history/`) == 3 && len(names(m.get(t, "/rules?state=failing").body)) == 1
	}, waitFor, tick)
	m.post(t, "/mutes", form("rule", "works", "hours", "1"))
	for query, want := range map[string][]string{
		"":                                     {"works", "fails", "Away", "models"},
		"q=NIGHTLY":                            {"fails"},
		"q=job+timed+out":                      {"Away"},
		"q=job-timeout":                        {"Away"},
		"q=dlc.job-failed+team":                {"fails"},
		"q=wecom":                              {"Away", "models"},
		"q=nobody":                             nil,
		"state=failing":                        {"fails"},
		"state=unmatched":                      {"models"},
		"state=enabled":                        {"works", "fails", "models"},
		"state=disabled":                       {"Away"},
		"state=muted":                          {"works"},
		"state=nonsense":                       {"works", "fails", "Away", "models"},
		"source=model":                         {"models"},
		"receiver=dingtalk/team":               {"fails"},
		"receiver=team":                        {"fails", "Away"},
		"receiver=wecom":                       {"Away", "models"},
		"receiver=oncall&state=enabled&q=dlc":  {"works", "fails"},
		"sort=name":                            {"Away", "fails", "models", "works"},
		"sort=matched":                         {"works", "fails", "Away", "models"},
		"sort=failed":                          {"fails", "works", "Away", "models"},
		"sort=failed&state=enabled&source=dlc": {"fails", "works"},
	} {
		page := m.get(t, "/rules?"+query)
		require.Equal(t, http.StatusOK, page.status, query)
		assert.Equal(t, want, names(page.body), query)
	}
	page := m.get(t, "/rules").body
	assert.Equal(t, 1, strings.Count(page, `class="state off"`), "an enabled rule needs no badge")
	assert.NotContains(t, page, `class="state on"`)
	assert.Equal(t, 1, strings.Count(page, `class="state dead"`))
	assert.Equal(t, 2, strings.Count(page, "Last match:"))
	assert.Equal(t, 1, strings.Count(page, "Last failure:"))
	for says, language := range map[string]string{"No rule matches the filters": "en", "没有符合条件的规则": "zh", "条件に一致するルールがありません": "ja"} {
		assert.Contains(t, m.get(t, "/rules?q=nobody", "Accept-Language", language).body, says)
	}
}

func TestTheListIsShownInPagesThatKeepWhatIsAsked(t *testing.T) {
	m := start(t, many(60), func(_ *console.Options, o *local.Options) { o.RulesPerBus = 100 })
	page := m.get(t, "/rules?q=rule-&sort=name").body
	assert.Len(t, names(page), 50)
	assert.Contains(t, page, "Rules 1 to 50 of 60")
	next := regexp.MustCompile(`href="([^"]+)" rel="next"`).FindStringSubmatch(page)
	require.NotNil(t, next)
	page = m.get(t, html.UnescapeString(next[1])).body
	assert.Contains(t, page, "Rules 51 to 60 of 60")
	list := html.UnescapeString(value(t, page, "list"))
	done := m.post(t, "/rules/rule-7/state", form("enabled", "false", "list", list))
	assert.Equal(t, list+"&done=disabled", done.header.Get("Location"), "one goes on where one was")
	assert.Contains(t, m.get(t, done.header.Get("Location")).body, "The rule is disabled")
	for _, elsewhere := range []string{"https://example.com/?q=a", "//example.com", "", "%zz?%zz"} {
		to := m.post(t, "/rules/rule-7/state", form("enabled", "true", "list", elsewhere)).header.Get("Location")
		assert.True(t, strings.HasPrefix(to, "/rules?"), to)
	}
	all := m.post(t, "/rules", form("do", "disable", "list", "/rules?q=rule-&sort=name", "all", "true", "rule", "one"))
	assert.Contains(t, all.body, "Disable 60 rules?", "all that were found, on all pages, and no other")
	assert.Contains(t, all.body, "and 40 more")
	assert.Equal(t, 60, strings.Count(all.body, `name="rule"`))
}

func TestManyRulesChangeInOneWriteOnceSomebodyHasAgreed(t *testing.T) {
	m := start(t, twoRobots, func(o *console.Options, _ *local.Options) {
		o.Cloud.Waiting = func(context.Context, string) ([]provision.Waiting, error) {
			return []provision.Waiting{{Rule: "died", Receiver: "dingtalk/oncall", Count: 3}, {Rule: "nobodys", Receiver: "lark/team", Count: 1}}, nil
		}
	})
	before := m.text(t)
	none := m.post(t, "/rules", form("do", "disable", "list", "/rules?q=d"))
	assert.Equal(t, http.StatusUnprocessableEntity, none.status)
	assert.Contains(t, none.body, "No rule is selected")
	assert.Contains(t, none.body, `value="d"`, "the list is as it was")

	both := form("do", "disable", "list", "/rules?sort=name", "rule", "died")
	both.Add("rule", "kept")
	both.Add("rule", "nobodys")
	for says, language := range map[string]string{"died, dingtalk/oncall: 3 waiting, will be cancelled": "en", "停用 2 条规则": "zh", "2 件のルールを無効にしますか": "ja"} {
		ask := m.post(t, "/rules", both, "Accept-Language", language)
		require.Equal(t, http.StatusOK, ask.status)
		assert.Contains(t, ask.body, says)
		assert.Contains(t, ask.body, `<input type="hidden" name="agreed" value="true"><input type="hidden" name="rule" value="died"><input type="hidden" name="rule" value="kept">`)
	}
	assert.Equal(t, before, m.text(t), "nothing has changed yet")
	both.Set("agreed", "true")
	done := m.post(t, "/rules", both)
	assert.Equal(t, "/rules?sort=name&done=many-disabled", done.header.Get("Location"), done.body)
	assert.Equal(t, 2, strings.Count(m.text(t), "enabled: false"))
	assert.Contains(t, m.get(t, done.header.Get("Location")).body, "The rules are disabled")
	rules, err := m.bus.ListRules(t.Context(), "pai-system-lab")
	require.NoError(t, err)
	for _, r := range rules {
		assert.False(t, r.Enabled, r.Name)
	}

	both.Del("agreed")
	both.Set("do", "enable")
	ask := m.post(t, "/rules", both).body
	assert.Contains(t, ask, "Enable 2 rules?")
	assert.NotContains(t, ask, "waiting, will be", "enabling ends nothing")
	both.Set("agreed", "true")
	m.post(t, "/rules", both)
	assert.NotContains(t, m.text(t), "enabled: false")
	assert.Equal(t, http.StatusNotFound, m.post(t, "/rules", form("do", "delete", "rule", "died")).status)
	assert.Equal(t, "/rules?done=many-enabled", m.post(t, "/rules", form("do", "enable", "rule", "died")).header.Get("Location"), "there is nothing to ask")
}

func TestManyRulesAreMutedTogether(t *testing.T) {
	m := start(t, twoRobots, nil)
	chosen := form("do", "mute", "rule", "kept")
	chosen.Add("rule", "died")
	to := m.post(t, "/rules", chosen).header.Get("Location")
	assert.Equal(t, "/mutes?rule=died&rule=kept", to)
	page := m.get(t, to).body
	assert.Contains(t, page, "Each of these 2 rules gets a mute")
	m.post(t, "/mutes", url.Values{"rule": {"died", "nobody"}, "hours": {"2"}})
	assert.Empty(t, names(m.get(t, "/rules?state=muted").body), "all of them or none")
	muted := m.post(t, "/mutes", url.Values{"rule": {"died", "kept"}, "hours": {"2"}, "by": {"alice"}})
	require.Equal(t, http.StatusSeeOther, muted.status, muted.body)
	assert.Equal(t, []string{"died", "kept"}, names(m.get(t, "/rules?state=muted").body))
	assert.Equal(t, 2, strings.Count(m.get(t, "/rules").body, "<p>Muted by alice"))
}

func TestOverACloudManyRulesWaitForThePlanAsOneDoes(t *testing.T) {
	c := startOverCloud(t)
	ask := c.post(t, "/rules", form("do", "disable", "rule", "good"))
	assert.Contains(t, ask.body, "nothing changes on the bus before you apply it")
	done := c.post(t, "/rules", form("do", "disable", "rule", "good", "agreed", "true"))
	assert.Equal(t, "/document?done=waiting#plan", done.header.Get("Location"))
	assert.Contains(t, c.text(t), "enabled: false")
}

func TestThePlanOnAPageIsKeptForAMomentAndNeverAppliedWhenItIsOld(t *testing.T) {
	now := time.Now()
	m := start(t, twoRobots, func(o *console.Options, _ *local.Options) { o.Now = func() time.Time { return now } })
	rules, err := m.bus.ListRules(t.Context(), "pai-system-lab")
	require.NoError(t, err)
	require.NotEmpty(t, rules)
	m.get(t, "/document")
	now = now.Add(time.Hour)
	enable := func(on bool) {
		for _, r := range rules {
			require.NoError(t, m.bus.SetRuleEnabled(t.Context(), "pai-system-lab", r.Name, on))
		}
	}
	enable(false)
	page := m.get(t, "/document").body
	require.Contains(t, page, `action="/apply"`, "what is old is not shown")
	seal := value(t, page, "seal")
	enable(true)
	assert.Equal(t, seal, value(t, m.get(t, "/document").body, "seal"), "it is asked once")
	unseen := m.post(t, "/apply", form("seal", seal))
	assert.Equal(t, http.StatusConflict, unseen.status)
	assert.NotContains(t, unseen.body, `action="/apply"`, "the new plan is shown, and it is empty")

	changed := strings.Replace(m.text(t), "job-failed", "job-timeout", 1)
	require.NoError(t, os.WriteFile(m.document, []byte(changed), 0o600))
	assert.Contains(t, m.get(t, "/document").body, `action="/apply"`, "another document is another plan")
	applied := m.post(t, "/apply", form("seal", value(t, m.get(t, "/document").body, "seal")))
	assert.Equal(t, http.StatusSeeOther, applied.status)
	assert.NotContains(t, m.get(t, "/document").body, `action="/apply"`, "what was applied is not shown as if it had not been")
}

func TestTheHistoryOfAReceiverIsItsOwn(t *testing.T) {
	t.Setenv("WRONG_KEY", "SECwrong")
	m := start(t, listed, nil)
	m.post(t, "/publish", form("sample", "dlc-job-failed"))
	require.Eventually(t, func() bool { return strings.Count(m.get(t, "/history").body, `<a href="/history/`) == 3 }, waitFor, tick)
	for query, want := range map[string]int{"receiver=dingtalk/oncall": 2, "receiver=oncall": 2, "receiver=team": 1, "receiver=lark/team": 0, "target=team": 1} {
		page := m.get(t, "/history?"+query).body
		assert.Equal(t, want, strings.Count(page, `<a href="/history/`), query)
		assert.Contains(t, page, fmt.Sprintf(`name="receiver" value="%s"`, query[strings.Index(query, "=")+1:]))
	}
}
