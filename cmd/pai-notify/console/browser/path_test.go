package browser_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
)

// The key of the inbox's robot that receives the first message.
const inboxKey = "SECinbox000000000000000000000000000000000000000000000000000000001"

func inboxWebhook(s *session) string { return s.url + "/robot/send?access_token=first" }

// welcome creates a workspace.
func welcome(s *session) {
	s.t.Helper()
	s.visit("/")
	s.fill("#workspace", "lab")
	s.click("main form button.primary")
}

// group fills in a rule for a DingTalk group, which is the inbox's.
func group(s *session, name, key string) {
	s.t.Helper()
	s.visit("/new-rule")
	s.fill("#name", name)
	s.press(`button[value="add:dingtalk"]`)
	s.fill(`[name="t0.webhook"]`, inboxWebhook(s), `[name="t0.signing_key"]`, key)
}

const save = `.save button[value="save"]`

func TestANewcomerReadsTheFirstMessage(t *testing.T) {
	t.Parallel()
	s := open(t, "en", "console", "--data", t.TempDir())
	welcome(s)
	assert.Contains(t, s.text(), "Steps to your first message")
	s.click(`form[action="/first-rule"] button`)
	assert.Contains(t, s.text(), "Your first rule is active.")
	s.click(`form[action="/publish"] button.primary`)
	s.eventually("Result")
	assert.Contains(t, s.text(), "sent")
	s.click(`a[href="/inbox/dingtalk/first"]`)
	s.eventually("DLC job failed: qwen3-moe-pretrain-512gpu")
}

func TestADingTalkRuleIsConfiguredTestedAndUsed(t *testing.T) {
	t.Parallel()
	s := open(t, "en", "console", "--data", t.TempDir())
	welcome(s)
	group(s, "gpu-job-died", "SECwrong")
	s.press(`button[value="test:0"]`)
	s.eventually("Test failed.")
	assert.Contains(t, s.text(), "310000", "the platform's own code")
	assert.Contains(t, s.text(), "copy the robot's signing key", "and what to do about it")
	s.fill(`[name="t0.signing_key"]`, inboxKey)
	s.press(`button[value="test:0"]`)
	s.eventually("Test succeeded.")
	s.click(save)
	assert.Contains(t, s.text(), "The rule is active.")
	s.visit("/publish")
	s.click(`form[action="/publish"] button.primary`)
	s.eventually("gpu-job-died")
	s.visit("/inbox/dingtalk/first")
	s.eventually("DLC job failed: qwen3-moe-pretrain-512gpu")

	s.visit("/rules/gpu-job-died")
	assert.NotContains(t, html(s), inboxKey)
	s.fill("#description", "Somebody gets up.")
	s.click(save)
	assert.Contains(t, s.text(), "Somebody gets up.")
	s.click(`form[action="/rules/gpu-job-died/state"] button`)
	assert.Contains(t, s.text(), "The rule is disabled")
	s.click(`a[href="/rules/gpu-job-died/delete"]`)
	assert.Contains(t, s.text(), "This rule will no longer notify about")
	s.click("button.danger")
	assert.Contains(t, s.text(), "No rules yet")
}

func TestARuleOfOnesOwnNeedsNoGroup(t *testing.T) {
	t.Parallel()
	s := open(t, "zh-CN", "console", "--data", t.TempDir())
	welcome(s)
	s.click(`a[href="/new-rule"]`)
	s.fill("#name", "gpu-job-died")
	s.press(`button[value="add:dingtalk"]`)
	s.press(`button[value="inbox:0"]`)
	s.press(`button[value="test:0"]`)
	s.eventually("连通性测试成功。")
	assert.Equal(t, "test:0", script[string](s, `document.activeElement.value`), "the keyboard stays where it was")
	s.click(save)
	s.click(`a[href="/publish"]`)
	s.click(`form[action="/publish"] button.primary`)
	s.eventually("已发送")
	s.click(`main a[href="/inbox/dingtalk/first"]`)
	s.eventually("DLC 任务失败：qwen3-moe-pretrain-512gpu")
}

func html(s *session) string {
	s.t.Helper()
	return look(s, chromedp.OuterHTML(chromedp.CSS("html")))
}

func TestTheQuotaIsCountedAndKept(t *testing.T) {
	t.Parallel()
	s := open(t, "en", "console", "--data", t.TempDir())
	welcome(s)
	group(s, "many", inboxKey)
	for range 5 {
		s.press(`button[value="add:dingtalk"]`)
	}
	assert.Contains(t, s.text(), "6 targets exceed the limit of 5")
	for i := 1; i < 6; i++ {
		s.fill(fmt.Sprintf(`[name="t%d.webhook"]`, i), inboxWebhook(s))
	}
	s.click(save)
	assert.Contains(t, s.text(), "Check the marked fields.")
	s.press(`button[value="remove:5"]`)
	assert.Contains(t, s.text(), "5 / 5")
}

func TestAFormOffersOnlyWhatThereIs(t *testing.T) {
	t.Parallel()
	s := open(t, "en", "up")
	s.visit("/new-rule")
	s.press(`input[name="source"][value="model"]`)
	offered := look(s, chromedp.Text(chromedp.CSS(".add .actions")))
	assert.Contains(t, offered, "HTTP")
	assert.NotContains(t, offered, "SMS")
	assert.NotContains(t, offered, "Email")
	s.press(`input[name="source"][value="flow"]`)
	s.run(chromedp.WaitReady(chromedp.CSS(`[name="scope.flows"]`)))
}

func TestARuleIsTriedBeforeItIsSaved(t *testing.T) {
	t.Parallel()
	s := open(t, "en", "up")
	s.visit("/rules/job-needs-help")
	assert.Contains(t, s.text(), "The rule matches.")
	assert.Contains(t, s.text(), "Recorded events in the last 7 days")
	s.choose("#sample", "sample:dlc-job-queued")
	s.eventually("The rule does not match.")
	assert.Contains(t, s.text(), "type is \"paidlc:JobStateChange:")
	s.choose("#sample", "sample:dlc-job-failed")
	s.choose("#words", "zh")
	s.eventually("DLC 任务失败")
}

func TestAFailureIsFoundAndSentAgain(t *testing.T) {
	t.Parallel()
	s := open(t, "en", "console", "--data", t.TempDir())
	welcome(s)
	group(s, "oncall", "SECwrong")
	s.click(save)
	s.visit("/publish")
	s.click(`form[action="/publish"] button.primary`)
	s.eventually("310000")
	s.visit("/history?state=dead")
	s.click(`table a[href^="/history/"]`)
	assert.Contains(t, s.text(), "310000")
	here := look(s, chromedp.Location())
	s.visit("/rules/oncall")
	s.fill(`[name="t0.signing_key"]`, inboxKey)
	s.click(save)
	s.run(chromedp.Navigate(here), chromedp.WaitReady(chromedp.CSS("main")))
	s.click(`form[action="/redrive"] button`)
	for range 50 {
		s.run(chromedp.Reload(), chromedp.WaitReady(chromedp.CSS("main")))
		if strings.Contains(s.text(), "Attempt 2") {
			break
		}
	}
	assert.Contains(t, s.text(), "Attempt 2")
	s.visit("/inbox/dingtalk/first")
	s.eventually("accepted")
}

func TestTheConsoleWorksWithoutItsScript(t *testing.T) {
	t.Parallel()
	s := open(t, "en", "console", "--data", t.TempDir())
	tell(s, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	s.visit("/")
	css := func(selector string) chromedp.CSS { return chromedp.CSS(selector) }
	s.run(chromedp.SendKeys(css("#workspace"), "lab"), chromedp.Click(css("main form button.primary")), chromedp.WaitReady(css(".steps")))
	s.visit("/new-rule")
	s.run(chromedp.SendKeys(css("#name"), "plain"), chromedp.Click(css(`button[value="add:dingtalk"]`)), chromedp.WaitReady(css(`[name="t0.webhook"]`)),
		chromedp.SendKeys(css(`[name="t0.webhook"]`), inboxWebhook(s)), chromedp.SendKeys(css(`[name="t0.signing_key"]`), inboxKey),
		chromedp.Click(css(`button[value="test:0"]`)), chromedp.WaitReady(css(`.target-form .notice.good`)),
		chromedp.Click(css(save)), chromedp.WaitReady(css(`a[href="/rules/plain"]`)))
}

func TestPagesSpeakTheReadersLanguage(t *testing.T) {
	t.Parallel()
	for language, words := range map[string][]string{"zh-CN": {"规则", "测试连通性", "预览"}, "ja": {"ルール", "接続をテスト", "プレビュー"}} {
		t.Run(language, func(t *testing.T) {
			s := open(t, language, "up")
			s.visit("/rules/job-needs-help")
			for _, word := range words {
				assert.Contains(t, s.text(), word)
			}
			s.click(`.languages button[value="en"]`)
			assert.Contains(t, s.text(), "Preview")
		})
	}
}

func TestAHostileEventShowsAsText(t *testing.T) {
	t.Parallel()
	s := open(t, "en", "up")
	hostile := `{"specversion":"1.0","id":"<img src=x onerror=\"document.title='owned'\">","source":"acs.paidlc","type":"paidlc:JobStateChange:JobFailed","data":{"JobId":"<script>document.title='owned'</script>","DisplayName":"<svg onload=\"document.title='owned'\">","Status":"Failed"}}`
	s.visit("/publish")
	s.run(chromedp.Click(chromedp.CSS("details.more summary")))
	s.put("#text", hostile)
	s.click(`form[action="/publish"] button.primary`)
	s.eventually("<img src=x onerror")
	s.click(`table a[href^="/history/"]`)
	s.eventually(`<svg onload=`)
	s.visit("/inbox/dingtalk/inbox")
	assert.NotContains(t, look(s, chromedp.Title()), "owned")
}

func TestAPageOfAnotherOriginCannotPost(t *testing.T) {
	t.Parallel()
	s := open(t, "en", "up")
	evil := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = fmt.Fprintf(w, `<form method="post" action="%s/rules/job-died/delete"><button>win a prize</button></form>`, s.url)
	}))
	t.Cleanup(evil.Close)
	s.run(chromedp.Navigate(evil.URL), chromedp.WaitReady(chromedp.CSS("button")))
	s.run(chromedp.Click(chromedp.CSS("button")), until(`!document.querySelector("button")`))
	assert.Contains(t, s.text(), "cross-origin")
	s.visit("/rules")
	assert.Contains(t, s.text(), "job-died")
}

func TestWhatPAICallsItsEventsIsAdopted(t *testing.T) {
	t.Parallel()
	s := open(t, "en", "console", "--data", t.TempDir())
	welcome(s)
	s.click(`form[action="/first-rule"] button`)
	s.visit("/publish")
	s.put(`[name="text"]`, `{"specversion":"1.0","id":"theirs","source":"acs.pai.dlc","type":"Dlc:Job:Failed","data":{"JobId":"dlc1","DisplayName":"train","JobType":"PyTorchJob","Status":"Failed"}}`)
	s.click(`form[action="/publish"] button.primary`)
	s.visit("/")
	s.eventually("no rule matches it")
	assert.Contains(t, s.text(), "Dlc:Job:Failed", "the override is shown before it is written")
	for _, language := range []string{"ja", "zh", "en"} {
		s.click(`.languages button[value="` + language + `"]`)
		assert.True(t, script[bool](s, `!!document.querySelector('form[action="/adopt"]')`), language)
		s.fits("the overview in " + language)
	}
	s.screen(1280, 900, false)
	s.click(`form[action="/adopt"] button`)
	assert.Contains(t, s.text(), "The override is in the document")
	assert.NotContains(t, s.text(), "no rule matches it")
	s.visit("/document")
	assert.Contains(t, script[string](s, `document.querySelector("textarea").value`), "acs.pai.dlc")
}
