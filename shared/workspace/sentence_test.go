package workspace

import (
	"encoding/json"
	"errors"
	"regexp"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/target"
)

var place = regexp.MustCompile(`\{[a-z]+\}`)

func TestEverySentenceIsTranslatedWithAllItsArguments(t *testing.T) {
	seen := map[string]bool{}
	for _, s := range sentences {
		assert.False(t, seen[s.Code], "%s is the code of two sentences", s.Code)
		seen[s.Code] = true
		for _, l := range message.Languages() {
			assert.NotEmpty(t, s.In(l), "%s in %s", s.Code, l)
			assert.ElementsMatch(t, places(s.EN), places(s.In(l)), "%s in %s", s.Code, l)
		}
	}
}

func places(text string) []string {
	found := place.FindAllString(text, -1)
	slices.Sort(found)
	return slices.Compact(found)
}

func TestAFindingHasACodeAndArgumentsForPrograms(t *testing.T) {
	_, err := Parse([]byte(`{"workspace":"w","rules":[],"contact":[]}`), "w.json", target.Spec{Type: "robot"})
	findings, ok := errors.AsType[Findings](err)
	require.True(t, ok, "%v", err)
	text, err := json.Marshal(findings[1])
	require.NoError(t, err)
	assert.JSONEq(t, `{"file":"w.json","line":1,"column":29,"kind":"shape","code":"key-unknown",
		"arguments":{"key":"\"contact\"","hint":{"code":"did-you-mean","arguments":{"word":"contacts"}}},
		"text":"unknown key \"contact\": did you mean \"contacts\"?"}`, string(text))
	assert.Equal(t, `未知的键 "contact"：是否应为 "contacts"？`, findings[1].In(message.Chinese))
}
