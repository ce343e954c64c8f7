package message_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/message"
)

func TestAValueIsThereWhetherItIsShownOrNot(t *testing.T) {
	e, s, known := sample(t, "dlc.job-failed")
	m := message.Render(e, s, known, message.English, event.Rule{})
	m.Fields = nil
	for key, want := range map[string]string{
		"status": "Failed", "duration": "3 d 17 h", "user": "张伟", "quota": "lingjun-pretrain", "no_such_field": "", "sub_status": "",
	} {
		assert.Equal(t, want, m.Value(key), key)
	}
	t.Run("as the message shows it", func(t *testing.T) {
		m.Fields = []message.Field{{Key: "status", Value: "失败"}}
		assert.Equal(t, "失败", m.Value("status"))
	})
	t.Run("and none where no event is known", func(t *testing.T) {
		assert.Empty(t, message.Message{}.Value("status"))
		assert.Empty(t, message.Probe(message.English, "r").Value("status"))
	})
}

func TestADurationInWords(t *testing.T) {
	for d, want := range map[time.Duration][3]string{
		0:                            {"", "", ""},
		999 * time.Millisecond:       {"", "", ""},
		time.Second:                  {"1 second", "1 秒", "1 秒"},
		61 * time.Second:             {"1 minute 1 second", "1 分钟 1 秒", "1 分 1 秒"},
		2*time.Hour + 30*time.Second: {"2 hours", "2 小时", "2 時間"},
		25 * time.Hour:               {"1 day 1 hour", "1 天 1 小时", "1 日 1 時間"},
		321909 * time.Second:         {"3 days 17 hours", "3 天 17 小时", "3 日 17 時間"},
	} {
		for i, l := range message.Languages() {
			assert.Equal(t, want[i], message.InWords(d, l))
		}
	}
}
