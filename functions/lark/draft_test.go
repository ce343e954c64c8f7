package lark

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/target"
	"github.com/pai-notify/pai-notify/shared/target/targettest"
	"github.com/pai-notify/pai-notify/shared/webhook"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	extast "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/text"
)

// longText is 2 KB of Chinese.
var longText = strings.Repeat("节点失联，任务失败。", 70)

func TestBody(t *testing.T) {
	targettest.EveryMessage(t, Spec, func(t *testing.T, name string, n target.Notification) {
		for _, style := range []Style{Card, Post, Text} {
			c := Config{Style: style, Keyword: "PAI", Mention: Mention{Users: []string{"ou_1a2b"}}}
			body, err := draft{Config: c, message: n.Message, budget: maxBody, signature: sign(key, time.Unix(1599360473, 0))}.Body()
			require.NoError(t, err)
			targettest.Golden(t, name+"."+string(style)+".json", append(body, '\n'))
		}
	})
}

// sent is a body as its reader decodes it.
type sent struct {
	Type    string `json:"msg_type"`
	Content struct {
		Text string           `json:"text"`
		Post map[string]*post `json:"post"`
	} `json:"content"`
	Card *struct {
		Config cardConfig `json:"config"`
		Header cardHeader `json:"header"`
		Body   struct {
			Elements []struct {
				Tag       string     `json:"tag"`
				Content   string     `json:"content"`
				Text      smallText  `json:"text"`
				Behaviors []openLink `json:"behaviors"`
			} `json:"elements"`
		} `json:"body"`
	} `json:"card"`
}

// shown is every text that the body shows, and the markdown of a card alone.
func (s sent) shown() (all, markdown string) {
	all = s.Content.Text
	for _, p := range s.Content.Post {
		all += p.Title + "\n"
		for _, paragraph := range p.Content {
			for _, span := range paragraph {
				all += span.Text + span.Link + span.User + "\n"
			}
		}
	}
	if s.Card != nil {
		all += s.Card.Header.Title.Content + "\n"
		for _, e := range s.Card.Body.Elements {
			all += e.Content + e.Text.Content + "\n"
			if e.Tag == "markdown" {
				markdown += e.Content + "\n\n"
			}
			for _, b := range e.Behaviors {
				all += b.URL + "\n"
			}
		}
	}
	return all, markdown
}

func decode(t *testing.T, d draft) sent {
	t.Helper()
	d.signature = sign(key, time.Unix(1599360473, 0))
	body, err := d.Body()
	require.NoError(t, err)
	require.LessOrEqual(t, len(body), d.budget)
	require.True(t, utf8.Valid(body))
	var s sent
	require.NoError(t, json.Unmarshal(body, &s))
	return s
}

var hostile = []string{
	"[free](https://evil.example)", "![x](https://evil.example/p.png)", "**bold** _it_ `code` ~~no~~", "__bold__ *it*",
	"<font color=red>x</font>", "a\n# heading\n\n- item\n> quote", "</script><script>alert(1)</script>", "# heading", "- item", "1. item", "+ item",
	"[x]: https://evil.example", "\\[x\\](https://e.example)", "a\u202Egnp.exe", "<https://evil.example>", "| a | b |\n| --- | --- |\n| c | d |", "_a_ b_c_ _d (_e_)",
	"<at id=all></at>", `<at user_id="all">all</at>`, "<AT ID=all></AT>", "<at\u200bid=all></at>", "&lt;at id=all&gt;&lt;/at&gt;", "&#60;at id=all&#62;", "<a href='https://evil.example'>x</a>",
	"<link url='https://evil.example'>x</link>", "<person id='ou_1'></person>", ":OK::DONE:", "[x]($urlVal)", "```\ncode\n```", "    code", "---", "===", "<br>", "<hr>",
}

func TestTextOfAnEvent(t *testing.T) {
	parser := goldmark.New(goldmark.WithExtensions(extension.Table, extension.Strikethrough)).Parser()
	t.Run("stays text in a card whatever markdown it holds", func(t *testing.T) {
		for _, h := range hostile {
			m := sample()
			m.Title, m.Fields[0].Value, m.Fields[0].Label, m.Next = h, h, h, h
			_, markdown := decode(t, draft{Config: Config{Style: Card}, message: m, budget: maxBody}).shown()
			source := []byte(markdown)
			bold := 0
			_ = ast.Walk(parser.Parse(text.NewReader(source)), func(n ast.Node, entering bool) (ast.WalkStatus, error) {
				if !entering {
					return ast.WalkContinue, nil
				}
				switch n.Kind() {
				case ast.KindEmphasis:
					assert.Equal(t, 2, n.(*ast.Emphasis).Level, "italics in %q", h)
					bold++
				case ast.KindDocument, ast.KindParagraph, ast.KindTextBlock, ast.KindText, ast.KindString, ast.KindBlockquote, ast.KindList, ast.KindListItem:
				case extast.KindTable, extast.KindStrikethrough:
					assert.Fail(t, "markup", "%q", h)
				default:
					assert.Fail(t, "markup", "%s in %q", n.Kind(), h)
				}
				return ast.WalkContinue, nil
			})
			assert.Equal(t, 2, bold, "labels with %q", h)
			assert.Equal(t, 2, strings.Count("\n"+markdown, "\n- "), "items with %q", h)
			assert.NotContains(t, markdown, "<", h)
			assert.NotContains(t, markdown, ":OK:", h)
			assert.NotContains(t, markdown, "$", h)
		}
	})
	t.Run("forges no tag and no link in a post or text", func(t *testing.T) {
		for _, h := range hostile {
			for _, style := range []Style{Post, Text} {
				m := sample()
				m.Title, m.Fields[0].Value, m.Fields[0].Label, m.Next, m.LinkText = h, h, h, h, h
				s := decode(t, draft{Config: Config{Style: style}, message: m, budget: maxBody})
				all, _ := s.shown()
				assert.NotContains(t, all, "<", h)
				assert.NotContains(t, all, "](", h)
				for _, p := range s.Content.Post {
					for _, paragraph := range p.Content {
						for _, span := range paragraph {
							assert.NotEqual(t, "at", span.Tag)
							assert.Contains(t, []string{"", m.Link}, span.Link)
						}
					}
				}
			}
		}
	})
	t.Run("is within the limit and keeps id, status, keyword and mentions, whatever it is", func(t *testing.T) {
		for m := range targettest.AnyText(sample()) {
			for _, style := range []Style{Card, Post, Text} {
				c := Config{Style: style, Keyword: "关键词", Mention: Mention{Users: []string{"ou_1a2b"}}}
				for _, budget := range []int{maxBody, maxBody / 2} {
					all, _ := decode(t, draft{Config: c, message: m, budget: budget}).shown()
					for _, want := range []string{"dlc1abc", "Failed", "关键词", "ou_1a2b", m.Link} {
						assert.Contains(t, all, want, style)
					}
					assert.NotContains(t, all, "\u2028")
					assert.NotContains(t, all, "\x00")
					inJSON, err := webhook.Encode(all)
					require.NoError(t, err)
					assert.Equal(t, len(inJSON)-2, webhook.Encoded(all))
				}
			}
		}
	})
	t.Run("leaves room for id and status beside everything that never gives way", func(t *testing.T) {
		m := sample()
		m.Title, m.Next, m.LinkText = strings.Repeat("*", 5000), strings.Repeat("<", 5000), strings.Repeat(`"`, 5000)
		m.Link = "https://a.example/" + strings.Repeat("a", 1900)
		var users []string
		for range maxMentions {
			users = append(users, strings.Repeat("u", maxMention))
		}
		for _, style := range []Style{Card, Post, Text} {
			c := Config{Style: style, Keyword: strings.Repeat("k", maxKeyword), Mention: Mention{Users: users, All: true}}
			all, _ := decode(t, draft{Config: c, message: m, budget: maxBody}).shown()
			assert.Contains(t, all, "dlc1abc", style)
			assert.Contains(t, all, "Failed", style)
		}
	})
	t.Run("keeps the underscores of names and the colons of times as they are", func(t *testing.T) {
		m := sample()
		m.Fields[0].Value = "llm_lab_任务_7 at 03:12:45"
		_, markdown := decode(t, draft{Config: Config{Style: Card}, message: m, budget: maxBody}).shown()
		assert.Contains(t, markdown, "llm_lab_任务_7 at 03:12:45")
	})
	t.Run("says that fields were left out", func(t *testing.T) {
		for style, want := range map[Style]string{Card: "\n- …\n", Post: "\n…\n", Text: "\n…\n"} {
			m := sample()
			for range 400 {
				m.Fields = append(m.Fields, message.Field{Label: "Reason", Value: longText})
			}
			all, _ := decode(t, draft{Config: Config{Style: style}, message: m, budget: maxBody}).shown()
			assert.Contains(t, all, want)
		}
	})
	t.Run("may be missing but for the title", func(t *testing.T) {
		for _, style := range []Style{Card, Post, Text} {
			all, _ := decode(t, draft{Config: Config{Style: style}, message: message.Message{Title: "- T"}, budget: maxBody}).shown()
			assert.Contains(t, all, "T")
		}
	})
}

func TestCard(t *testing.T) {
	for severity, colour := range map[event.Severity]string{event.Critical: "red", event.Warning: "orange", event.Success: "green", event.Info: "blue", "": "blue"} {
		t.Run("of severity "+string(severity)+" is "+colour, func(t *testing.T) {
			m := sample()
			m.Severity = severity
			s := decode(t, draft{Config: Config{Style: Card}, message: m, budget: maxBody})
			assert.Equal(t, colour, s.Card.Header.Template)
		})
	}
	for name, link := range map[string]string{
		"a script":     "javascript:alert(1)",
		"no host":      "https://",
		"nothing":      "",
		"one too long": "https://a.example/" + strings.Repeat("a", 3000),
		"a line break": "https://a.example/\nb",
	} {
		t.Run("has no button for a link that is "+name, func(t *testing.T) {
			m := sample()
			m.Link = link
			for _, style := range []Style{Card, Post, Text} {
				all, _ := decode(t, draft{Config: Config{Style: style}, message: m, budget: maxBody}).shown()
				assert.NotContains(t, all, m.LinkText, style)
			}
		})
	}
}

func TestMask(t *testing.T) {
	for s, want := range map[string]string{
		"alice@example.com":                         "****",
		"由 alice.b+c@mail.example.com.cn 创建":        "由 **** 创建",
		"call 13800138000 or +86-138-0013-8000.":    "call 138**** or +86****.",
		"65551234":                                  "655****",
		"2026-11-20 03:12:45 +08:00":                "2026-11-20 03:12:45 +08:00",
		"dlc1x9qk7e2w5mzt-worker-12 exited with 13": "dlc1x9qk7e2w5mzt-worker-12 exited with 13",
		"10.1.2.3:8080 86995":                       "10.1.2.3:8080 86995",
		"@ a@ @b 电话":                                "@ a@ @b 电话",
		"":                                          "",
	} {
		assert.Equal(t, want, mask(s))
	}
	m := sample()
	m.Subject, m.Fields[0].Value = "20260011220033", "20260011220033"
	assert.Equal(t, "20260011220033", masked(m).Fields[0].Value, "the subject's id")
	m.Fields[1].Value = "13800138000"
	assert.Equal(t, "138****", masked(m).Fields[1].Value)
	m.Fields[1].Label = "of 13800138000"
	assert.Equal(t, "of 138****", masked(m).Fields[1].Label, "a name in the data of an unknown event")
	assert.Equal(t, "13800138000", m.Fields[1].Value, "the message itself stays as it is")
}

func TestSignature(t *testing.T) {
	for _, c := range []struct {
		key     string
		seconds int64
		want    string
	}{
		{"larkSecret0000000001", 1700000000, "4sfx4y5+EvSCF0TTA+L42aBUcXhoW7av98smYbMmi94="},
		{"zs0TqAbCdEfGhIjKlMnOpQ", 1599360473, "GP+redAy1NfAR+FAso9tj++7NQzxVBUtepYkXN5w8Jg="},
	} {
		assert.Equal(t, c.want, sign(c.key, time.Unix(c.seconds, 0)).Sign)
	}
	body, err := draft{Config: Config{Style: Text}, message: sample(), budget: maxBody, signature: sign(key, time.Unix(1599360473, 0))}.Body()
	require.NoError(t, err)
	assert.True(t, strings.HasPrefix(string(body), `{"timestamp":"1599360473","sign":"GP+redAy1NfAR+FAso9tj++7NQzxVBUtepYkXN5w8Jg=",`), "they stand at the top of the body")
	body, err = draft{Config: Config{Style: Text}, message: sample(), budget: maxBody, signature: sign("", time.Unix(0, 0))}.Body()
	require.NoError(t, err)
	assert.True(t, strings.HasPrefix(string(body), `{"msg_type":`), "a bot without a key")
}
