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
	for _, status := range []string{"Created", "Queuing", "Dequeued", "Bidding", "EnvPreparing", "SanityChecking", "Running", "Restarting", "Stopping", "Stopped", "Succeeded", "Failed", "FailedReserving", "Evicted", "ResourceAllocating", "Recovering", "Deleting", "Saved", "SaveFailed", "Committing", "ArrearStopping", "Pending", "Approved", "Rejected", "Initialized", "Suspended", "Terminated", "ReadyToSchedule", "Unknown"} {
		e, err := event.Parse([]byte(`{"id":"1","source":"acs.x","type":"x","data":{"JobName":"a","Status":"` + status + `"}}`))
		require.NoError(t, err)
		m := message.Render(e, event.Source{}, event.Type{}, message.Japanese, event.Rule{Fields: []event.Fact{{Key: "status"}}})
		heard := phone.Heard(m.Value("status"), m.Language, time.Minute)
		assert.False(t, strings.ContainsFunc(heard, func(r rune) bool { return unicode.Is(unicode.Han, r) }), "add the reading of %q to readings", heard)
	}
}

func TestJapaneseNumbersAreSaidWithWhatTheyCount(t *testing.T) {
	const minute, hour, day = time.Minute, time.Hour, 24 * time.Hour
	for want, ran := range map[string]time.Duration{
		"いちにち":           day, // not ついたち, the first of a month
		"みっかじゅうななじかん":    3*day + 17*hour,
		"じゅうよっかくじかん":     14*day + 9*hour,
		"にじゅうよっか":        24 * day,
		"さんじゅうにちよじかん":    30*day + 4*hour,
		"120にち":          120 * day,
		"にじかんじゅうごふん":     2*hour + 15*minute,
		"じゅういちじかんじゅっぷん":  11*hour + 10*minute,
		"よんじゅっぷんごびょう":    40*minute + 5*time.Second,
		"さんじゅういっぷんななびょう": 31*minute + 7*time.Second,
		"": 0,
	} {
		assert.Equal(t, want, phone.Ran(message.Message{Language: message.Japanese, Ran: ran}))
	}
	for text, want := range map[string]string{
		"10回中4回": "じゅっかいちゅうよんかい", "qwen3 他 2 件": "qwen3 ほか にけん", "512 基": "512 き", "v2日更": "v2 日更", "train-3": "train 3", "2026": "2026",
	} {
		assert.Equal(t, want, phone.Heard(text, message.Japanese, time.Minute), text)
	}
}

func TestWhatHappenedIsHeardToItsEnd(t *testing.T) {
	for l, what := range map[message.Language]string{
		message.English: "acs.pai.something.new status SaveFailed", message.Chinese: "DLC 任务状态变为 SaveFailed", message.Japanese: "DSW インスタンスのステータス SaveFailed",
	} {
		heard := phone.HeardEnd(what, l, 3500*time.Millisecond)
		assert.True(t, strings.HasSuffix(heard, "SaveFailed"), heard)
		assert.False(t, strings.HasPrefix(heard, "の"), heard)
		assert.LessOrEqual(t, phone.Lasts(heard, l), 4*time.Second)
		assert.Equal(t, phone.Heard(what, l, time.Minute), phone.HeardEnd(what, l, time.Minute), "whole where there is time")
	}
	long := strings.Repeat("a", 400)
	assert.Equal(t, phone.Heard(long, message.English, time.Second), phone.HeardEnd(long, message.English, time.Second))
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
