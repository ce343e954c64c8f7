package provision

import (
	"regexp"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/pai-notify/pai-notify/shared/message"
)

func TestEverySentenceOfACheckUpIsTranslatedWithAllItsArguments(t *testing.T) {
	place := regexp.MustCompile(`\{[a-z]+\}`)
	places := func(text string) []string {
		found := place.FindAllString(text, -1)
		slices.Sort(found)
		return slices.Compact(found)
	}
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
