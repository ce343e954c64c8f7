package message_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/events"
	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/message"
)

// rewritten renders a sample event with changes to its text.
func rewritten(t *testing.T, name string, l message.Language, changes ...string) message.Message {
	t.Helper()
	text, err := events.Files.ReadFile(name + ".json")
	require.NoError(t, err)
	e, err := event.Parse([]byte(strings.NewReplacer(changes...).Replace(string(text))))
	require.NoError(t, err)
	source, what, _ := strings.Cut(name, "-")
	s, _ := event.Builtin().Source(source)
	typ, ok := event.Builtin().Type(source + "." + what)
	require.True(t, ok)
	return message.Render(e, s, typ, l, event.Rule{Name: "night"})
}

func TestARecoverySaysAfterHowLongAndHowManyRestarts(t *testing.T) {
	again := []string{"2026-11-16T09:47:36+08:00", "2026-11-20T03:24:45+08:00", `"0/10"`, `"3/10"`}
	failed := time.Date(2026, 11, 19, 19, 12, 45, 0, time.UTC)
	for name, c := range map[string]struct {
		sample  string
		changes []string
		times   int
		want    map[message.Language]string
	}{
		"with a limit": {"dlc-job-running", again, 1, map[message.Language]string{
			message.English:  "DLC job recovered: qwen3-moe-pretrain-512gpu|Recovered after 12 min, restart 3 of 10|2026-11-20 03:12:45 +08:00",
			message.Chinese:  "DLC 任务已恢复：qwen3-moe-pretrain-512gpu|12 分钟后恢复，第 3 次重启（最多 10 次）|2026-11-20 03:12:45 +08:00",
			message.Japanese: "DLC ジョブ復旧: qwen3-moe-pretrain-512gpu|12 分後に復旧、再起動 3 回目（最大 10 回）|2026-11-20 03:12:45 +08:00",
		}},
		"without a limit, after several": {"dlc-job-running", append([]string{`"0/10"`, `3`}, again...), 4, map[message.Language]string{
			message.English:  "DLC job recovered: qwen3-moe-pretrain-512gpu|Recovered after 12 min, restart 3|2026-11-20 03:12:45 +08:00 ×4",
			message.Chinese:  "DLC 任务已恢复：qwen3-moe-pretrain-512gpu|12 分钟后恢复，第 3 次重启|2026-11-20 03:12:45 +08:00 ×4",
			message.Japanese: "DLC ジョブ復旧: qwen3-moe-pretrain-512gpu|12 分後に復旧、再起動 3 回目|2026-11-20 03:12:45 +08:00 ×4",
		}},
		"without restarts": {"dlc-job-running", append([]string{`"RestartTimes"`, `"Other"`}, again...), 1, map[message.Language]string{
			message.English: "DLC job recovered: qwen3-moe-pretrain-512gpu|Recovered after 12 min|2026-11-20 03:12:45 +08:00",
		}},
		"with what is no number": {"dlc-job-running", append([]string{`"0/10"`, `"<b>/٣"`}, again...), 1, map[message.Language]string{
			message.English: "DLC job recovered: qwen3-moe-pretrain-512gpu|Recovered after 12 min|2026-11-20 03:12:45 +08:00",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			for l, want := range c.want {
				m := rewritten(t, c.sample, l, c.changes...).Recovered(failed, c.times)
				assert.Equal(t, want, m.Title+"|"+m.Brief+"|"+m.Fields[1].Value)
				assert.Equal(t, m.Brief, m.Value("reason"), "for those who get no more, as by text")
				assert.Equal(t, "reason", m.Fields[0].Key)
				assert.Equal(t, event.Info, m.Severity)
				assert.Empty(t, m.Next)
			}
		})
	}
}

func TestAnImageThatIsSavedAfterAllSaysSo(t *testing.T) {
	m := rewritten(t, "dsw-image-saved", message.English)
	r := m.Recovered(m.Time.Add(-90*time.Second), 1)
	assert.Equal(t, m.Title, r.Title)
	assert.Equal(t, "Recovered after 1 min 30 s", r.Brief)
}

func TestWhatHasRecoveredMeanwhileIsOneMessage(t *testing.T) {
	recovery := func(l message.Language, name string, minute, after int) message.Recovery {
		m := rewritten(t, "dlc-job-preempted", l, "视频生成-DiT-竞价-64卡", name, "dlc7u3pd0h8n4rva", "dlc-"+name)
		m.Time = at(minute)
		return message.Recovery{Failed: m, At: at(minute + after), As: "dlc.job-running"}
	}
	for l, want := range map[message.Language][2]string{
		message.English: {
			"Recovered meanwhile: llama|preempted 03:10, running 03:22",
			"Recovered meanwhile: llama and 1 more|llama (preempted 03:10, running 03:22), qwen (preempted 03:11, running 03:12)",
		},
		message.Chinese: {
			"期间已恢复：llama|被抢占 03:10，已开始运行 03:22",
			"期间已恢复：llama 等 2 个|llama（被抢占 03:10，已开始运行 03:22），qwen（被抢占 03:11，已开始运行 03:12）",
		},
		message.Japanese: {
			"その間に復旧: llama|プリエンプト 03:10、実行開始 03:22",
			"その間に復旧: llama 他 1 件|llama（プリエンプト 03:10、実行開始 03:22）、qwen（プリエンプト 03:11、実行開始 03:12）",
		},
	} {
		llama, qwen := recovery(l, "llama", 10, 12), recovery(l, "qwen", 11, 1)
		m := message.Meanwhile([]message.Recovery{llama})
		assert.Equal(t, want[0], m.Title+"|"+m.Brief)
		assert.Equal(t, llama.Failed.Link, m.Link)
		assert.Equal(t, llama.Failed.Subject, m.Subject)
		assert.Contains(t, m.Brief, m.Value("status"), "as a text says it")
		assert.NotEmpty(t, m.Value("status"))
		m = message.Meanwhile([]message.Recovery{qwen, llama, llama})
		assert.Equal(t, want[1], m.Title+"|"+m.Brief)
		assert.Equal(t, event.Info, m.Severity)
		assert.Equal(t, at(22), m.Time)
		assert.Empty(t, m.Link)
	}
}

// TestHostileNamesRecover has names of any length and of signs that mean something to
// platforms.
func TestHostileNamesRecover(t *testing.T) {
	for _, name := range []string{strings.Repeat("很", 5000), strings.Repeat("a ", 9000), "<@all> **x** [a](http://x)", "%s %d %!", "\\u202e", "\\u0000", "", " "} {
		for _, l := range message.Languages() {
			var list []message.Recovery
			for i := range message.MaxDigest {
				m := rewritten(t, "dlc-job-failed", l, "qwen3-moe-pretrain-512gpu", name, "dlc1x9qk7e2w5mzt", strings.Repeat("x", i+1))
				list = append(list, message.Recovery{Failed: m, At: m.Time.Add(time.Hour), As: name})
			}
			m := message.Meanwhile(list)
			assert.LessOrEqual(t, len(m.Brief), 1000)
			assert.LessOrEqual(t, len(m.Title), 200)
			assert.NotContains(t, m.Title+m.Brief, "MISSING", "%q is no format", name)
			r := rewritten(t, "dlc-job-running", l, "qwen3-moe-pretrain-512gpu", name).Recovered(at(1), 1)
			assert.NotEmpty(t, r.Title)
			assert.NotContains(t, r.Brief, "MISSING")
		}
	}
}
