package browser_test

import (
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const cloudEvent = `{"specversion":"1.0","id":"e1","source":"acs.paidlc","type":"paidlc:JobStateChange:JobFailed","time":"2026-11-28T08:00:00Z","data":{"JobId":"dlc1","DisplayName":"train-7b","Status":"Failed"}}`

// explained is what the pages of a refused notification say to people of a
// language.
var explained = map[string]struct{ state, dead, advice, again, waiting, done, sent string }{
	"en": {"failed", "kept as a dead letter", "copy the robot's signing key", "Send again", "waiting", "The notification is being sent again.", "sent"},
	"zh": {"投递失败", "已作为死信保留", "请重新复制该机器人的加签密钥", "重新发送", "等待中", "正在重新发送通知。", "已发送"},
	"ja": {"配信失敗", "デッドレターとして保存", "署名キー（SEC…）をコピーし直してください", "再送", "待機中", "通知を再送しています。", "送信済み"},
}

func TestARefusedNotificationOfACloudIsListedExplainedAndSentAgain(t *testing.T) {
	for name, on := range map[string]func(*testing.T) *cloud{"aliyun": onAliyun, "aws": onAWS} {
		t.Run(name, func(t *testing.T) {
			quiet(t)
			c := on(t)
			s := c.open("en")
			s.visit("/history")
			assert.Contains(t, s.text(), "No notifications found")
			c.put(cloudEvent)

			s.visit("/")
			assert.Equal(t, 3, script[int](s, `document.querySelectorAll('table a[href^="/history/"]').length`), "Overview lists them")
			s.comes("/", "3 failed") // counts may be some seconds old
			s.comes("/", "History 3")
			s.comes("/setup?again=1", "310000") // what was answered is kept for a moment
			for _, language := range []string{"en", "zh", "ja"} {
				assert.Contains(t, s.text(), "Target dingtalk/"+language+" of rule died")
			}

			for _, language := range []string{"en", "zh", "ja"} {
				says := explained[language]
				s.visit("/history?state=dead&receiver=dingtalk/" + language)
				s.click(`.languages button[value="` + language + `"]`)
				assert.Contains(t, s.text(), says.state)
				require.Equal(t, 1, script[int](s, `document.querySelectorAll('table a[href^="/history/"]').length`), "one receiver was asked for")
				s.click(`table a[href^="/history/"]`)
				page := s.text()
				for _, want := range []string{says.state, says.dead, says.advice, says.again, "310000", "train-7b", "dlc1"} {
					assert.Contains(t, page, want)
				}
				here := look(s, chromedp.Location())
				s.click(`form[action="/redrive"] button`)
				assert.Contains(t, s.text(), says.done)
				assert.Contains(t, s.text(), says.waiting)

				// Nobody has mended the cause: it is refused again, and said so.
				c.minute()
				s.run(chromedp.Navigate(here), chromedp.WaitReady(chromedp.CSS("main")))
				assert.Contains(t, s.text(), says.state)
			}

			t.Setenv("ROBOT_KEY", inboxKey)
			for _, language := range []string{"en", "zh", "ja"} {
				says := explained[language]
				s.visit("/history?state=dead&receiver=dingtalk/" + language)
				s.click(`.languages button[value="` + language + `"]`)
				s.click(`table a[href^="/history/"]`)
				here := look(s, chromedp.Location())
				s.click(`form[action="/redrive"] button`)
				assert.Empty(t, c.accepted(language), "nothing was sent yet")
				c.minute()
				assert.Len(t, c.accepted(language), 1)
				s.run(chromedp.Navigate(here), chromedp.WaitReady(chromedp.CSS("main")))
				assert.Equal(t, says.sent, look(s, chromedp.Text(chromedp.CSS("main .state"))))
				assert.NotContains(t, look(s, chromedp.Text(chromedp.CSS("#life > .pair"))), says.advice, "there is nothing left to do; others still have it")
				assert.Zero(t, script[int](s, `document.querySelectorAll("#life > .notice").length`))
				assert.Zero(t, script[int](s, `document.querySelectorAll('form[action="/redrive"]').length`))
				c.minute()
				assert.Len(t, c.accepted(language), 1, "once")
			}

			s.visit("/history?state=dead")
			assert.Zero(t, script[int](s, `document.querySelectorAll('table a[href^="/history/"]').length`))
			s.visit("/setup?again=1")
			assert.NotContains(t, s.text(), "310000", "deliveries are well again")
		})
	}
}
