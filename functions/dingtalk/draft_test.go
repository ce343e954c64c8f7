package dingtalk

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/target"
	"github.com/pai-notify/pai-notify/shared/target/targettest"
	"github.com/pai-notify/pai-notify/shared/webhook"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/text"
)

// longText is 2 KB of Chinese.
var longText = strings.Repeat("节点失联，任务失败。", 70)

func asRefusal(err error) (*target.Refusal, bool) { return errors.AsType[*target.Refusal](err) }

func TestBody(t *testing.T) {
	targettest.EveryMessage(t, Spec, func(t *testing.T, name string, n target.Notification) {
		for _, c := range []Config{
			{Style: Markdown, Keyword: "PAI", Mention: Mention{Mobiles: []string{"13800000000"}}},
			{Style: ActionCard},
		} {
			body, err := draft{Config: c, message: n.Message, budget: maxBody}.Body()
			require.NoError(t, err)
			targettest.Golden(t, name+"."+string(c.Style)+".json", append(body, '\n'))
		}
	})
}

// sent decodes a body.
func sent(t *testing.T, d draft) request {
	t.Helper()
	body, err := d.Body()
	require.NoError(t, err)
	require.LessOrEqual(t, len(body), d.budget)
	require.True(t, utf8.Valid(body))
	var r request
	require.NoError(t, json.Unmarshal(body, &r))
	return r
}

func TestTextOfAnEvent(t *testing.T) {
	t.Run("stays text whatever markdown it holds", func(t *testing.T) {
		for _, hostile := range []string{
			"[free](https://evil.example)", "![x](https://evil.example/p.png)", "**bold** _it_ `code` ~~no~~",
			"<font color=red>x</font>", "a\n# heading\n\n- item\n> quote", "</script><script>alert(1)</script>",
			"[x]: https://evil.example", "\\[x\\](https://e.example)", "a\u202Egnp.exe", "<https://evil.example>", "| a | b |", "_a_ b_c_ _d (_e_)",
		} {
			m := sample()
			m.Title, m.Fields[0].Value, m.Fields[0].Label, m.Next = hostile, hostile, hostile, hostile
			r := sent(t, draft{Config: Config{Style: Markdown}, message: m, budget: maxBody})
			var links, others, italics int
			source := []byte(r.Markdown.Text)
			_ = ast.Walk(goldmark.DefaultParser().Parse(text.NewReader(source)), func(n ast.Node, entering bool) (ast.WalkStatus, error) {
				switch n.Kind() {
				case ast.KindLink:
					if entering {
						links++
						assert.Equal(t, m.Link, string(n.(*ast.Link).Destination))
					}
				case ast.KindEmphasis:
					if n.(*ast.Emphasis).Level == 1 {
						italics++
					}
				case ast.KindImage, ast.KindRawHTML, ast.KindHTMLBlock, ast.KindCodeSpan, ast.KindAutoLink, ast.KindCodeBlock:
					others++
				}
				return ast.WalkContinue, nil
			})
			assert.Equal(t, 1, links, "links in %q", hostile)
			assert.Zero(t, others, "markup in %q", hostile)
			assert.Zero(t, italics, "emphasis in %q", hostile)
			assert.Equal(t, 1, strings.Count(r.Markdown.Text, "### "), hostile)
		}
	})
	t.Run("is within the limit and keeps id, status, keyword and mentions, whatever it is", func(t *testing.T) {
		for m := range targettest.AnyText(sample()) {
			c := Config{Style: Markdown, Keyword: "关键词", Mention: Mention{Mobiles: []string{"13800000000"}}}
			r := sent(t, draft{Config: c, message: m, budget: maxBody})
			for _, want := range []string{"dlc1abc", "Failed", "关键词", "@13800000000", m.Link} {
				assert.Contains(t, r.Markdown.Text, want)
			}
			assert.NotContains(t, r.Markdown.Text, "\u2028")
			inJSON, err := webhook.Encode(r.Markdown.Text)
			require.NoError(t, err)
			assert.Equal(t, len(inJSON)-2, webhook.Encoded(r.Markdown.Text))
			assert.NotEmpty(t, r.Markdown.Title)

			card := sent(t, draft{Config: Config{Style: ActionCard}, message: m, budget: maxBody}).ActionCard
			for _, want := range []string{"dlc1abc", "Failed"} {
				assert.Contains(t, card.Text, want)
			}
			assert.Equal(t, m.Link, card.SingleURL)
		}
	})
	t.Run("keeps the underscores of names as they are", func(t *testing.T) {
		m := sample()
		m.Fields[0].Value = "llm_lab_任务_7"
		r := sent(t, draft{Config: Config{Style: Markdown}, message: m, budget: maxBody})
		assert.Contains(t, r.Markdown.Text, "llm_lab_任务_7")
	})
	t.Run("says that fields were left out", func(t *testing.T) {
		m := sample()
		for range 400 {
			m.Fields = append(m.Fields, message.Field{Label: "Reason", Value: longText})
		}
		r := sent(t, draft{Config: Config{Style: Markdown}, message: m, budget: maxBody})
		assert.Contains(t, r.Markdown.Text, "\n- …\n")
	})
}

func TestLink(t *testing.T) {
	for name, link := range map[string]string{
		"a script":     "javascript:alert(1)",
		"no host":      "https://",
		"nothing":      "",
		"one too long": "https://a.example/" + strings.Repeat("a", 3000),
		"a line break": "https://a.example/\nb",
	} {
		t.Run("that is "+name+" is left out", func(t *testing.T) {
			m := sample()
			m.Link = link
			r := sent(t, draft{Config: Config{Style: ActionCard}, message: m, budget: maxBody})
			require.Equal(t, "markdown", r.Type, "a card needs a link")
			assert.NotContains(t, r.Markdown.Text, "](")
		})
	}
	t.Run("cannot end early", func(t *testing.T) {
		m := sample()
		m.Link = "https://a.example/x)[y](https://evil.example)"
		r := sent(t, draft{Config: Config{Style: Markdown}, message: m, budget: maxBody})
		assert.Contains(t, r.Markdown.Text, "](https://a.example/x%29[y]%28https://evil.example%29)")
	})
}

func TestSignature(t *testing.T) {
	hook, err := platformURL.Parse("https://oapi.dingtalk.com/robot/send?access_token=T")
	require.NoError(t, err)
	for _, c := range []struct {
		key  string
		ms   int64
		want string
	}{
		{key, 1700000000000, "sign=RzCRwuP8bgOJrI9gnQ9KcRtMuAjN%2FDaNLeTUDuuW4SM%3D&timestamp=1700000000000"},
		{key, 1700000000003, "sign=elayl4h%2FlGx1E0uRFRENbzXtRV0t%2BBwruA%2BFS8nML%2Fg%3D&timestamp=1700000000003"},
		{"SEC0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", 1762387200123,
			"sign=D6zYBv2ZaFO4Dy6GcE%2Ba3ZX%2B5Y0MNDFgkC09FtjETVQ%3D&timestamp=1762387200123"},
	} {
		assert.Equal(t, "https://oapi.dingtalk.com/robot/send?access_token=T&"+c.want, signed(hook, c.key, time.UnixMilli(c.ms)))
	}
	assert.Equal(t, "https://oapi.dingtalk.com/robot/send?access_token=T", signed(hook, "", time.UnixMilli(0)), "a robot without a key")
}

func TestRobotURLIsUsable(t *testing.T) {
	t.Setenv(webhook.AllowVariable, "")
	u, err := platformURL.Parse(" https://oapi.dingtalk.com/robot/send?access_token=T&timestamp=1&sign=x\n")
	require.NoError(t, err)
	assert.Equal(t, "https://oapi.dingtalk.com/robot/send?access_token=T", u.String())
}
