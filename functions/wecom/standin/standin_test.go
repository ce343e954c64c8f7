package standin

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/inbox"
	"github.com/pai-notify/pai-notify/shared/inbox/inboxtest"
)

const jsonType = "application/json; charset=utf-8"

func says(kind, content string) string {
	b, _ := json.Marshal(content)
	return fmt.Sprintf(`{"msgtype":%q,%q:{"content":%s}}`, kind, kind, b)
}

func TestWecom(t *testing.T) {
	card := func(action, more string) string {
		return `{"msgtype":"template_card","template_card":{"card_type":"text_notice","main_title":{"title":"T"},"card_action":` + action + more + `}}`
	}
	open := `{"type":1,"url":"https://a.example"}`
	pairs := strings.TrimSuffix(strings.Repeat(`{"keyname":"k","value":"v"},`, 7), ",")
	in := inbox.New(inbox.Options{Rate: 100}, Platform)
	path := in.Add("wecom", "k-1", inbox.Keys{}).Text("webhook")
	assert.Equal(t, "/cgi-bin/webhook/send?key=k-1", path)
	for name, x := range map[string]struct {
		method, target, contentType, body string
		code                              int
		text                              string
	}{
		"accepts markdown":                 {"POST", path, jsonType, says("markdown", "x"), 0, "ok"},
		"accepts text":                     {"POST", path, "application/json", says("text", "x"), 0, "ok"},
		"accepts a card":                   {"POST", path, jsonType, card(open, ""), 0, "ok"},
		"refuses an unknown key":           {"POST", "/cgi-bin/webhook/send?key=no", jsonType, says("text", "x"), 93000, "invalid webhook url"},
		"refuses a missing key":            {"POST", "/cgi-bin/webhook/send", jsonType, says("text", "x"), 93000, "invalid webhook url"},
		"refuses GET":                      {"GET", path, jsonType, "", 40008, "wrong json format"},
		"refuses another content type":     {"POST", path, "text/plain", says("text", "x"), 40008, "wrong json format"},
		"refuses what is not JSON":         {"POST", path, jsonType, "x", 40008, "wrong json format"},
		"refuses another type":             {"POST", path, jsonType, says("markup", "x"), 40008, "invalid message type"},
		"refuses an empty content":         {"POST", path, jsonType, says("markdown", " "), 44004, "empty content"},
		"accepts 4096 bytes of markdown":   {"POST", path, jsonType, says("markdown", strings.Repeat("失", 1365)+"x"), 0, "ok"},
		"refuses 4097 bytes of markdown":   {"POST", path, jsonType, says("markdown", strings.Repeat("失", 1365)+"xx"), 40058, "markdown.content exceed max length 4096"},
		"accepts 2048 bytes of text":       {"POST", path, jsonType, says("text", strings.Repeat("失", 682)+"xx"), 0, "ok"},
		"refuses 2049 bytes of text":       {"POST", path, jsonType, says("text", strings.Repeat("失", 683)), 40058, "text.content exceed max length 2048"},
		"refuses a huge body":              {"POST", path, jsonType, says("markdown", strings.Repeat("x", 64<<10)), 45002, "content size"},
		"refuses control characters":       {"POST", path, jsonType, says("text", "a\x01b"), 40033, "invalid charset"},
		"refuses a card without action":    {"POST", path, jsonType, card(`{}`, ""), 42045, "card_action"},
		"refuses a card to another scheme": {"POST", path, jsonType, card(`{"type":1,"url":"javascript:alert(1)"}`, ""), 45034, "url"},
		"refuses a card of seven pairs":    {"POST", path, jsonType, card(open, `,"horizontal_content_list":[`+pairs+`]`), 40035, "too many"},
		"refuses a card without a title":   {"POST", path, jsonType, `{"msgtype":"template_card","template_card":{"card_type":"text_notice","card_action":` + open + `}}`, 40063, "main_title"},
		"refuses another kind of card":     {"POST", path, jsonType, `{"msgtype":"template_card","template_card":{"card_type":"vote","card_action":` + open + `}}`, 40035, "card_type"},
	} {
		t.Run(name, func(t *testing.T) {
			var answer struct {
				Code *int   `json:"errcode"`
				Text string `json:"errmsg"`
			}
			w := inboxtest.Do(in, x.method, x.target, x.contentType, x.body)
			assert.Equal(t, http.StatusOK, w.Code)
			require.NoError(t, json.Unmarshal(w.Body.Bytes(), &answer))
			require.NotNil(t, answer.Code)
			assert.Equal(t, x.code, *answer.Code, answer.Text)
			assert.Contains(t, answer.Text, x.text)
			assert.Equal(t, x.code != 0, strings.Contains(answer.Text, ", hint: [") && strings.Contains(answer.Text, "], from ip: 192.0.2.1, more info at "), "what WeCom adds to a refusal")
		})
	}
	t.Run("takes twenty messages a minute, and goes on when they are a minute old", func(t *testing.T) {
		c := inboxtest.Start()
		in := inbox.New(inbox.Options{Now: c.Now}, Platform)
		path := in.Add("wecom", "k", inbox.Keys{}).Text("webhook")
		send := func() string { return inboxtest.Do(in, "POST", path, jsonType, says("text", "x")).Body.String() }
		for range 20 {
			require.Contains(t, send(), `"errcode":0`)
			c.At = c.At.Add(time.Second)
		}
		assert.Contains(t, send(), `"errcode":45009`)
		c.At = c.At.Add(39 * time.Second)
		assert.Contains(t, send(), `"errcode":45009`)
		c.At = c.At.Add(time.Second)
		assert.Contains(t, send(), `"errcode":0`)
	})
}

func TestWecomShowsWhatAPersonSees(t *testing.T) {
	see := func(t *testing.T, body string) inbox.Message {
		t.Helper()
		in := inbox.New(inbox.Options{}, Platform)
		inboxtest.Do(in, "POST", in.Add("wecom", "k", inbox.Keys{}).Text("webhook"), jsonType, body)
		seen := in.Received()
		require.Len(t, seen, 1)
		require.True(t, seen[0].Accepted, seen[0].Reason)
		return seen[0]
	}
	t.Run("of markdown", func(t *testing.T) {
		m := see(t, says("markdown", "### 🔴 Job failed: a_b *c*\n**Status:** <font color=\"warning\">Failed</font>\n**Path:** /x/*.bin\n- 1. item\n> Read the log.\n\n[Open](https://a.example/x?a=1&b=2)\n<@zhangsan> `code` &lt;b&gt; <b>"))
		assert.Equal(t, "🔴 Job failed: a_b *c*", m.Title)
		assert.Equal(t, []string{"zhangsan"}, m.Mentions)
		assert.Equal(t, "🔴 Job failed: a_b *c*\nStatus: Failed\nPath: /x/*.bin\n- 1. item\n> Read the log.\nOpen <https://a.example/x?a=1&b=2>\n@zhangsan code &lt;b&gt; <b>\nreminds: zhangsan\n", m.Plain())
		assert.Contains(t, shown(t, m), "<strong>Status:</strong> Failed<br>")
		assert.Contains(t, shown(t, m), "<h3")
	})
	t.Run("of a line in grey, small and under the rest", func(t *testing.T) {
		m := see(t, says("markdown", "<@zhangsan>\n<font color=\"comment\">rule *a*</font>"))
		assert.Equal(t, "@zhangsan\nrule *a*\nreminds: zhangsan\n", m.Plain())
		assert.Contains(t, shown(t, m), "class=\"small\">rule *a*</p>")
	})
	t.Run("of text, in which markup stands for itself", func(t *testing.T) {
		m := see(t, `{"msgtype":"text","text":{"content":"# a **b** [c](https://d)\n> e <font color=\"info\">f</font> <@u1>\n\nhttps://a.example/?x=1&y_z=2","mentioned_list":["u2","@all"],"mentioned_mobile_list":["13800000000"]}}`)
		assert.Equal(t, "# a **b** [c](https://d)", m.Title)
		assert.Equal(t, []string{"u1", "u2", "all", "13800000000"}, m.Mentions)
		assert.Equal(t, "# a **b** [c](https://d)\n> e <font color=\"info\">f</font> @u1\nhttps://a.example/?x=1&y_z=2\nreminds: u1, u2, all, 13800000000\n", m.Plain())
		assert.NotContains(t, shown(t, m), "<a")
		assert.NotContains(t, shown(t, m), "<h1")
	})
	t.Run("of a card", func(t *testing.T) {
		m := see(t, `{"msgtype":"template_card","template_card":{"card_type":"text_notice","source":{"desc":"PAI"},"main_title":{"title":"Job failed","desc":"12:00"},"quote_area":{"quote_text":"Read."},"sub_title_text":"Reason: x\nMore: *y*","horizontal_content_list":[{"keyname":"ID","value":"dlc_1"},{"keyname":"Status","value":"Failed"}],"jump_list":[{"type":1,"title":"Open","url":"https://a.example"}],"card_action":{"type":1,"url":"https://a.example/x"}}}`)
		assert.Equal(t, "Job failed", m.Title)
		assert.Equal(t, "PAI\nJob failed\n12:00\n> Read.\nReason: x\nMore: *y*\nID: dlc_1\nStatus: Failed\n[Open] https://a.example/x\n", m.Plain())
		assert.Empty(t, m.Mentions)
	})
	t.Run("of hostile text without its markup", func(t *testing.T) {
		hostile := `<script>alert(1)</script> [x](javascript:alert(2)) <img src=x onerror=alert(3)> ![p](https://evil.example/p.png)`
		for _, body := range []string{says("markdown", hostile), says("text", hostile)} {
			page := shown(t, see(t, body))
			for _, no := range []string{"<script", "<img", `="javascript`} {
				assert.NotContains(t, page, no)
			}
		}
	})
}

// shown is the HTML of a message.
func shown(t *testing.T, m inbox.Message) string {
	t.Helper()
	html, err := m.HTML()
	require.NoError(t, err)
	return string(html)
}
