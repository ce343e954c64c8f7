package browser_test

import (
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// focused is where the keyboard is.
func focused(s *session) string {
	s.t.Helper()
	return script[string](s, `document.activeElement.id`)
}

// enter presses Enter where the keyboard is, and waits for the form.
func (s *session) enter() {
	s.t.Helper()
	s.run(chromedp.KeyEvent("\r"))
	s.idle()
}

func TestAKeyboardChoosesWhatMessagesShow(t *testing.T) {
	t.Parallel()
	s := open(t, "en", "up")
	s.visit("/rules/job-needs-help")
	assert.False(t, script[bool](s, `document.querySelector("#part-shows details").open`), "it is in nobody's way")
	script[bool](s, `(document.querySelector("#part-shows summary").focus(), true)`)
	s.run(chromedp.KeyEvent("\r"), until(`document.querySelector("#part-shows details").open`))
	for _, key := range []string{"user", "reason"} {
		s.choose(`[name="fields.add"]`, key)
		script[bool](s, `(document.querySelector('button[value="fact-add:fields"]').focus(), true)`)
		s.enter()
		assert.Equal(t, "fields.add", focused(s), "the next one is chosen there")
	}
	script[bool](s, `(document.querySelector('button[value="fact-path:fields"]').focus(), true)`)
	s.enter()
	require.Equal(t, "fields.2.path", focused(s))
	s.run(chromedp.KeyEvent("JobSpecs.*.PodCount"))
	s.idle()
	assert.Equal(t, "64", script[string](s, `document.getElementById("fields.2.value").innerText`), "what the event has at the path")
	assert.Equal(t, "fields.2.path", focused(s), "who types goes on typing")
	s.fill(`[name="fields.2.label"]`, `Pods <img src=x onerror="document.title='owned'">`)
	s.idle()
	s.eventually(`Pods <img src=x onerror`)

	script[bool](s, `(document.getElementById("fields.2.up").focus(), true)`)
	s.enter()
	s.enter()
	assert.Equal(t, "fields.0.up", focused(s), "the keyboard goes with what it moves")
	assert.Equal(t, []any{"", "user", "reason"}, script[[]any](s, `[...document.querySelectorAll('[name^="fields."][name$=".key"]')].map(e => e.value)`))
	bubble := script[string](s, `document.querySelector(".as.dingtalk .text").innerText`)
	assert.Regexp(t, `(?s)Pods <img.*64.*Created by.*Reason.*Time`, bubble, "the message beside it has them in this order")
	assert.NotContains(t, bubble, "Workspace", "and no others")

	s.fits("the rule")

	s.click(save)
	assert.Contains(t, s.text(), "Saved. The change is active.")
	s.visit("/rules/job-needs-help")
	assert.Equal(t, "JobSpecs.*.PodCount", script[string](s, `document.getElementById("fields.0.path").value`))
	script[bool](s, `(document.getElementById("fields.0.remove").focus(), true)`)
	s.enter()
	assert.Equal(t, "fields.0.remove", focused(s))
	s.choose("#words", "zh")
	s.choose("#sample", "unknown:dlc")
	s.eventually("The rule does not match.")
	s.press(`input[name="events"][value="*"]`)
	s.eventually("DLC 任务状态变为 Failed")
	assert.NotContains(t, look(s, chromedp.Title()), "owned")
}

func TestFactsAreChosenWithoutTheScript(t *testing.T) {
	t.Parallel()
	s := open(t, "ja", "up")
	tell(s, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	css := func(selector string) chromedp.CSS { return chromedp.CSS(selector) }
	s.visit("/rules/job-died")
	s.run(chromedp.Click(css("#part-shows summary")), chromedp.Click(css(`button[value="fact-path:title"]`)), chromedp.WaitReady(css(`[name="title.0.path"]:focus`)))
	s.run(chromedp.KeyEvent("JobType"), chromedp.Click(css(`button[value="fact-path:title"]`)), chromedp.WaitReady(css(`[name="title.1.path"]:focus`)))
	s.run(chromedp.KeyEvent("UserId"), chromedp.Click(css(`button[value="fact-up:title.1"]`)), chromedp.WaitReady(css(`[name="title.0.path"][value="UserId"]`)))
	assert.Contains(t, look(s, chromedp.Text(css("#part-title"))), "201457962310948521 · PyTorchJob")
	s.run(chromedp.Click(css(save)), chromedp.WaitReady(css(`a[href="/rules/job-died"]`)))
}
