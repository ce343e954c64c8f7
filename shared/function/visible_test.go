package function

import (
	"bytes"
	"encoding/json"
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestVisible(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"text of any script":             {"plain\t任务 🚀 👩\u200d🔬 e\u0301 عربى\n", "plain\t任务 🚀 👩\u200d🔬 e\u0301 عربى\n"},
		"the end of a line of others":    {"a\r\nb", "a\r\nb"},
		"a line written over another":    {"failed\rsent  ", `failed\u000dsent  `},
		"a sequence that clears":         {"\x1b[2J\x1b]0;title\x07", `\u001b[2J\u001b]0;title\u0007`},
		"a sequence without ESC":         {"\u009b2J\u0090x\u009c", `\u009b2J\u0090x\u009c`},
		"a deletion":                     {"a\b\x7f\x00", `a\u0008\u007f\u0000`},
		"a line turned around":           {"a\u202egnp.exe\u2066", `a\u202egnp.exe\u2066`},
		"what is not seen":               {"a\u200bb\ufeff\u2028\u2029\U000e0041", `a\u200bb\ufeff\u2028\u2029\udb40\udc41`},
		"bytes that are no text":         {"a\xff\x9b2J", `a\xff\x9b2J`},
		"a character that was replaced":  {"a\ufffd", "a\ufffd"},
		"a colour that the program has":  {"\x1b[32mok\x1b[0;22m", "\x1b[32mok\x1b[0;22m"},
		"a colour that hides":            {"\x1b[8mx\x1b[30;40m", `\u001b[8mx\u001b[30;40m`},
		"a colour that was not finished": {"\x1b[32", `\u001b[32`},
	} {
		t.Run(name, func(t *testing.T) {
			var whole, pieces bytes.Buffer
			_, err := Visible(&whole, true).Write([]byte(c.text))
			require.NoError(t, err)
			assert.Equal(t, c.want, whole.String())
			byByte := Visible(&pieces, false)
			for i := range len(c.text) {
				n, err := byByte.Write([]byte{c.text[i]})
				require.NoError(t, err)
				assert.Equal(t, 1, n)
			}
			assert.NotContains(t, pieces.String(), "\x1b")
			assert.NotContains(t, pieces.String(), "\u009b")
			if name != "a colour that the program has" {
				assert.Equal(t, c.want, pieces.String())
				assert.Equal(t, c.want, VisibleText(c.text))
			}
		})
	}
	t.Run("keeps what JSON means", func(t *testing.T) {
		value := map[string]string{"name": "\x1b[2J\u009b\u202e\u200b\u2028\U000e0041\x7f\r\n\t任务"}
		var text, out bytes.Buffer
		encoder := json.NewEncoder(&text)
		encoder.SetEscapeHTML(false)
		require.NoError(t, encoder.Encode(value))
		_, err := Visible(&out, true).Write(text.Bytes())
		require.NoError(t, err)
		var got map[string]string
		require.NoError(t, json.Unmarshal(out.Bytes(), &got))
		assert.Equal(t, value, got)
		assert.NotContains(t, out.String(), "\u009b")
	})
	t.Run("shows what a text ends with", func(t *testing.T) {
		assert.Equal(t, `a\x0d`, VisibleText("a\r"))
		assert.Equal(t, `a\xe4\xbb`, VisibleText("a\xe4\xbb"))
	})
	t.Run("tells that nothing could be written", func(t *testing.T) {
		_, err := Visible(broken{}, false).Write([]byte("x"))
		assert.Error(t, err)
	})
}

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errors.New("broken") }
