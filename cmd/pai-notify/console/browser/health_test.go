package browser_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// unsetDocument has a rule whose variable nobody sets, and a name that does not
// break.
const unsetDocument = `workspace: lab
language: en
rules:
  - name: a-rule-whose-name-is-as-long-as-names-may-be
    source: dlc
    events: [job-failed]
    targets: [{type: dingtalk, name: oncall, webhook: env:A_VARIABLE_WITH_A_LONG_NAME_THAT_NOBODY_HAS_SET_ON_THIS_MACHINE}]
`

// inNeed opens a console over a workspace that needs somebody.
func inNeed(t *testing.T, language string) *session {
	document := filepath.Join(t.TempDir(), "workspace.yaml")
	require.NoError(t, os.WriteFile(document, []byte(unsetDocument), 0o600))
	return open(t, language, "console", "--data", t.TempDir(), "-w", document)
}

const oneLine = `#health a[href^="/rules/"]`

func TestWhatNeedsSomebodyIsReadAndReachedByKeyboard(t *testing.T) {
	t.Parallel()
	s := inNeed(t, "en")
	for _, language := range []string{"ja", "zh", "en"} {
		s.visit("/")
		s.click(`.languages button[value="` + language + `"]`)
		s.run(until(`!!document.querySelector('` + oneLine + `')`))
		s.fits("the overview in " + language)
	}
	s.visit("/")
	s.run(until(`!!document.querySelector('`+oneLine+`')`), chromedp.KeyEvent("\t"), chromedp.KeyEvent("\r"), chromedp.KeyEvent("\t"))
	assert.True(t, script[bool](s, `document.activeElement.matches('`+oneLine+`')`), "the first thing after the menu is what needs somebody")
	s.run(chromedp.KeyEvent("\r"), until(`location.hash === "#t0.webhook" && document.readyState === "complete"`))
	assert.True(t, script[bool](s, `!!document.getElementById("t0.webhook")`), "the link leads to the field")
}

func TestTheOverviewIsLiveAndLeavesAloneWhatIsUsed(t *testing.T) {
	t.Parallel()
	s := inNeed(t, "en")
	s.visit("/")
	s.run(until(`!!document.querySelector('` + oneLine + `')`))
	script[bool](s, `document.documentElement.dataset.same = "1", document.querySelector("#steps a").focus(), true`)
	script[bool](s, `fetch("/publish", {method: "POST", body: new URLSearchParams({sample: "dlc-job-failed"})}).then(() => true)`)
	s.run(until(`!!document.querySelector('#health a[href$="state=dead"]')`))
	assert.Equal(t, "1", script[string](s, `document.documentElement.dataset.same`), "without a reload")
	assert.True(t, script[bool](s, `document.querySelector("#steps").contains(document.activeElement)`), "what has the focus keeps it")
	s.run(until(`!!document.querySelector("#recent table")`))
	assert.Contains(t, script[string](s, `document.querySelector("#health time").title`), ":", "the exact time, in the browser's zone")
}

func TestWithoutTheScriptTheOverviewSaysTheSame(t *testing.T) {
	t.Parallel()
	s := inNeed(t, "en")
	tell(s, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	for range 20 { // what is still being asked has a link
		s.visit("/")
		if script[bool](s, `!!document.querySelector('`+oneLine+`')`) {
			break
		}
	}
	assert.Contains(t, s.text(), "Needs attention")
	s.run(chromedp.Click(chromedp.CSS(oneLine)), chromedp.WaitReady(chromedp.CSS(`[name="t0.webhook"]`)))
}
