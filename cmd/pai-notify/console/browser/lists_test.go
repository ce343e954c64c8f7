package browser_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// manyRules opens a console over a document with 200 rules, and returns the path of
// the document.
func manyRules(t *testing.T) (*session, string) {
	var b strings.Builder
	b.WriteString("workspace: lab\nlanguage: en\nquota: 100\nrules:\n")
	for i := range 200 {
		fmt.Fprintf(&b, "  - {name: rule-%d, description: Somebody looks, source: dlc, events: [job-failed], targets: [{type: dingtalk, name: team-%d, webhook: env:A_ROBOT}]}\n", i, i%5)
	}
	document := filepath.Join(t.TempDir(), "workspace.yaml")
	require.NoError(t, os.WriteFile(document, []byte(b.String()), 0o600))
	return open(t, "en", "console", "--data", t.TempDir(), "-w", document), document
}

// tabTo goes on by keyboard until something has the focus.
func (s *session) tabTo(selector string, modifiers ...chromedp.Modifier) {
	s.t.Helper()
	for range 150 {
		s.run(chromedp.KeyEvent("\t", chromedp.KeyModifiers(modifiers...)))
		if script[bool](s, `document.activeElement.matches(`+quote(selector)+`)`) {
			return
		}
	}
	require.Fail(s.t, "the keyboard does not reach it", selector)
}

func TestManyRulesAreFoundAndSwitchedByKeyboard(t *testing.T) {
	t.Parallel()
	s, document := manyRules(t)
	disabled := func() int {
		text, err := os.ReadFile(document)
		require.NoError(t, err)
		return strings.Count(string(text), "enabled: false")
	}
	listed := func() int { return script[int](s, `document.querySelectorAll("[name=rule]").length`) }
	s.visit("/rules?state=enabled&sort=name")
	assert.Equal(t, 50, listed())
	s.fits("the list")

	s.visit("/rules")
	s.tabTo("#q")
	s.run(chromedp.KeyEvent("RULE-7 team-2"), chromedp.KeyEvent("\r"), until(`location.search.includes("RULE-7") && document.readyState === "complete"`))
	require.Equal(t, 3, listed(), "7, 72 and 77")
	s.tabTo(`[name=all]`)
	s.run(chromedp.KeyEvent(" "))
	s.tabTo(`#many [value=disable]`)
	s.run(chromedp.KeyEvent("\r"), until(`document.querySelector("h1").textContent === "Disable 3 rules?"`))
	assert.Zero(t, disabled(), "it asks first")
	assert.Empty(t, s.violations())
	s.tabTo(`button.danger`)
	s.run(chromedp.KeyEvent("\r"), until(`location.search.includes("done=many-disabled") && document.readyState === "complete"`))
	assert.Equal(t, 3, disabled())
	assert.Equal(t, 3, listed(), "the list is as it was")

	s.tabTo(`[name=rule]`)
	s.run(chromedp.KeyEvent(" "))
	s.tabTo(`#many [value=enable]`, chromedp.ModifierShift)
	s.run(chromedp.KeyEvent("\r"), until(`document.querySelector("h1").textContent .startsWith("Enable rule-7")`))
	s.tabTo(`button.primary`)
	s.run(chromedp.KeyEvent("\r"), until(`location.search.includes("done=many-enabled") && document.readyState === "complete"`))
	assert.Equal(t, 2, disabled())

	s.click(".list h2 a")
	s.run(until(`location.pathname.startsWith("/rules/rule-") && document.readyState === "complete"`))
	script[bool](s, `history.back(), true`)
	s.run(until(`location.pathname === "/rules" && document.readyState === "complete"`))
	assert.Equal(t, "RULE-7 team-2", script[string](s, `document.getElementById("q").value`), "Back leads to the same list")

	tell(s, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	s.visit("/rules?state=disabled")
	s.run(chromedp.Click(chromedp.CSS(`[name=rule]`)))
	s.click(`#many [value=mute]`)
	assert.Equal(t, "/mutes", script[string](s, `location.pathname`), "without the script too")
}
