package phone_test

import (
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/pai-notify/pai-notify/events"
	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/phone"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestWhatAVoiceReads(t *testing.T) {
	for text, want := range map[string]string{
		"qwen3-moe-pretrain-512gpu": "qwen3 moe pretrain 512gpu",
		"dlc1x9qk7e2w5mzt":          "5mzt",
		"dlc-20261120-qwen3-lr3e-4": "dlc 1120 qwen3 lr3e 4",
		"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08": "0a08",
		"550e8400-e29b-41d4-a716-446655440000":                             "550e8400 e29b 41d4 a716 0000",
		"a.b/c_d@e":                                                        "a b c d e",
		"视频：生成v2":                                                          "视频 生成 v2",
		"★【】👍":                                                             "",
		"":                                                                 "",
		"Ünïcode":                                                          "Ünïcode",
		"a\xffb":                                                           "a b",
	} {
		assert.Equal(t, want, phone.Heard(text, message.Chinese, time.Minute), text)
	}
	t.Run("ends with the last word there is time for", func(t *testing.T) {
		assert.Equal(t, "one two", phone.Heard("one two "+strings.Repeat("three", 80), message.English, 5*time.Second))
	})
	t.Run("ends with no number of what there is no time for", func(t *testing.T) {
		for text, want := range map[string]string{"qwen 等 3 个事件": "qwen 等", "qwen3 事件": "qwen3", "3 个事件": "3", "等 3 gpu": "等 3"} {
			words := strings.Fields(text)
			most := phone.Lasts(strings.Join(words[:len(words)-1], " "), message.Chinese) - phone.Lasts("", message.Chinese)
			assert.Equal(t, want, phone.Heard(text, message.Chinese, most), text)
		}
	})
	t.Run("is a part of a single word that takes too long, and of a script without spaces", func(t *testing.T) {
		for _, text := range []string{strings.Repeat("a", 400), strings.Repeat("失败", 200), "v2 " + strings.Repeat("失", 400), strings.Repeat("7", 400)} {
			for _, l := range message.Languages() {
				heard := phone.Heard(text, l, 4*time.Second)
				assert.NotEmpty(t, heard)
				assert.True(t, utf8.ValidString(heard))
				assert.LessOrEqual(t, phone.Lasts(heard, l), 5*time.Second, heard)
			}
		}
	})
	t.Run("is as long for few words as for their sum", func(t *testing.T) {
		for _, l := range message.Languages() {
			assert.Less(t, phone.Lasts("train", l), phone.Lasts("train 512", l))
			assert.Less(t, phone.Lasts("train", l), phone.Lasts("train. ", l))
		}
	})
}

func TestJapaneseVoicesGuessNoReadingOfATitle(t *testing.T) {
	for _, typ := range event.Builtin().Types {
		if typ.Source() == "model" { // calls carry none
			continue
		}
		payload, err := events.Files.ReadFile(strings.ReplaceAll(typ.Name, ".", "-") + ".json")
		require.NoError(t, err)
		e, err := event.Parse(payload)
		require.NoError(t, err)
		source, _ := event.Builtin().Source(typ.Source())
		m := message.Render(e, source, typ, message.Japanese, event.Rule{})
		heard := phone.Heard(phone.What(m), m.Language, time.Minute)
		assert.False(t, strings.ContainsFunc(heard, func(r rune) bool { return unicode.Is(unicode.Han, r) }), "add the reading of %q to readings", heard)
	}
	m := message.Message{Language: message.Japanese, Ran: 321909 * time.Second}
	assert.Equal(t, "3日17じかん", phone.Ran(m))
}

func FuzzHeard(f *testing.F) {
	f.Add("dlc1x9qk7e2w5mzt-视频：生成", 3)
	f.Fuzz(func(t *testing.T, text string, seconds int) {
		most := time.Duration(seconds%20) * time.Second
		for _, l := range message.Languages() {
			heard := phone.Heard(text, l, most)
			assert.True(t, utf8.ValidString(heard))
			// One character is said whatever it takes.
			assert.LessOrEqual(t, phone.Lasts(heard, l), max(most, 0)+3*time.Second, "%q", heard)
		}
	})
}
