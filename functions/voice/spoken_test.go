package voice

import (
	"strings"
	"testing"
	"time"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/phone"
	"github.com/pai-notify/pai-notify/shared/target"
	"github.com/pai-notify/pai-notify/shared/target/targettest"
	"github.com/stretchr/testify/assert"
)

// unreadable are names of which a voice cannot read all, and some of which it
// would spell.
var unreadable = []string{
	"dlc-20261120-qwen3-moe-pretrain-512gpu-lr3e-4", "dlc1x9qk7e2w5mzt", "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
	"视频：生成-客户流失预测-日更-大规模推荐模型训练", strings.Repeat("a", 400), strings.Repeat("7", 400), strings.Repeat("xkcd-", 80), strings.Repeat("失败", 200),
	strings.Repeat("при-", 80), "<speak>x</speak>. And another sentence: and one more, and another.", "",
}

func TestAReadingIsShort(t *testing.T) {
	targettest.EveryEvent(t, Spec, func(t *testing.T, _ string, n target.Notification) {
		m := n.Message
		for _, name := range append([]string{m.Name}, unreadable...) {
			m.Name = name
			for times := 1; times <= maxTimes; times++ {
				said := spoken(m, times)
				assert.LessOrEqual(t, phone.Lasts(said, m.Language), phone.MostSpoken*time.Duration(times), said)
				assert.NotContains(t, said, m.Subject, "nobody writes down an id that is spelled")
			}
		}
	})
	t.Run("of whatever a rule and an event are called", func(t *testing.T) {
		for _, l := range message.Languages() {
			for _, text := range unreadable {
				said := spoken(message.Message{Language: l, What: text, Title: text, Name: text, Rule: text, Ran: time.Hour}, 2)
				assert.LessOrEqual(t, phone.Lasts(said, l), 2*phone.MostSpoken, said)
				assert.LessOrEqual(t, len(utf16.Encode([]rune(said))), 3000, "AWS takes no more")
				assert.True(t, utf8.ValidString(said))
			}
		}
	})
}

func TestWhatACallSays(t *testing.T) {
	job := func(l message.Language) message.Message {
		return message.Message{
			Language: l, What: message.Text{EN: "DLC job failed", ZH: "DLC 任务失败", JA: "DLC ジョブ失敗"}.In(l), Name: "视频：train",
			Subject: "dlc1x9qk7e2w5mzt", Rule: "job-needs-help", Ran: 321909 * time.Second,
		}
	}
	for l, want := range map[message.Language]string{
		message.English:  "DLC job failed: 视频 train. It ran for 3 days 17 hours. See PAI. Rule job needs help.",
		message.Chinese:  "DLC 任务失败：视频 train。已运行 3 天 17 小时。请查看 PAI。规则 job needs help。",
		message.Japanese: "DLC ジョブしっぱい、视频 train。じっこうじかん、みっかじゅうななじかん。",
	} {
		assert.Equal(t, want, spoken(job(l), 1))
	}
	t.Run("twice, and the rule once", func(t *testing.T) {
		said := spoken(job(message.English), 2)
		assert.Equal(t, 2, strings.Count(said, "DLC job failed: 视频 train. It ran for"))
		assert.True(t, strings.HasSuffix(said, "See PAI. Rule job needs help."))
		assert.Equal(t, 1, strings.Count(said, "Rule"))
	})
	t.Run("without what the event does not tell", func(t *testing.T) {
		assert.Equal(t, "DSW instance stopped. See PAI.", spoken(message.Message{Language: message.English, What: "DSW instance stopped"}, 1))
	})
	t.Run("the whole name rather than the seconds", func(t *testing.T) {
		for name, want := range map[string]string{
			"客户流失预测-日更": "工作流任务运行成功：客户流失预测 日更。已运行 35 分钟。请查看 PAI。",
			"日更":        "工作流任务运行成功：日更。已运行 35 分钟 27 秒。请查看 PAI。",
		} {
			m := message.Message{Language: message.Chinese, What: "工作流任务运行成功", Name: name, Ran: 35*time.Minute + 27*time.Second}
			assert.Equal(t, want, spoken(m, 1))
		}
	})
	t.Run("of a test that it is one, and of which rule", func(t *testing.T) {
		said := spoken(message.Probe(message.English, "night"), 1)
		assert.Contains(t, said, "pai notify")
		assert.Contains(t, said, ": night. ")
	})
}
