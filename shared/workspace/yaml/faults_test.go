package yaml

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/message"
)

func TestAFaultOfTheTextIsSaidInEveryLanguage(t *testing.T) {
	for text, code := range map[string]string{
		"a: *nobody":                      "unknown-alias",
		"a:\n  - b: c\n\td: e":            "tab",
		"a: @b":                           "bad-start",
		"a: b: c":                         "colon",
		"a: - b":                          "dash",
		"a: b\n c: d\n":                   "colon",
		"a:\n  b: c\n d: e":               "key",
		"- a\n- b\nc":                     "no-colon",
		"a:\n  - b: c\n    d: e\n   f: g": "no-dash",
		"a: [b, c":                        "open-list",
		"a: {b: c":                        "open-object",
		"a: 'b":                           "open-quote",
		"a: \"b\n---\nc: d":               "open-quote",
		`a: "\y"`:                         "escape",
		"a: \x01":                         "control-character",
		"%YAML 2.0\n---\na: b":            "yaml-version",
		"!x!y a":                          "syntax",
	} {
		_, fault := read([]byte(text))
		require.NotNil(t, fault, "%q", text)
		what, ok := fault.Arguments["what"].(message.Statement)
		require.True(t, ok)
		assert.Equal(t, code, what.Code, "%q: %s", text, decodeError(text))
	}
	for _, f := range append(faults, fault{Sentence: notYAML}, fault{Sentence: secondDocument}) {
		for _, l := range message.Languages() {
			assert.NotEmpty(t, map[message.Language]string{message.English: f.EN, message.Chinese: f.ZH, message.Japanese: f.JA}[l], "%s in %s", f.Code, l)
		}
	}
}

func decodeError(text string) error {
	_, err := decode([]byte(text))
	return err
}
