package message

import (
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/assert"
)

func TestOneLine(t *testing.T) {
	for text, want := range map[string]string{
		"":                       "",
		" a\r\nb\tc ":            "a  b c",
		"节点失联，任务失败。":             "节点失联，任务失败。",
		"\u3000失\u3000":          "失",
		"a\u202egnp.exe":         "agnp.exe",
		"a\x00b\x1b[31m\x7f":     "ab[31m",
		"👩\u200d🔬 \u200bx\ufeff": "👩\u200d🔬 x",
		"\xff\xfe":               "\uFFFD",
		"a\u2028b":               "a b",
	} {
		assert.Equal(t, want, OneLine(text), "%q", text)
	}
	t.Run("looks at every character that it may have to change", func(t *testing.T) {
		for c := rune(0); c <= unicode.MaxRune; c++ {
			if printed(c) {
				one := "a" + string(c) + "b"
				assert.False(t, c != ' ' && unicode.IsSpace(c) || unicode.IsControl(c) || unicode.Is(unicode.Cf, c), "%U", c)
				if strings.TrimSpace(one) != one {
					t.Errorf("%U", c)
				}
			}
		}
	})
}
