package document

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// every calls try with each text of up to length of the parts.
func every(parts []string, length int, prefix string, try func(string)) {
	try(prefix)
	if length == 0 {
		return
	}
	for _, part := range parts {
		every(parts, length-1, prefix+part, try)
	}
}

func TestFormatsAcceptWhatTheirPatternsMatch(t *testing.T) {
	parts := []string{"a", "Z", "0", "9", "-", "_", ".", "@", "<", ">", " ", "\t", "\n", "\v", "\f", "\r", "+", "/", "[", "`", "{", "王", "é", "e\u0301", "٣", "Ⅷ", "½", "\u00a0", "\u0000", "😀"}
	for name, f := range formats {
		t.Run(name, func(t *testing.T) {
			if f.Pattern == "" {
				assert.Nil(t, f.matches)
				return
			}
			pattern := regexp.MustCompile(f.Pattern)
			count := map[bool]int{}
			check := func(text string) {
				want := pattern.MatchString(text)
				count[want]++
				if f.matches(text) != want {
					t.Fatalf("%q: the pattern says %t", text, want)
				}
			}
			every(parts, 3, "", check)
			every([]string{"+", "0", "1", "2", "3", "9", "a"}, 4, "", func(start string) {
				for n := range 14 {
					check(start + strings.Repeat("7", n))
					check(start + strings.Repeat("7", n) + "x")
				}
			})
			every([]string{"a", "@", "-", " ", "<"}, 6, "", check)
			every([]string{"0", "1", "2", "4", "6", ":", "24:00", "s", "m", "h", "١"}, 5, "", check)
			assert.Positive(t, count[true])
			assert.Positive(t, count[false])
		})
	}
}
