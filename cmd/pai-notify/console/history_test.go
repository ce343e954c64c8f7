package console_test

import (
	"fmt"
	"html"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/event"
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
	id := regexp.MustCompile(`<code>(pai-notify-[^<]+)</code>`).FindStringSubmatch(
		m.get(t, regexp.MustCompile(`/history/\d+-\d+`).FindString(m.get(t, "/history").body)).body)
	require.NotNil(t, id)
	for query, want := range map[string]int{
		"":                                3,
		"receiver=dingtalk/x":             2,
		"receiver=dingtalk":               3,
		"receiver=x&state=dead":           1,
		"receiver=dingtalk/值班":            1,
		"target=lark":                     0,
		"rule=bad&receiver=x":             1,
		"rule=good&receiver=值班":           0,
		"event=dlc.job-failed":            3,
		"event=dlc.job-failed&state=sent": 1,
		"event=dlc.job-timeout":           0,
		"event=" + id[1] + "&rule=bad":    2,
		"event=paidlc:nothing&days=30":    0,
		"state=waiting":                   0,
		"state=dead&rule=good&receiver=x": 0,
		"days=30&state=dead&receiver=值班":  1,
	} {
		assert.Equal(t, want, strings.Count(m.get(t, "/history?"+strings.ReplaceAll(query, "值班", "%E5%80%BC%E7%8F%AD")).body, `href="/history/`), query)
	}
	t.Setenv("WRONG_KEY", robotKey)
	asked := m.post(t, "/redrive", form("receiver", "dingtalk/值班", "days", "7"))
	assert.Equal(t, http.StatusOK, asked.status)
	assert.Contains(t, asked.body, `<button class="primary" name="agreed" value="1">Send 1 again</button>`)
	assert.Contains(t, asked.body, `<input type="hidden" name="receiver" value="dingtalk/值班">`)
	again := m.post(t, "/redrive", form("receiver", "dingtalk", "days", "7", "agreed", "1"))
	assert.Contains(t, again.body, "Send 2 notifications again?", "that is not what was agreed to")
	done := m.post(t, "/redrive", form("receiver", "dingtalk/值班", "days", "7", "agreed", "1"))
	assert.Equal(t, http.StatusSeeOther, done.status)
	require.Eventually(t, func() bool { return strings.Count(m.get(t, "/history?state=dead").body, `href="/history/`) == 1 }, waitFor, tick)
	assert.Equal(t, 1, strings.Count(m.get(t, "/history?state=dead&receiver=x").body, `href="/history/`), "only what the page showed is sent again")
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

// about is an event about a job.
func about(id, job, name, what string) string {
	return fmt.Sprintf(`{"specversion":"1.0","id":%q,"source":"acs.paidlc","type":"paidlc:JobStateChange:%s","data":{"JobId":%q,"DisplayName":%q,"Status":"Failed","ReasonMessage":"CUDA out of memory on 50%% of the pods"}}`, id, what, job, name)
}

func TestOneFieldFindsWhatBecameOfAJob(t *testing.T) {
	m := start(t, strings.Replace(twoRules, "WRONG_KEY", "INBOX_SIGNING_KEY", 2), nil)
	m.post(t, "/publish", form("text", about("e1", "dlc1abc", "Pretrain 7B", "JobFailed")))
	m.post(t, "/publish", form("text", about("e2", "dlc2", "finetune", "JobFailed")))
	all := strings.Count(m.get(t, "/history").body, `<a href="/history/`)
	require.Equal(t, 6, all)
	for q, want := range map[string]struct {
		found int
		says  string
	}{
		"dlc1abc":                       {3, "Jobs with the ID “dlc1abc”"},
		"pretrain":                      {3, "Jobs with the ID “pretrain”"},
		"PRETRAIN 7b":                   {3, "Jobs with the ID"},
		"rain":                          {3, "No indexed job"},
		"dlc1":                          {3, "No indexed job"},
		"out of memory":                 {6, "No indexed job"},
		"memory finetune":               {3, "No indexed job"},
		"50%":                           {6, "No indexed job"},
		"5%0":                           {0, "either no rule matched"},
		"值班":                            {2, "No indexed job"},
		"dlc.job-failed":                {6, "No indexed job"},
		"job failed":                    {6, "No indexed job"},
		"timed out":                     {0, "Either no rule matched the event"},
		"e2":                            {3, "No indexed job"},
		"paidlc:JobStateChange":         {6, "No indexed job"},
		"dingtalk/x":                    {4, "No indexed job"},
		"bad finetune":                  {2, "No indexed job"},
		"<script>alert(1)</script>":     {0, "&lt;script&gt;"},
		strings.Repeat("xq jz wk ", 50): {0, "No indexed job"},
	} {
		page := m.get(t, "/history?"+form("q", q).Encode())
		require.Equal(t, http.StatusOK, page.status, q)
		assert.Equal(t, want.found, strings.Count(page.body, `<a href="/history/`), q)
		assert.Contains(t, strings.ToLower(page.body), strings.ToLower(want.says), q)
		assert.Equal(t, want.found > 0, strings.Contains(page.body, `class="chart"`), "%s: the chart has what was found", q)
		if want.found > 0 {
			assert.Contains(t, page.body, fmt.Sprintf("Notifications over time: %d sent, 0 failed", want.found), q)
		}
	}
	for _, language := range []string{"zh", "ja"} {
		title := map[string]string{"zh": "失败", "ja": "失敗"}[language]
		page := m.get(t, "/history?"+form("q", title).Encode(), "Accept-Language", language)
		assert.Equal(t, 6, strings.Count(page.body, `<a href="/history/`), "%s: the title of the messages is found", language)
	}
	rows := m.get(t, "/history").body
	assert.Contains(t, rows, `<a href="/history?q=dlc1abc">Pretrain 7B · dlc1abc</a>`)
	assert.Contains(t, m.get(t, "/history?q=dlc1abc").body, `href="/history?in=text&amp;q=dlc1abc"`)
}

func TestTheChartHasAScale(t *testing.T) {
	m := start(t, twoRules, nil)
	for n := range 3 {
		m.post(t, "/publish", form("text", about(fmt.Sprint("e", n), "dlc1", "train", "JobFailed")))
	}
	page := m.get(t, "/history?days=1").body
	assert.Contains(t, page, `<span class="scale" aria-hidden="true">10</span>`, "9 are at most in a bar")
	assert.Contains(t, page, `<span class="scale" aria-hidden="true">5</span>`)
	assert.Contains(t, page, "at most 9 in one bar · each bar is 1 h")
	assert.Contains(t, m.get(t, "/history?days=1&receiver=值班").body, "at most 3 in one bar", "the chart is of what is asked for")
	assert.Contains(t, m.get(t, "/history?days=30").body, "each bar is 24 h")
}

func TestANotificationShowsItsMessageTheOthersAndTheJob(t *testing.T) {
	t.Setenv("WRONG_KEY", robotKey)
	m := start(t, strings.Replace(twoRules, "events: [job-failed]", "events: [job-failed, job-timeout]", 1), nil)
	m.post(t, "/publish", form("text", about("e1", "dlc1", "pretrain", "JobTimeout")))
	m.post(t, "/publish", form("text", about("e2", "dlc1", "pretrain", "JobFailed")))
	m.post(t, "/publish", form("text", about("e3", "dlc2", "other", "JobFailed")))
	id := regexp.MustCompile(`/history/\d+-\d+`).FindString(m.get(t, "/history?q=e2&rule=good").body)
	require.NotEmpty(t, id)
	life := m.get(t, id).body
	part := func(from string) string {
		_, after, found := strings.Cut(life, `id="`+from+`"`)
		require.True(t, found, from)
		inside, _, _ := strings.Cut(after, "</section>")
		return inside
	}
	message := part("message")
	assert.Contains(t, message, "DLC job failed: pretrain")
	assert.Contains(t, message, "CUDA out of memory")
	beside := part("beside")
	assert.Equal(t, 2, strings.Count(beside, `<a href="/history/`), "the two of the other rule")
	assert.Contains(t, beside, "值班")
	story := part("story")
	assert.Equal(t, 2, strings.Count(story, "<h3>"), "two events of the job, and none of another")
	assert.Less(t, strings.Index(story, "DLC job timed out"), strings.Index(story, "DLC job failed"), "in time")
	assert.Equal(t, 1, strings.Count(story, `aria-current="true"`))
	assert.NotContains(t, life, `data-fresh="`, "nothing more becomes of it")
	for _, language := range []string{"zh", "ja"} {
		assert.Equal(t, http.StatusOK, m.get(t, id, "Accept-Language", language).status)
	}

	m.post(t, "/rules/good/delete", nil)
	gone := m.get(t, id).body
	assert.Contains(t, gone, "The message cannot be shown")
	assert.Contains(t, m.get(t, "/history").body, `data-fresh="5"`)
}

func TestASearchThatStopsSaysHowFarItLooked(t *testing.T) {
	m := start(t, small, nil)
	const all = 585
	for at := 0; at < all; at += 15 {
		list := make([]event.Event, 15)
		for i := range list {
			e, err := event.Parse([]byte(about(fmt.Sprintf("e%d.", at+i), fmt.Sprint("dlc", at+i), "train", "JobFailed")))
			require.NoError(t, err)
			list[i] = e
		}
		require.Eventually(t, func() bool {
			_, err := m.bus.Publish(t.Context(), "pai-system-lab", list...)
			return err == nil
		}, waitFor, tick)
	}
	page := m.get(t, "/history?q=e7.").body
	assert.Contains(t, page, "Only the newest 500 notifications of this page were searched, back to")
	assert.NotContains(t, page, "Either no rule matched", "that is not known yet")
	next := regexp.MustCompile(`href="([^"]+)" rel="next">Search older ones`).FindStringSubmatch(page)
	require.NotNil(t, next)
	older := m.get(t, html.UnescapeString(next[1])).body
	assert.Equal(t, 1, strings.Count(older, `<a href="/history/`))
	assert.NotContains(t, older, "were searched, back to")
	assert.Equal(t, 1, strings.Count(m.get(t, "/history?q=dlc7").body, `<a href="/history/`), "an index finds the job, however old")
}
