package browser_test

import (
	"encoding/json"
	"os"
	"sync"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// violation is what axe-core found.
type violation struct {
	ID     string `json:"id"`
	Impact string `json:"impact"`
	Help   string `json:"help"`
	Nodes  []struct {
		HTML           string `json:"html"`
		FailureSummary string `json:"failureSummary"`
	} `json:"nodes"`
}

var axe = sync.OnceValues(func() ([]byte, error) { return os.ReadFile(os.Getenv(axeVariable)) })

// violations runs all rules of axe-core on the page, but for those named.
func (s *session) violations(but ...string) []violation {
	s.t.Helper()
	rules := map[string]any{}
	for _, rule := range but {
		rules[rule] = map[string]bool{"enabled": false}
	}
	return s.axe(map[string]any{"rules": rules})
}

// glaring runs those rules whose answers depend on colours, on a page that the others
// have seen.
func (s *session) glaring() []violation {
	s.t.Helper()
	return s.axe(map[string]any{"runOnly": []string{"color-contrast", "link-in-text-block"}})
}

// axe runs axe-core on the page.
func (s *session) axe(options map[string]any) []violation {
	s.t.Helper()
	if !script[bool](s, `"axe" in window`) {
		library, err := axe()
		require.NoError(s.t, err)
		s.run(chromedp.Evaluate[chromedp.Void](string(library)))
	}
	options["resultTypes"] = []string{"violations"}
	text, err := json.Marshal(options)
	require.NoError(s.t, err)
	var found []violation
	require.NoError(s.t, json.Unmarshal([]byte(script[string](s, `axe.run(`+string(text)+`).then(r => JSON.stringify(r.violations))`)), &found))
	return found
}

// fits checks a page with all that can be opened in it: for everybody, in both colours,
// on a phone.
func (s *session) fits(page string) {
	s.t.Helper()
	script[bool](s, `(document.querySelectorAll("details").forEach(d => d.open = true), true)`)
	s.colours("light")
	assert.Empty(s.t, s.violations(), page)
	s.colours("dark")
	assert.Empty(s.t, s.glaring(), "%s in the dark", page)
	s.screen(360, 740, true)
	assert.Empty(s.t, s.violations(), "%s on a phone", page)
	s.narrow(page)
	s.screen(1200, 860, false)
}

// narrow checks that nothing reaches beyond the window.
func (s *session) narrow(page string) {
	s.t.Helper()
	assert.False(s.t, script[bool](s, `document.documentElement.scrollWidth > document.documentElement.clientWidth`), "%s is wider than the window", page)
}
