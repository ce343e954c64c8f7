package sms

import (
	"encoding/json"
	"os"
	"regexp"
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
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

// septets is GSM 03.38's table, row by row as the standard prints it, without the
// escape.
const septets = "@£$¥èéùìòÇ\nØø\rÅå" + "Δ_ΦΓΛΩΠΨΣΘΞÆæßÉ" + " !\"#¤%&'()*+,-./" + "0123456789:;<=>?" + "¡ABCDEFGHIJKLMNO" + "PQRSTUVWXYZÄÖÑÜ§" + "¿abcdefghijklmno" + "pqrstuvwxyzäöñüà"

// parts counts those that a phone company counts: 160 septets or 70 units of UTF-16
// alone, 153 or 67 in each of several, of which none ends within a character.
func parts(text string) int {
	var sizes []int
	gsm := true
	for _, r := range text {
		switch {
		case strings.ContainsRune(septets, r):
			sizes = append(sizes, 1)
		case strings.ContainsRune("\f^{}\\[~]|€", r):
			sizes = append(sizes, 2)
		default:
			gsm = false
		}
	}
	alone, each := 160, 153
	if !gsm {
		alone, each, sizes = 70, 67, nil
		for _, r := range text {
			sizes = append(sizes, len(utf16.Encode([]rune{r})))
		}
	}
	total, count, used := 0, 1, 0
	for _, n := range sizes {
		total += n
		if used+n > each {
			count, used = count+1, 0
		}
		used += n
	}
	if total <= alone {
		return 1
	}
	return count
}

func TestATextOfAWSIsOnePart(t *testing.T) {
	targettest.EveryMessage(t, Spec, func(t *testing.T, _ string, n target.Notification) {
		m := n.Message
		said := text(m, 1)
		assert.Equal(t, 1, parts(said), said)
		assert.True(t, strings.HasPrefix(said, m.What), said)
		assert.Contains(t, said, m.Subject, "people search for the id")
		for wanted := range 10 {
			assert.LessOrEqual(t, parts(text(m, wanted+1)), wanted+1)
		}
		t.Run("with everything in it where there is room", func(t *testing.T) {
			said := text(m, 10)
			for _, part := range []string{m.Title, m.Subject, m.Link, message.InWords(m.Ran, m.Language)} {
				assert.Contains(t, said, part)
			}
			assert.True(t, strings.HasSuffix(said, "\ndemo"), "the rule stands at the end")
		})
	})
}

func TestWhatATextOfAWSTells(t *testing.T) {
	job := func(l message.Language, name string, change func(*message.Message)) message.Message {
		m := message.Message{
			Language: l, What: message.Text{EN: "DLC job failed", ZH: "DLC 任务失败", JA: "DLC ジョブ失敗"}.In(l), Name: name,
			Subject: "dlc1x9qk7e2w5mzt", Rule: "job-needs-help", Ran: 321909 * time.Second, Link: "https://pai.console.aliyun.com/#/job/detail?jobId=dlc1x9qk7e2w5mzt",
			Fields: []message.Field{{Key: "reason", Value: "Worker dlc1x9qk7e2w5mzt-worker-12 exited with code 1: NCCL communicator was aborted on rank 96."}},
		}
		m.Title = m.What + message.Text{EN: ": ", ZH: "：", JA: ": "}.In(l) + name
		if change != nil {
			change(&m)
		}
		return m
	}
	for outcome, c := range map[string]struct {
		message message.Message
		parts   int
		want    string
	}{
		"the reason without the id that it repeats, and the rule": {
			job(message.English, "qwen3-moe-pretrain-512gpu", nil), 1,
			"DLC job failed: qwen3-moe-pretrain-512gpu\nWorker worker-12 exited with code 1: NCCL communicator was aborted on rank 96.\ndlc1x9qk7e2w5mzt\njob-needs-help",
		},
		"the run time where a reason has no room": {
			job(message.Chinese, "qwen3-moe-pretrain-512gpu", nil), 1,
			"DLC 任务失败：qwen3-moe-pretrain-512gpu\n已运行 3 天 17 小时\ndlc1x9qk7e2w5mzt",
		},
		"as much of the reason as there is room for": {
			job(message.Japanese, "train-7b", nil), 1,
			"DLC ジョブ失敗: train-7b\nWorker worker-12 exited with cod…\ndlc1x9qk7e2w5mzt",
		},
		"more in more parts": {
			job(message.Chinese, "train-7b", nil), 3,
			"DLC 任务失败：train-7b\nWorker worker-12 exited with code 1: NCCL communicator was aborted on rank 96.\n已运行 3 天 17 小时\ndlc1x9qk7e2w5mzt\njob-needs-help",
		},
		"signs of GSM's alphabet instead of those that cost room": {
			job(message.English, "a’s “run” – 2×8…", func(m *message.Message) { m.Fields = nil }), 1,
			"DLC job failed: a's \"run\" - 2x8...\nRan for 3 days 17 hours\ndlc1x9qk7e2w5mzt\nhttps://pai.console.aliyun.com/#/job/detail?jobId=dlc1x9qk7e2w5mzt\njob-needs-help",
		},
		"the beginning of a long name": {
			job(message.English, strings.Repeat("name-", 60), func(m *message.Message) { m.Rule, m.Ran = "", 0 }), 1,
			"DLC job failed: " + strings.Repeat("name-", 24) + "name...\ndlc1x9qk7e2w5mzt",
		},
		"an id once": {
			job(message.English, "dlc1x9qk7e2w5mzt", func(m *message.Message) { m.Fields, m.Link, m.Ran = nil, "", 0 }), 1,
			"DLC job failed: dlc1x9qk7e2w5mzt\njob-needs-help",
		},
		"no more than there is": {message.Message{Title: "Test message from pai-notify"}, 1, "Test message from pai-notify"},
	} {
		t.Run(outcome, func(t *testing.T) {
			assert.Equal(t, c.want, text(c.message, c.parts))
			assert.LessOrEqual(t, parts(text(c.message, c.parts)), c.parts)
		})
	}
	t.Run("in so many parts whatever it is made of", func(t *testing.T) {
		for _, s := range hostile() {
			s = message.Clip(s, 1000) // as messages have them
			m := job(message.English, s, func(m *message.Message) { m.Subject, m.Rule, m.Fields[0].Value = s, s, s })
			for _, n := range []int{1, 2, 10} {
				said := text(m, n)
				assert.LessOrEqual(t, parts(said), n, "%q", said)
				assert.LessOrEqual(t, utf8.RuneCountInString(said), 1600)
				assert.True(t, utf8.ValidString(said))
			}
		}
	})
	t.Run("in one part unless the rule says otherwise, and in ten at most", func(t *testing.T) {
		made, err := New(awsConfig(""))
		require.NoError(t, err)
		assert.Equal(t, 1, made.(aws).MaxParts)
		for _, n := range []int{-1, 11} {
			c := awsConfig("")
			c.MaxParts = n
			_, err := New(c)
			assert.ErrorContains(t, err, "max_parts")
		}
	})
}

// The templates that the README shows, filled by the parameters beside them.
func TestTheTemplateOfTheREADMEIsOnePart(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	require.NoError(t, err)
	of := func(pattern string) string {
		found := regexp.MustCompile(pattern).FindSubmatch(readme)
		require.NotNil(t, found, pattern)
		return string(found[1])
	}
	templates := map[message.Language]string{
		message.Chinese: of(`(?m)^ *> (.*\$\{.*)$`), message.English: of("English: `(.*?)`"), message.Japanese: of("Japanese: `(.*?)`"),
	}
	var rules []struct {
		SignName string            `yaml:"sign_name"`
		Params   map[string]string `yaml:"template_params"`
	}
	require.NoError(t, yaml.Unmarshal([]byte(of("(?s)```yaml\n(- type: sms\n.*?sign_name.*?)```")), &rules))
	require.Len(t, rules, 1)
	rule := rules[0]

	fill := func(m message.Message) string {
		filled := map[string]string{}
		require.NoError(t, json.Unmarshal([]byte(phone.Params(m, rule.Params, phone.Written)), &filled))
		text := templates[m.Language]
		if m.Language == message.Chinese { // abroad texts have no signature
			text = "【" + rule.SignName + "】" + text
		}
		for name, value := range filled {
			assert.Contains(t, text, "${"+name+"}", "the platform does not document that it ignores what a template lacks")
			text = strings.ReplaceAll(text, "${"+name+"}", value)
		}
		assert.NotContains(t, text, "${", "the platform refuses what is not filled")
		return text
	}
	targettest.EveryMessage(t, Spec, func(t *testing.T, _ string, n target.Notification) {
		assert.Equal(t, 1, parts(fill(n.Message)), fill(n.Message))
	})
}

func TestAnIDOfTypesetSignsTakesNoFurtherPart(t *testing.T) {
	for _, id := range []string{"job`1", "job–1", "“job”", strings.Repeat("`", 100)} {
		text := text(message.Message{Language: message.English, Title: "DLC job failed: " + strings.Repeat("pretrain ", 20), Subject: id}, 1)
		assert.True(t, fits(text, 1), text)
		assert.Equal(t, gsm, alphabetOf(text), text)
	}
}
