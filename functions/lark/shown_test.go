package lark

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/pai-notify/pai-notify/shared/inbox"
	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/target"
	"github.com/pai-notify/pai-notify/shared/target/targettest"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestWhatIsShown sends every event in every language and style, and what is
// hard about messages, to a bot that asks for a keyword.
func TestWhatIsShown(t *testing.T) {
	const keyword = "告警"
	targettest.EveryMessage(t, Spec, func(t *testing.T, _ string, n target.Notification) {
		in, base := standIn(t, inbox.Options{Rate: 1000}, keyword)
		for _, style := range []Style{Card, Post, Text} {
			b := open(t, base, func(c *Config) { c.Style, c.Keyword, c.Mention = style, keyword, Mention{Users: []string{"ou_1a2b"}} })
			for what, m := range targettest.HardMessages(n.Message) {
				before := len(in.Received())
				require.NoError(t, targettest.ErrorOf(b.Send(t.Context(), target.Notification{ID: n.ID, Message: m})), what)
				seen := in.Received()[before:]
				require.Len(t, seen, 1, "the first attempt is taken: %s", what)
				assert.NotContains(t, strings.Join(read(t, targettest.Message{Body: seen[0].Body}).Links, " "), "evil", what)
				var s sent
				require.NoError(t, json.Unmarshal([]byte(seen[0].Body), &s))
				all, _ := s.shown()
				lines := strings.Split(strings.TrimSpace(all), "\n")
				assert.True(t, strings.HasPrefix(lines[0], message.Mark(m.Severity)+" "), what)
				assert.Equal(t, 1, strings.Count(all, keyword), "the keyword once: %s", what)
				last := lines[len(lines)-1]
				switch {
				case what == "20 events":
					assert.True(t, strings.HasPrefix(last, "job-needs-help"), last)
				case m.Rule == "job-needs-help":
					assert.Equal(t, "job-needs-help · Somebody has to look at these.", last)
				}
				assert.LessOrEqual(t, len(last), 700, what)
				if s.Card != nil {
					e := s.Card.Body.Elements[len(s.Card.Body.Elements)-1]
					assert.Equal(t, "div", e.Tag)
					assert.Equal(t, [2]string{"notation", "grey"}, [2]string{e.Text.Size, e.Text.Colour})
					assert.True(t, strings.HasPrefix(s.Card.Config.Summary.Content, message.Mark(m.Severity)+" "), what)
				}
			}
		}
	})
}

func TestTheKeywordIsWrittenOnlyWhereItIsMissing(t *testing.T) {
	for keyword, places := range map[string]struct{ card, post, text bool }{
		"train-7b":       {}, // in the title
		"Open in":        {}, // on the button, in the link's label
		"job-needs-help": {}, // in the rule
		"dlc1abd":        {true, true, true},
		"Status":         {card: true}, // in the markdown of a card, where Lark may not look
		"Read the log":   {card: true},
		"cn-hangzhou":    {card: true, post: true}, // in an address, which is a text in texts alone
		"Train-7b":       {true, true, true},       // in other letters
		"a*b":            {card: true},
	} {
		m := sample()
		m.Rule, m.About = "job-needs-help", "Look."
		m.Fields = append(m.Fields, message.Field{Label: "Reason", Value: "a*b"})
		for style, written := range map[Style]bool{Card: places.card, Post: places.post, Text: places.text} {
			all, _ := decode(t, draft{Config: Config{Style: style, Keyword: keyword}, message: m, budget: maxBody}).shown()
			assert.Equal(t, written, strings.Contains(all, "\n"+keyword+"\n"), "%q in %s", keyword, style)
		}
	}
}

func TestTheKeywordIsAddedOnceLarkMissesIt(t *testing.T) {
	const missing = `{"code":19024,"msg":"Key Words Not Found"}`
	written := func(t *testing.T, in *inbox.Inbox, keyword string) (list []bool) {
		t.Helper()
		for _, m := range in.Received() {
			var s sent
			require.NoError(t, json.Unmarshal([]byte(m.Body), &s))
			all, _ := s.shown()
			list = append(list, strings.Contains("\n"+all+"\n", "\n"+keyword+"\n"))
		}
		return list
	}
	in, base := standIn(t, inbox.Options{})
	in.Script("lark", id, says(missing, missing, missing)...)
	require.NoError(t, targettest.ErrorOf(open(t, base, func(c *Config) { c.Keyword = "train-7b" }).Send(t.Context(), notification())))
	assert.Equal(t, []string{"interactive", "interactive", "post", "text"}, types(t, in))
	assert.Equal(t, []bool{false, true, true, true}, written(t, in, "train-7b"))

	in, base = standIn(t, inbox.Options{})
	in.Script("lark", id, says(missing)...)
	require.NoError(t, targettest.ErrorOf(open(t, base, func(c *Config) { c.Keyword = "告警" }).Send(t.Context(), notification())))
	assert.Equal(t, []string{"interactive", "post"}, types(t, in), "a card that had it is not sent again")
	assert.Equal(t, []bool{true, true}, written(t, in, "告警"))
}

func TestEachEventOfADigestHasItsLink(t *testing.T) {
	m := targettest.Twenty(sample())
	m.Language = message.Chinese
	m.Fields[1].Link, m.Fields[2].Link = "javascript:alert(1)", "https://a.example/)[x]($y"
	d := draft{Config: Config{Style: Card}, message: m, budget: maxBody}
	_, markdown := decode(t, d).shown()
	assert.Contains(t, markdown, " [打开]("+m.Fields[0].Link+")\n")
	assert.Contains(t, markdown, " [打开](https://a.example/%29%5Bx%5D%28%24y)\n")
	assert.NotContains(t, markdown, "javascript")
	assert.Equal(t, 19, strings.Count(markdown, "]("))
	d.Style = Post
	spans := decode(t, d).Content.Post["zh_cn"].Content
	assert.Equal(t, span{Tag: "a", Text: "打开", Link: m.Fields[0].Link}, spans[0][1])
	assert.True(t, strings.HasSuffix(spans[0][0].Text, " "))
	assert.Len(t, spans[1], 1)
	d.Style = Text
	all, _ := decode(t, d).shown()
	assert.Contains(t, all, "+08:00 "+m.Fields[0].Link+"\n")
}

func TestWhatIsReadFirstStaysWhole(t *testing.T) {
	m := targettest.Twenty(sample())
	m.Rule, m.About = "job-needs-help", "Somebody has to look at these."
	for _, style := range []Style{Card, Post, Text} {
		all, _ := decode(t, draft{Config: Config{Style: style, Mention: Mention{All: true}}, message: m, budget: 5500}).shown()
		for _, f := range m.Fields[:5] {
			assert.Contains(t, all, f.Value, style)
			assert.Contains(t, all, f.Link, style)
		}
		assert.Contains(t, all, "pretrain-19", "the last is there, if cut")
		assert.True(t, strings.HasSuffix(strings.TrimSpace(all), "\njob-needs-help"), "the description gives way first")
	}
}

func TestTheSummaryOfACardBeginsWithTheReason(t *testing.T) {
	m := sample()
	m.Brief = "Worker 12 exited with code 1. · 3 d 17 h"
	s := decode(t, draft{Config: Config{Style: Card}, message: m, budget: maxBody})
	assert.Equal(t, "🔴 DLC job failed: train-7b", s.Card.Header.Title.Content)
	assert.Equal(t, "🔴 DLC job failed: train-7b · Worker 12 exited with code 1. · 3 d 17 h", s.Card.Config.Summary.Content)
	m.About, m.Brief = "ask alice@example.com", "bob@example.com left"
	assert.NotContains(t, masked(m).About+masked(m).Brief, "example")
}
