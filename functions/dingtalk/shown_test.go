package dingtalk

import (
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
// hard about messages, to a robot that asks for a keyword.
func TestWhatIsShown(t *testing.T) {
	const keyword = "告警"
	targettest.EveryMessage(t, Spec, func(t *testing.T, _ string, n target.Notification) {
		in, base := standIn(t, inbox.Options{}, keyword)
		for _, c := range []Config{
			{Style: Markdown, Mention: Mention{Mobiles: []string{"13800000000"}}},
			{Style: ActionCard},
		} {
			for what, m := range targettest.HardMessages(n.Message) {
				before := len(in.Received())
				r := open(t, base, func(config *Config) { config.Style, config.Mention, config.Keyword = c.Style, c.Mention, keyword })
				require.NoError(t, targettest.ErrorOf(r.Send(t.Context(), target.Notification{ID: n.ID, Message: m})), what)
				seen := in.Received()[before:]
				require.Len(t, seen, 1, "the first attempt is taken: %s", what)
				assert.NotContains(t, strings.Join(read(t, targettest.Message{Body: seen[0].Body}).Links, " "), "evil", what)
				mark := message.Mark(m.Severity) + " "
				assert.True(t, strings.HasPrefix(seen[0].Title, mark), what)
				assert.True(t, strings.HasPrefix(seen[0].Text, "### "+mark), what)
				assert.Equal(t, 1, strings.Count(seen[0].Title+seen[0].Text, keyword), "the keyword once: %s", what)
				lines := strings.Split(seen[0].Text, "\n")
				last := lines[len(lines)-1]
				assert.True(t, strings.HasPrefix(last, "###### "), "the rule is last: %s", what)
				if m.Rule == "job-needs-help" && what != "20 events" {
					assert.Equal(t, "###### job-needs-help · Somebody has to look at these.", last)
				}
				assert.LessOrEqual(t, len(last), 700, what)
			}
		}
	})
}

func TestTheKeywordIsWrittenOnlyWhereItIsMissing(t *testing.T) {
	for _, c := range []struct {
		keyword string
		style   Style
		written bool
	}{
		{"train-7b", Markdown, false},       // in the title
		{"dlc1abc", Markdown, false},        // in a field
		{"Open in", Markdown, false},        // in the link's label
		{"job-needs-help", Markdown, false}, // in the rule
		{"pai", Markdown, true},             // in an address alone
		{"Train-7b", Markdown, true},        // in other letters
		{"PAI", Markdown, true},
		{"a*b", Markdown, true}, // the text has its escape
		{"a_b", Markdown, false},
		{"Open in", ActionCard, true}, // on the button, where DingTalk may not look
		{"dlc1abc", ActionCard, false},
	} {
		m := sample()
		m.Rule = "job-needs-help"
		m.Fields = append(m.Fields, message.Field{Label: "Reason", Value: "a*b a_b"})
		d := draft{Config: Config{Style: c.style, Keyword: c.keyword}, message: m, budget: maxBody}
		r := sent(t, d)
		text := ""
		if r.Markdown != nil {
			text = r.Markdown.Text
		} else {
			text = r.ActionCard.Text
		}
		assert.Equal(t, c.written, strings.Contains(text, "\n\n"+c.keyword+"\n"), "%q in %s", c.keyword, c.style)
	}
}

func TestTheKeywordIsAddedOnceDingTalkMissesIt(t *testing.T) {
	missing := inbox.Script{Status: 200, Body: `{"errcode":310000,"errmsg":"keywords not in content"}`}
	t.Run("where it was left out", func(t *testing.T) {
		in, base := standIn(t, inbox.Options{})
		in.Script("dingtalk", token, missing)
		r := open(t, base, func(c *Config) { c.Keyword = "train-7b" })
		require.NoError(t, targettest.ErrorOf(r.Send(t.Context(), notification())))
		seen := in.Received()
		require.Len(t, seen, 2)
		assert.False(t, strings.HasSuffix(seen[0].Text, "\n\ntrain-7b"))
		assert.True(t, strings.HasSuffix(seen[1].Text, "\n\ntrain-7b"))
	})
	t.Run("and is not sent again where it was there, or is not known", func(t *testing.T) {
		for _, keyword := range []string{"", "告警"} {
			in, base := standIn(t, inbox.Options{})
			in.Script("dingtalk", token, missing)
			_, err := open(t, base, func(c *Config) { c.Keyword = keyword }).Send(t.Context(), notification())
			assert.True(t, target.IsPermanent(err))
			assert.Len(t, in.Received(), 1, "%q", keyword)
		}
	})
}

func TestEachEventOfADigestHasItsLink(t *testing.T) {
	m := targettest.Twenty(sample())
	text := sent(t, draft{Config: Config{Style: Markdown}, message: m, budget: maxBody}).Markdown.Text
	for _, f := range m.Fields {
		assert.Contains(t, text, " [Open]("+f.Link+")")
	}
	m.Language = message.Japanese
	m.Fields[0].Link, m.Fields[1].Link = "javascript:alert(1)", "https://a.example/)[x](https://evil.example"
	text = sent(t, draft{Config: Config{Style: Markdown}, message: m, budget: maxBody}).Markdown.Text
	assert.NotContains(t, text, "javascript")
	assert.Contains(t, text, " [開く](https://a.example/%29[x]%28https://evil.example)\n")
	assert.NotContains(t, sent(t, draft{Config: Config{Style: Markdown}, message: m, budget: maxBody, plain: true}).Markdown.Text, "](")
}

func TestWhatIsReadFirstStaysWhole(t *testing.T) {
	m := targettest.Twenty(sample())
	m.Rule, m.About = "job-needs-help", "Somebody has to look at these."
	text := sent(t, draft{Config: Config{Style: Markdown, Mention: Mention{All: true}}, message: m, budget: 4096}).Markdown.Text
	for _, f := range m.Fields[:5] {
		assert.Contains(t, text, escape(f.Value)+" [Open]("+f.Link+")\n")
	}
	assert.Contains(t, text, "pretrain-19", "the last is there, if cut")
	assert.True(t, strings.HasSuffix(text, "\n@all\n\n###### job-needs-help"), "the description gives way first")
}

func TestTheNotificationBeginsWithTheReason(t *testing.T) {
	m := sample()
	m.Brief = "Worker 12 exited with code 1. · 3 d 17 h"
	d := draft{Config: Config{Style: ActionCard}, message: m, budget: maxBody}
	assert.Equal(t, "🔴 DLC job failed: train-7b · Worker 12 exited with code 1. · 3 d 17 h", sent(t, d).ActionCard.Title)
}
