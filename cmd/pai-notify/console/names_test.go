package console_test

import (
	"html"
	"os"
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var (
	entry   = regexp.MustCompile(`<li><a href="([^"]+)"(?: aria-current="page")?>([^<]+?) *<`)
	current = regexp.MustCompile(`aria-current="page">([^<]+?) *<`)
	titled  = regexp.MustCompile(`<title>([^<]+) · pai-notify</title>`)
	headed  = regexp.MustCompile(`<h1>([^<]+)</h1>`)
)

func TestAPageIsCalledTheSameEverywhere(t *testing.T) {
	m := start(t, small, nil)
	docs, err := os.ReadFile("../../../docs/console.md")
	require.NoError(t, err)
	for _, language := range []string{"en", "zh", "ja"} {
		menu := entry.FindAllStringSubmatch(m.get(t, "/", "Accept-Language", language).body, -1)
		require.GreaterOrEqual(t, len(menu), 8)
		for _, leads := range menu {
			page := m.get(t, leads[1], "Accept-Language", language).body
			for what, pattern := range map[string]*regexp.Regexp{"the menu": current, "the title": titled, "the heading": headed} {
				found := pattern.FindStringSubmatch(page)
				if assert.NotNil(t, found, "%s of %s", what, leads[1]) {
					assert.Equal(t, leads[2], found[1], "%s of %s in %s", what, leads[1], language)
				}
			}
			if language == "en" {
				assert.Contains(t, string(docs), "\n| "+html.UnescapeString(leads[2])+" |", "the table of pages")
			}
		}
	}
}
