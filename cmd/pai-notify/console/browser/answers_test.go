package browser_test

import (
	"fmt"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
)

// failed is an event about a job that failed.
func failed(id, job, name string) string {
	return fmt.Sprintf(`{"specversion":"1.0","id":%q,"source":"acs.paidlc","type":"paidlc:JobStateChange:JobFailed","data":{"JobId":%q,"DisplayName":%q,"Status":"Failed"}}`, id, job, name)
}

// puts publishes an event by the console's page.
func (s *session) puts(text string) {
	s.t.Helper()
	s.visit("/publish")
	s.put("#text", text)
	s.click(`form[action="/publish"] button.primary`)
}

const rows = `document.querySelectorAll('#found table a[href^="/history/"]').length`

func TestTheMorningAfterIsOneFieldAndOneClick(t *testing.T) {
	t.Parallel()
	s := open(t, "en", "console", "--data", t.TempDir())
	welcome(s)
	group(s, "oncall", "SECwrong")
	s.click(save)
	s.puts(failed("e1", "dlcaaa", "pretrain-7b"))
	s.puts(failed("e2", "dlcbbb", "finetune"))

	// The keyboard alone: into the field, the name's beginning, Enter.
	s.visit("/history")
	script[bool](s, `(document.querySelector("main").focus(), true)`)
	for range 10 {
		if script[string](s, `document.activeElement.id`) == "q" {
			break
		}
		s.run(chromedp.KeyEvent("\t"))
	}
	s.run(chromedp.KeyEvent("PRETRAIN"), chromedp.KeyEvent("\r"), until(`location.search.includes("q=PRETRAIN") && document.readyState === "complete"`))
	assert.Equal(t, 1, script[int](s, rows))
	assert.Contains(t, s.text(), "pretrain-7b · dlcaaa")
	assert.Contains(t, s.text(), "Jobs with the ID “PRETRAIN”")
	s.click(`#found table a[href^="/history/"]`)
	page := s.text()
	for _, want := range []string{"310000", "DLC job failed: pretrain-7b", "No other target was notified", "The job in time"} {
		assert.Contains(t, page, want)
	}
	s.fits("a notification")
	s.screen(1280, 900, false)

	// Many are sent again only when somebody has agreed to how many.
	s.visit("/history?state=dead")
	s.click(`form[action="/redrive"] button`)
	assert.Contains(t, s.text(), "Send 2 notifications again?")
	assert.Empty(t, s.violations())
	s.click(`button[name="agreed"]`)
	assert.Contains(t, s.text(), "being sent again")
}

func TestStatesChangeWithoutReloading(t *testing.T) {
	t.Parallel()
	s := open(t, "en", "console", "--data", t.TempDir())
	welcome(s)
	s.click(`form[action="/first-rule"] button`)
	tell(s, emulation.SetTimezoneOverride, emulation.SetTimezoneOverrideParams{TimezoneID: "America/St_Johns"})
	s.puts(failed("e1", "dlcaaa", "pretrain-7b"))
	s.visit("/history")
	assert.Equal(t, "UTC-03:30", script[string](s, `document.querySelector("[data-zone]").textContent`), "the browser's zone, not the machine's")
	assert.Regexp(t, `UTC-03:30$`, script[string](s, `document.querySelector("td time").title`))
	s.eventually("ago")
	script[bool](s, `(document.querySelector('#found table a[href^="/history/"]').focus(), window.before = document.activeElement.href, true)`)

	// Somebody else's event comes while the page is open.
	script[bool](s, `fetch("/publish", {method: "POST", body: new URLSearchParams({text: `+quote(failed("e2", "dlcbbb", "finetune"))+`})}).then(() => true)`)
	s.run(until(rows + ` === 2`))
	assert.Contains(t, s.text(), "finetune · dlcbbb")
	assert.True(t, script[bool](s, `document.activeElement.href === window.before`), "the keyboard stays where it was")

	tell(s, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	s.visit("/history")
	s.run(chromedp.SendKeys(chromedp.CSS("#q"), "dlcaaa"), chromedp.Click(chromedp.CSS(".search button")), chromedp.WaitReady(chromedp.CSS(`a[href*="in=text"]`)))
	zone := look(s, chromedp.Text(chromedp.CSS("[data-zone]")))
	assert.Equal(t, "UTC+08:00", zone, "that of the machine, which is said")
}
