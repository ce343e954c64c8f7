package wecom

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/target"
	"github.com/pai-notify/pai-notify/shared/target/targettest"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// longText is 2 KB of Chinese.
var longText = strings.Repeat("节点失联，任务失败。", 70)

func asRefusal(err error) (*target.Refusal, bool) { return errors.AsType[*target.Refusal](err) }

func TestBody(t *testing.T) {
	for _, style := range []Style{Markdown, Text, TemplateCard} {
		all := map[message.Language]string{}
		targettest.EveryMessage(t, Spec, func(t *testing.T, name string, n target.Notification) {
			c := Config{Style: style, Mention: Mention{Users: []string{"zhangsan"}, Mobiles: []string{"13800000000"}}}
			body, err := draft{Config: c, message: n.Message}.Body()
			require.NoError(t, err)
			assert.NotContains(t, string(body), "… +", "%s: a sample loses a field", name)
			all[n.Message.Language] += fmt.Sprintf("-- %s --\n%s\n", name, body)
		})
		for l, got := range all {
			targettest.Golden(t, string(style)+"."+string(l)+".txt", []byte(got))
		}
	}
}

func decoded(t *testing.T, body []byte) request {
	t.Helper()
	var r request
	require.True(t, utf8.Valid(body))
	require.NoError(t, json.Unmarshal(body, &r))
	return r
}

// contentOf returns the content of a text or of markdown.
func contentOf(t *testing.T, body []byte) string {
	t.Helper()
	r := decoded(t, body)
	if r.Text != nil {
		return r.Text.Content
	}
	require.NotNil(t, r.Markdown)
	return r.Markdown.Content
}

func content(t *testing.T, d draft) string {
	t.Helper()
	body, err := d.Body()
	require.NoError(t, err)
	c := contentOf(t, body)
	limit := map[Style]int{Markdown: 4096, TemplateCard: 4096, Text: 2048}[d.Style]
	if d.short {
		limit /= 2
	}
	require.LessOrEqual(t, len(c), limit)
	return c
}

// drafts are all ways to write a message.
func drafts(m message.Message) []draft {
	var all []draft
	for _, style := range []Style{Markdown, Text, TemplateCard} {
		for i := range 8 {
			c := Config{Style: style, Mention: Mention{Users: strings.Fields(strings.Repeat("an-account-of-30-bytes-more-ok ", 14))}}
			all = append(all, draft{Config: c, message: m, short: i&1 > 0, bare: i&2 > 0, nobody: i&4 > 0})
		}
	}
	return all
}

func TestAnyMessage(t *testing.T) {
	check := func(t *testing.T, all []draft) {
		t.Helper()
		for _, d := range all {
			m := d.message
			_, _, err := d.Mention.normalized()
			require.NoError(t, err)
			body, err := d.Body()
			require.NoError(t, err)
			require.True(t, utf8.Valid(body))
			assert.NotContains(t, strings.ReplaceAll(string(body), `\\`, ""), `\u`, "WeCom refuses escaped characters")
			text := string(body)
			for _, want := range []string{"dlc1abc", "Failed", m.Link} {
				assert.Contains(t, text, want)
			}
			if d.style() == TemplateCard {
				checkCard(t, d, decoded(t, body).Card)
				continue
			}
			c := content(t, d)
			assert.NotContains(t, c, "\u2028")
			if d.Style == Markdown {
				assert.Equal(t, !d.nobody, strings.HasSuffix(c, d.Mention.inline()))
			}
			assert.Less(t, strings.Count(c, "\n"), 60)
		}
	}
	t.Run("is within the limit and keeps id, status, link and mentions", func(t *testing.T) {
		i := 0
		for m := range targettest.AnyText(sample()) {
			all := drafts(m)
			check(t, []draft{all[i%len(all)], all[(i+8)%len(all)], all[(i+16)%len(all)]}) // one of each style
			i++
		}
	})
	t.Run("says how many fields were left out", func(t *testing.T) {
		m := sample()
		for range 90 {
			m.Fields = append(m.Fields, message.Field{Label: "Reason", Value: longText})
		}
		for _, style := range []Style{Markdown, Text} {
			c := content(t, draft{Config: Config{Style: style}, message: m})
			assert.Greater(t, len(c), map[Style]int{Markdown: 3950, Text: 1950}[style], "the room is used")
			lines := strings.Count(c, "Reason")
			assert.Positive(t, lines)
			assert.Contains(t, c, fmt.Sprintf("\n… +%d\n", 90-lines))
		}
	})
	t.Run("uses its room to the last byte", func(t *testing.T) {
		for style, limit := range map[Style]int{Markdown: 4096, Text: 2048} {
			longest := 0
			for length := range limit {
				m := sample()
				for rest := length; rest > 0; rest -= 900 {
					m.Fields = append(m.Fields, message.Field{Label: "R", Value: strings.Repeat("x", min(rest, 900))})
				}
				longest = max(longest, len(content(t, draft{Config: Config{Style: style}, message: m})))
			}
			assert.Equal(t, limit, longest, style)
		}
	})
	t.Run("gives long values up before whole fields", func(t *testing.T) {
		m := sample()
		for i := range 12 {
			m.Fields = append(m.Fields, message.Field{Label: fmt.Sprint("Reason ", i), Value: longText})
		}
		for _, style := range []Style{Markdown, Text} {
			c := content(t, draft{Config: Config{Style: style}, message: m})
			assert.Contains(t, c, "Reason 11")
			assert.NotContains(t, c, "… +")
		}
	})
}

func checkCard(t *testing.T, d draft, c *card) {
	t.Helper()
	scale := 2
	if d.short {
		scale = 1
	}
	within := func(s string, n int) { assert.LessOrEqual(t, utf8.RuneCountInString(s), n*scale, s) }
	within(c.Title.Title, 26)
	within(c.Title.Text, 30)
	within(c.Text, 112)
	assert.NotEmpty(t, c.Title.Title)
	assert.LessOrEqual(t, len(c.Fields), 6)
	for _, f := range c.Fields {
		within(f.Value, 26)
		within(f.Label, 10)
	}
	if c.Quote != nil {
		within(c.Quote.Text, 112)
	}
	assert.Equal(t, cardJump{Type: 1, URL: d.link()}, c.Action)
}

func TestTextOfAnEvent(t *testing.T) {
	t.Run("stays text whatever markup it holds", func(t *testing.T) {
		for _, hostile := range []string{
			"[free](https://evil.example)", "<@all>", "<@zhangsan>", "**bold** ***x*** `code`", "`<@all>`", "<<@all>", "<\u200b@all>",
			"<font color=\"warning\">x</font>", "a\n# heading\n\n> quote", "\\[x\\](https://e.example)", "[a](b)](c)", "<a href=\"https://evil.example\">x</a>",
		} {
			m := sample()
			m.Title, m.Fields[0].Value, m.Fields[0].Label, m.Next, m.LinkText = hostile, hostile, hostile, hostile, hostile
			for _, d := range drafts(m) {
				d.Mention = Mention{}
				body, err := d.Body()
				require.NoError(t, err)
				assert.NotContains(t, string(body), "<@", hostile)
				if d.style() != Markdown {
					continue
				}
				c := content(t, d)
				assert.Equal(t, 1, strings.Count(c, "]("), hostile)
				assert.Equal(t, 2*len(m.Fields), strings.Count(c, "**"), hostile)
				assert.Equal(t, 1, strings.Count(c, "<font"), hostile)
				assert.Equal(t, 2, strings.Count(c, "<"), hostile)
				assert.NotContains(t, c, "`", hostile)
				for i, line := range strings.Split(c, "\n") {
					assert.Equal(t, i == 0, strings.HasPrefix(line, "#"), hostile)
				}
			}
		}
	})
	t.Run("keeps names, paths and patterns as they are", func(t *testing.T) {
		const name = `llm_lab_任务_7 /mnt/data/*.bin [rank 96] a->b C:\x 3 > 2`
		m := sample()
		m.Fields[0].Value = name
		for _, style := range []Style{Markdown, Text} {
			assert.Contains(t, content(t, draft{Config: Config{Style: style}, message: m}), name)
		}
	})
}

func TestCard(t *testing.T) {
	t.Run("has its link where a tap and where a button leads", func(t *testing.T) {
		c := draft{Config: Config{Style: TemplateCard}, message: sample()}.card()
		assert.Equal(t, cardJump{Type: 1, URL: sample().Link}, c.Action)
		assert.Equal(t, []cardJump{{Type: 1, Title: "Open in console", URL: sample().Link}}, c.Jumps)
	})
	t.Run("says below the title when it was", func(t *testing.T) {
		m := sample()
		m.Fields = append(m.Fields, message.Field{Key: "time", Label: "Time", Value: "2026-11-20 03:12:45 +08:00"})
		c := draft{Config: Config{Style: TemplateCard}, message: m}.card()
		assert.Equal(t, "2026-11-20 03:12:45 +08:00", c.Title.Text)
		assert.Len(t, c.Fields, 2)
	})
	t.Run("shows the reason apart and the other facts in their order, the rule last", func(t *testing.T) {
		m := sample()
		m.Rule, m.About, m.Fields = "job-needs-help", "Somebody has to look at these.", nil
		for i := range 10 {
			m.Fields = append(m.Fields, message.Field{Key: fmt.Sprint(i), Label: fmt.Sprint("L", i), Value: "v"})
		}
		m.Fields = slices.Insert(m.Fields, 1, message.Field{Key: "reason", Label: "Reason", Value: longText}, message.Field{Key: "image", Label: "Image", Value: longText})
		c := draft{Config: Config{Style: TemplateCard}, message: m}.card()
		assert.True(t, strings.HasPrefix(c.Quote.Text, "节点失联"))
		assert.Equal(t, m.Next, c.Text)
		require.Len(t, c.Fields, 6)
		assert.Equal(t, cardPair{"L0", "v"}, c.Fields[0])
		assert.Equal(t, "Image", c.Fields[1].Label, "a long value is cut in its place")
		assert.Equal(t, cardPair{"L3", "v"}, c.Fields[4])
		assert.Equal(t, cardPair{"Rule", "job-needs-help · Somebody has to look at these."}, c.Fields[5])
		m.Rule = ""
		c = draft{Config: Config{Style: TemplateCard}, message: m}.card()
		assert.Equal(t, cardPair{"L4", "v"}, c.Fields[5])
	})
	t.Run("is markdown instead without a link, and for several events", func(t *testing.T) {
		for name, change := range map[string]func(*message.Message){
			"a script":     func(m *message.Message) { m.Link = "javascript:alert(1)" },
			"no host":      func(m *message.Message) { m.Link = "https://" },
			"nothing":      func(m *message.Message) { m.Link = "" },
			"one too long": func(m *message.Message) { m.Link = "https://a.example/" + strings.Repeat("a", 3000) },
			"a line break": func(m *message.Message) { m.Link = "https://a.example/\nb" },
			"a digest": func(m *message.Message) {
				*m = message.Digest([]message.Message{*m, message.Probe(message.English, "demo")})
			},
			"a test of a rule": func(m *message.Message) { *m = message.Probe(message.English, "demo") },
		} {
			m := sample()
			change(&m)
			body, err := draft{Config: Config{Style: TemplateCard}, message: m}.Body()
			require.NoError(t, err)
			assert.Equal(t, "markdown", decoded(t, body).Type, name)
		}
	})
}

func TestLinkCannotEndEarly(t *testing.T) {
	m := sample()
	m.Link = "https://a.example/x)[y](https://evil.example)"
	c := content(t, draft{Config: Config{Style: Markdown}, message: m})
	assert.Contains(t, c, "](https://a.example/x%29[y]%28https://evil.example%29)")
}
