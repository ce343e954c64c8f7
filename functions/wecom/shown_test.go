package wecom

import (
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/pai-notify/pai-notify/functions/wecom/standin"
	"github.com/pai-notify/pai-notify/shared/inbox"
	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/target"
	"github.com/pai-notify/pai-notify/shared/target/targettest"
	"github.com/pai-notify/pai-notify/shared/webhook"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestWhatIsShown sends every event in every language and style, and what is
// hard about messages, to a robot.
func TestWhatIsShown(t *testing.T) {
	t.Setenv(webhook.AllowVariable, "127.0.0.1")
	targettest.EveryMessage(t, Spec, func(t *testing.T, _ string, n target.Notification) {
		in := inbox.New(inbox.Options{Rate: 1000}, standin.Platform)
		s := httptest.NewServer(in)
		defer s.Close()
		hook := target.Secret(s.URL + in.Add("wecom", "robot", inbox.Keys{}).Text("webhook"))
		for _, style := range []Style{Markdown, Text, TemplateCard} {
			made, err := New(Config{Webhook: hook, Style: style})
			require.NoError(t, err)
			for what, m := range targettest.HardMessages(n.Message) {
				before := len(in.Received())
				require.NoError(t, targettest.ErrorOf(made.Send(t.Context(), target.Notification{ID: n.ID, Message: m})), what)
				seen := in.Received()[before:]
				require.Len(t, seen, 1, "the first attempt is taken: %s", what)
				assert.NotContains(t, strings.Join(read(t, targettest.Message{Body: seen[0].Body}).Links, " "), "evil", what)
				assert.True(t, strings.HasPrefix(seen[0].Title, message.Mark(m.Severity)+" "), what)
				r := decoded(t, []byte(seen[0].Body))
				last := ""
				if r.Card != nil {
					last = r.Card.Fields[len(r.Card.Fields)-1].Value
				} else {
					c := contentOf(t, []byte(seen[0].Body))
					last = c[strings.LastIndex(c, "\n")+1:]
				}
				if r.Markdown != nil {
					inner, ok := strings.CutPrefix(last, `<font color="comment">`)
					assert.True(t, ok, "grey: %s", what)
					last = strings.TrimSuffix(inner, "</font>")
				}
				switch {
				case what == "20 events", what == "64 failed workers":
					assert.True(t, strings.HasPrefix(last, "job-needs-help"), last)
				case m.Rule == "job-needs-help":
					assert.Equal(t, "job-needs-help · Somebody has to look at these.", last)
				}
				assert.NotContains(t, last, "](")
				assert.NotContains(t, last, "<")
				assert.LessOrEqual(t, len(last), 700, what)
			}
		}
	})
}

func TestEachEventOfADigestHasItsLink(t *testing.T) {
	m := targettest.Twenty(sample())
	m.Language = message.Chinese
	m.Fields = m.Fields[:4]
	m.Fields[1].Link, m.Fields[2].Link = "javascript:alert(1)", "https://a.example/)[x](https://evil.example"
	c := content(t, draft{Config: Config{Style: Markdown}, message: m})
	assert.Contains(t, c, " [打开]("+m.Fields[0].Link+")\n")
	assert.Contains(t, c, " [打开](https://a.example/%29[x]%28https://evil.example)\n")
	assert.NotContains(t, c, "javascript")
	c = content(t, draft{Config: Config{Style: Text}, message: m})
	assert.Contains(t, c, "+08:00 "+m.Fields[0].Link+"\n")
}

func TestTheWorstOfTwentyEventsAreWhole(t *testing.T) {
	for _, l := range message.Languages() {
		m := targettest.Twenty(sample())
		m.Language, m.Rule, m.About = l, "job-needs-help", strings.Repeat("有人需要查看。", 20)
		d := draft{Config: Config{Style: Markdown, Mention: Mention{Users: []string{"zhangsan"}}}, message: m}
		c := content(t, d)
		for _, f := range m.Fields[:5] {
			assert.Contains(t, c, f.Value+" ["+message.OpenText(l)+"]("+f.Link+")\n", "text and link of the worst")
		}
		assert.Contains(t, c, "pretrain-19", "the last is there, if cut")
		assert.NotContains(t, c, "… +")
		assert.True(t, strings.HasSuffix(c, "\n<@zhangsan>\n<font color=\"comment\">job-needs-help</font>"), "the description gives way first")

		d.Style = Text
		c = content(t, d)
		assert.Contains(t, c, m.Fields[0].Value, "half as much room")
	}
}

func TestTheRuleGivesWayToTheFacts(t *testing.T) {
	m := sample()
	m.Rule, m.About = strings.Repeat("规则", 24), "x"
	m.Next, m.Link = strings.Repeat("请检查。", 400), "https://a.example/"+strings.Repeat("a", 480)
	m.Title = longText
	for range 30 {
		m.Fields = append(m.Fields, message.Field{Label: "Reason", Value: longText})
	}
	mention := Mention{Users: strings.Fields(strings.Repeat("an-account-of-30-bytes-more-ok ", 14))}
	c := content(t, draft{Config: Config{Style: Markdown, Mention: mention}, message: m, short: true})
	assert.NotContains(t, c, "规则")
	assert.Contains(t, c, "dlc1abc")
	assert.True(t, strings.HasSuffix(c, mention.inline()))
}
