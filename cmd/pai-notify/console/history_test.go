package console_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// twoRules name two robots that have the same name, the second with a key that
// the platform refuses.
const twoRules = `workspace: lab
language: en
rules:
  - name: good
    source: dlc
    events: [job-failed]
    targets: [{type: dingtalk, name: x, webhook: env:INBOX_WEBHOOK, signing_key: env:INBOX_SIGNING_KEY}]
  - name: bad
    source: dlc
    events: [job-failed]
    targets:
      - {type: dingtalk, name: x, webhook: env:INBOX_WEBHOOK, signing_key: env:WRONG_KEY}
      - {type: dingtalk, name: 值班, webhook: env:INBOX_WEBHOOK, signing_key: env:WRONG_KEY}
`

func TestTheHistoryIsFilteredAsPeopleNameThings(t *testing.T) {
	t.Setenv("WRONG_KEY", "SECwrong")
	m := start(t, twoRules, nil)
	m.post(t, "/publish", form("sample", "dlc-job-failed"))
	require.Eventually(t, func() bool { return strings.Count(m.get(t, "/history?state=dead").body, `href="/history/`) == 2 }, waitFor, tick)
	id := regexp.MustCompile(`<code>([^<]+)</code></p><p class="muted">`).FindStringSubmatch(
		m.get(t, regexp.MustCompile(`/history/\d+-\d+`).FindString(m.get(t, "/history").body)).body)
	require.NotNil(t, id)
	for query, want := range map[string]int{
		"":                                3,
		"target=dingtalk/x":               2,
		"target=dingtalk":                 3,
		"target=x&state=dead":             1,
		"target=dingtalk/值班":              1,
		"target=lark":                     0,
		"rule=bad&target=x":               1,
		"rule=good&target=值班":             0,
		"event=dlc.job-failed":            3,
		"event=dlc.job-failed&state=sent": 1,
		"event=dlc.job-timeout":           0,
		"event=" + id[1] + "&rule=bad":    2,
		"event=paidlc:nothing&days=30":    0,
		"state=waiting":                   0,
		"state=dead&rule=good&target=x":   0,
		"days=30&state=dead&target=值班":    1,
	} {
		assert.Equal(t, want, strings.Count(m.get(t, "/history?"+strings.ReplaceAll(query, "值班", "%E5%80%BC%E7%8F%AD")).body, `href="/history/`), query)
	}
	t.Setenv("WRONG_KEY", robotKey)
	done := m.post(t, "/redrive", form("target", "dingtalk/值班", "days", "7"))
	assert.Equal(t, http.StatusSeeOther, done.status)
	require.Eventually(t, func() bool { return strings.Count(m.get(t, "/history?state=dead").body, `href="/history/`) == 1 }, waitFor, tick)
	assert.Equal(t, 1, strings.Count(m.get(t, "/history?state=dead&target=x").body, `href="/history/`), "only what the page showed is sent again")
}

func TestTheHistorySaysWhatTheMessageSays(t *testing.T) {
	all := strings.Replace(strings.Replace(small, "[job-failed]", "['*']", 1), "    targets:\n", "    title: [name, {path: Team}]\n    targets:\n", 1)
	m := start(t, all, nil)
	published := m.post(t, "/publish", form("text", `{"specversion":"1.0","id":"theirs","source":"acs.paidlc","type":"paidlc:Job:Changed","data":{"JobId":"dlc1","DisplayName":"train","Status":"Failed","Team":"vision"}}`))
	const want = "<td>DLC job status Failed<span"
	assert.Contains(t, published.body, want, "the status says what the type does not")
	for _, path := range []string{"/history", "/"} {
		assert.Contains(t, m.get(t, path).body, want, path)
	}
	life := m.get(t, regexp.MustCompile(`/history/\d+-\d+`).FindString(published.body))
	assert.Contains(t, life.body, "<h1>DLC job status Failed: train · vision</h1>", "as the rule has it")
	m.post(t, "/publish", form("sample", "dlc-job-timeout"))
	assert.Contains(t, m.get(t, "/history").body, "<td>DLC job timed out<span")
}
