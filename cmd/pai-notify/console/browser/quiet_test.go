package browser_test

import (
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/assert"
)

// keys puts the keyboard on what a selector finds and presses keys.
func (s *session) keys(selector string, keys ...string) {
	s.t.Helper()
	s.run(chromedp.WaitReady(chromedp.CSS(selector)))
	script[bool](s, `(document.querySelector(`+quote(selector)+`).focus(), true)`)
	for _, key := range keys {
		s.run(chromedp.KeyEvent(key))
	}
}

// follow presses Enter on what a selector finds, and waits for the page that says
// something.
func (s *session) follow(selector, want string) {
	s.t.Helper()
	s.keys(selector, "\r")
	s.eventually(want)
	s.run(until(`document.readyState === "complete"`))
}

func TestAKeyboardSaysWhenMessagesAreSent(t *testing.T) {
	t.Parallel()
	s := open(t, "en", "up")
	s.visit("/quiet")
	assert.Equal(t, "Asia/Shanghai", script[string](s, `document.querySelector("#zone").value`), "the zone of this machine")
	s.keys("#name", "weeknights", "\t", "22:00", "\t", "8:00", "\t", "\t")
	for range 4 { // Monday to Thursday
		s.run(chromedp.KeyEvent(" "), chromedp.KeyEvent("\t"))
	}
	s.keys("#to", "\r")
	s.eventually("time of day in hours and minutes, such as")
	s.fits("the form of quiet hours")
	s.put("#to", "")
	s.keys("#to", "08:00", "\r")
	s.eventually("The quiet hours are saved.")
	assert.Contains(t, s.text(), "22:00–08:00 Asia/Shanghai · Mon Tue Wed Thu")

	s.visit("/rules/job-needs-help")
	s.keys("#part-when summary", "\r")
	s.run(until(`document.querySelector("#part-when details").open`))
	s.keys("[name='group.by']", "j", "\t", "5m", "\t", " ", "\t", " ")
	s.idle()
	assert.Equal(t, []any{"job", "5m", "weeknights", true}, script[[]any](s, `[document.querySelector("[name='group.by']").value, document.querySelector("[name='group.wait']").value, document.querySelector("[name=quiet]:checked").value, document.querySelector("[name=recovered]").checked]`))
	s.choose("#sample", "sample:dlc-job-preempted")
	s.choose("#at", "2026-10-30T03:00")
	s.keys("#at", kb.ArrowUp)
	s.idle()
	assert.Equal(t, "at", focused(s), "who changes the time goes on changing it")
	assert.Equal(t, "2026-11-30T03:00", script[string](s, `document.querySelector("#at").value`))
	s.choose("#at", "2026-12-01T03:00") // a Tuesday
	s.eventually("held until 08:00 (weeknights)")
	timing := script[string](s, `document.querySelector("#part-timing").innerText`)
	for _, part := range []string{"00:00–08:00 held until 08:00 (weeknights)", "08:00–22:00 sent at once", "Critical events are sent at once.", "Grouped by job: what follows within 5 minutes", "Whoever was told of a failure"} {
		assert.Contains(t, timing, part)
	}
	s.choose("#sample", "sample:dlc-job-failed")
	s.eventually("sent at once: the event is critical")
	s.fits("the rule")
	s.click(save)
	assert.Contains(t, s.text(), "Saved. The change is active.")

	s.visit("/quiet")
	assert.True(t, script[bool](s, `document.querySelector("td.actions button").disabled`), "a rule has them")
	s.visit("/rules/job-needs-help")
	assert.Equal(t, "5m", script[string](s, `document.querySelector("[name='group.wait']").value`))
}

func TestAKeyboardMutesARule(t *testing.T) {
	t.Parallel()
	s := open(t, "en", "up")
	s.visit("/rules/job-needs-help")
	s.follow(`.save a[href="/mutes?rule=job-needs-help"]`, "New mute")
	assert.Equal(t, "job-needs-help", script[string](s, `document.querySelector("#rule").value`))
	s.put("#by", "alice")
	s.keys("#why", "moving data", "\r")
	s.eventually("The mute is active.")
	s.fits("the mutes")
	for _, path := range []string{"/rules", "/rules/job-needs-help"} {
		s.visit(path)
		assert.Regexp(t, `Muted by alice until .*: moving data`, s.text(), path)
		s.fits(path)
	}
	s.eventually("Muted by alice until")
	s.visit("/publish")
	s.click(`form[action="/publish"] button.primary`)
	s.eventually("muted by alice until")
	s.visit("/rules")
	s.follow(`form[action="/mutes/end"] button`, "The mute has ended.")
	s.visit("/rules/job-needs-help")
	assert.NotContains(t, s.text(), "Muted by alice")
}

func TestQuietHoursAreChosenWithoutTheScript(t *testing.T) {
	t.Parallel()
	s := open(t, "zh-CN", "up")
	tell(s, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	css := func(selector string) chromedp.CSS { return chromedp.CSS(selector) }
	s.visit("/quiet")
	s.run(chromedp.SendKeys(css("#name"), "夜间"), chromedp.SendKeys(css("#from"), "22:00"), chromedp.SendKeys(css("#to"), "08:00"),
		chromedp.Click(css(`button[value="save"]`)), chromedp.WaitReady(css(`a[href^="/quiet?edit="]`)))
	s.visit("/rules/job-died")
	s.run(chromedp.Click(css("#part-when summary")), chromedp.Click(css(`[name="quiet"]`)), chromedp.Click(css(save)), chromedp.WaitReady(css(`a[href="/rules/job-died"]`)))
	s.visit("/rules/job-died")
	s.run(chromedp.WaitReady(css(`[name="quiet"][checked]`)))
	assert.Contains(t, look(s, chromedp.Text(css("#part-timing"))), "严重事件始终立即发送。")
	s.visit("/contacts?edit=alice")
	s.run(chromedp.SendKeys(css("#uid"), "2001"), chromedp.Click(css(`[name="quiet"]`)), chromedp.Click(css(`main .primary`)), chromedp.WaitReady(css(`.notice.good`)))
	assert.Contains(t, look(s, chromedp.Text(css("table.rows"))), "夜间")
}
