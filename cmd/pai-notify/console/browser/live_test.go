package browser_test

import (
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
)

// hurried has the page count what it asks for and keep how long it waits for the next
// time, and wait a hundredth of that.
const hurried = `(() => { window.asked = 0; window.waits = []; const ask = fetch, later = setTimeout;
	window.fetch = (...all) => { asked++; return window.away ? Promise.reject(new Error("away")) : ask(...all) };
	window.setTimeout = (what, after) => { if (after !== 3000) waits.push(after / 1000); return later(what, after / 100) };
	document.dispatchEvent(new Event("visibilitychange")); return true })()`

const stale = `document.querySelector("#stale").textContent`

func TestAPageThatWasAwaySaysSoAndRecovers(t *testing.T) {
	t.Parallel()
	s := open(t, "en", "console", "--data", t.TempDir())
	welcome(s)
	s.click(`form[action="/first-rule"] button`)
	s.puts(failed("e1", "dlcaaa", "pretrain-7b"))
	for path, waits := range map[string]string{"/": "20,40,60,60", "/history": "10,20,40,60"} {
		s.visit(path)
		script[bool](s, hurried)
		s.run(until(`asked > 1 && !document.querySelector("[data-later]") && ` + stale + ` === ""`))

		script[bool](s, `(window.away = true, waits.length = 0, true)`)
		s.run(until(stale + ` !== ""`))
		assert.Regexp(t, `^Not up to date since \d\d:\d\d\. `, script[string](s, stale), path)
		s.run(until(`waits.length > 4`))
		assert.Contains(t, script[string](s, `waits.join()`), waits, "%s: errors double the wait", path)

		script[bool](s, `(Object.defineProperty(document, "hidden", {value: true, configurable: true}), asked = 0, true)`)
		s.run(chromedp.Sleep(patience / 60)) // the longest wait is 0.6 seconds now
		assert.Zero(t, script[int](s, `asked`), "%s: a hidden page asks nothing", path)

		script[bool](s, `(window.away = false, delete document.hidden, document.dispatchEvent(new Event("visibilitychange")), true)`)
		s.run(until(stale + ` === "" && asked > 0`))
	}
}

func TestThePartsOfAPageThatAreUsedStay(t *testing.T) {
	t.Parallel()
	s := open(t, "en", "console", "--data", t.TempDir())
	welcome(s)
	s.click(`form[action="/first-rule"] button`)
	s.puts(failed("e1", "dlcaaa", "pretrain-7b"))
	s.visit("/")
	assert.Contains(t, script[string](s, `document.querySelector("#recent td:nth-child(2)").textContent`), "pretrain-7b · dlcaaa", "the latest show the job")
	assert.Contains(t, script[string](s, `document.querySelector("#recent td.time .ago").textContent`), "ago", "and since when")
	script[bool](s, hurried)
	script[bool](s, `(getSelection().selectAllChildren(document.querySelector("#recent h2")), window.part = document.querySelector("#recent"), true)`)
	script[bool](s, `fetch("/publish", {method: "POST", body: new URLSearchParams({text: `+quote(failed("e2", "dlcbbb", "finetune"))+`})}).then(() => true)`)
	s.run(until(stale + ` !== ""`))
	assert.True(t, script[bool](s, `window.part.isConnected`), "under a marked text, and the page says that it is old")
	script[bool](s, `(getSelection().removeAllRanges(), true)`)
	s.run(until(`document.querySelector("#recent").textContent.includes("finetune") && ` + stale + ` === ""`))

	tell(s, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	s.visit("/")
	assert.Contains(t, s.text(), "finetune · dlcbbb")
	assert.Empty(t, script[string](s, stale))
}
