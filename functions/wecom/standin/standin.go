// Package standin is the local stand-in for WeCom.
package standin

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/pai-notify/pai-notify/shared/inbox"
	"github.com/pai-notify/pai-notify/shared/message"
)

// Facts of WeCom's documentation of group robots, but for maxBody: no
// limit of a whole body is documented.
const (
	maxMarkdown = 4096
	maxText     = 2048
	maxFields   = 6
	maxJumps    = 3
	maxBody     = 64 << 10
	window      = time.Minute
)

// Platform is WeCom with its group robots. The key in a webhook is all that a
// sender needs.
var Platform = inbox.Platform{
	Type: "wecom",
	Name: message.Text{EN: "WeCom", ZH: "企业微信", JA: "WeCom"},
	Help: message.Text{EN: "In the group: add a group robot and copy its webhook.", ZH: "在群中添加群机器人，复制 Webhook 地址。", JA: "グループにロボットを追加し、Webhook をコピーします。"},
	Icon: `<path d="M3 4h13v9H9l-4 3v-3H3z"/><path d="M19 9h2v8h-2v3l-4-3h-5"/>`,
	Parameters: map[string]inbox.Parameter{
		"style":         {Help: message.Text{EN: "markdown (default), text, or template_card: a card that opens the console.", ZH: "markdown（默认）、text（纯文本）或 template_card（可跳转到控制台的模板卡片）。", JA: "markdown（既定）、text（テキスト）、または template_card（コンソールを開くカード）。"}},
		"mention.users": {Help: message.Text{EN: "User ids of members, called account in the address book, one per line.", ZH: "成员在通讯录中的“账号”，每行一个。", JA: "メンバーのユーザー ID（アドレス帳の「アカウント」）を 1 行に 1 つ入力します。"}},
		"webhook":       {Example: message.Text{EN: "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=…", ZH: "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=…", JA: "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=…"}},
	},
	Route: inbox.Webhook{Path: "/cgi-bin/webhook/send?key=", Address: "webhook"},
	New:   func(_ inbox.Keys, rate int) inbox.Receiver { return &robot{rate: rate} },
	Unknown: func(r *http.Request) inbox.Answer {
		return answer(93000, "invalid webhook url", r, time.Unix(0, 0))
	},
}

// robot is a group robot of WeCom.
type robot struct {
	rate int
	sent []time.Time
}

func (b *robot) Receive(r *http.Request, body []byte, m *inbox.Message) inbox.Answer {
	code, text := b.judge(r, body, m)
	m.Judged(code, text)
	return answer(code, text, r, m.Time)
}

// answer adds to a refusal what the real platform adds: a hint id, the
// address of the caller and where to read more.
func answer(code int, text string, r *http.Request, now time.Time) inbox.Answer {
	if code != 0 {
		caller, _, err := net.SplitHostPort(r.RemoteAddr)
		if err != nil {
			caller = r.RemoteAddr
		}
		text = fmt.Sprintf("%s, hint: [%d], from ip: %s, more info at https://open.work.weixin.qq.com/devtool/query?e=%d", text, now.UnixNano(), caller, code)
	}
	return inbox.ErrCode(code, text)
}

// note is the body of a message to a robot.
type note struct {
	Type string `json:"msgtype"`
	Text struct {
		Content string   `json:"content"`
		Users   []string `json:"mentioned_list"`
		Mobiles []string `json:"mentioned_mobile_list"`
	} `json:"text"`
	Markdown struct {
		Content string `json:"content"`
	} `json:"markdown"`
	Card card `json:"template_card"`
}

type card struct {
	Type   string `json:"card_type"`
	Source struct {
		Text string `json:"desc"`
	} `json:"source"`
	Main struct {
		Title string `json:"title"`
		Text  string `json:"desc"`
	} `json:"main_title"`
	Quote struct {
		Text string `json:"quote_text"`
	} `json:"quote_area"`
	Text   string `json:"sub_title_text"`
	Fields []struct {
		Label string `json:"keyname"`
		Value string `json:"value"`
	} `json:"horizontal_content_list"`
	Jumps  []jump `json:"jump_list"`
	Action jump   `json:"card_action"`
}

type jump struct {
	Type  int    `json:"type"`
	Title string `json:"title"`
	URL   string `json:"url"`
}

func (b *robot) judge(r *http.Request, body []byte, m *inbox.Message) (int, string) {
	var note note
	switch {
	case len(body) > maxBody:
		return 45002, "content size out of limit"
	// WeCom asks for JSON by POST and does not document its answer to anything
	// else; malformed JSON is answered so.
	case r.Method != http.MethodPost || !inbox.IsJSON(r) || json.Unmarshal(body, &note) != nil:
		return 40008, "Warning: wrong json format. invalid message type"
	}
	note.fill(m)
	if code, text := note.judge(); code != 0 {
		return code, text
	}
	b.sent = slices.DeleteFunc(b.sent, func(t time.Time) bool { return m.Time.Sub(t) >= window })
	if len(b.sent) >= b.rate {
		return 45009, "api freq out of limit"
	}
	b.sent = append(b.sent, m.Time)
	return 0, "ok"
}

func (n note) judge() (int, string) {
	switch n.Type {
	case "text":
		return content("text", n.Text.Content, maxText)
	case "markdown":
		return content("markdown", n.Markdown.Content, maxMarkdown)
	case "template_card":
		return n.Card.judge()
	}
	return 40008, "invalid message type"
}

func content(kind, content string, limit int) (int, string) {
	switch {
	case strings.TrimSpace(content) == "":
		return 44004, "empty content"
	case strings.ContainsFunc(content, func(c rune) bool { return unicode.IsControl(c) && !unicode.IsSpace(c) }):
		return 40033, "invalid charset. please check your request, if include \\uxxxx will create fail!"
	case len(content) > limit:
		return 40058, fmt.Sprintf("%s.content exceed max length %d. invalid Request Parameter", kind, limit)
	}
	return 0, ""
}

func (c card) judge() (int, string) {
	for _, j := range append([]jump{c.Action}, c.Jumps...) {
		u, err := url.Parse(j.URL)
		switch {
		case j.Type != 1 || err != nil || j.URL == "":
			return 42045, "Template_Card card_action Missing or Invalid"
		case u.Scheme != "https" && u.Scheme != "http":
			return 45034, "invalid url protocol"
		}
	}
	switch {
	case c.Type != "text_notice":
		return 40035, "invalid parameter: card_type"
	case c.Main.Title == "" && c.Text == "":
		return 40063, "some parameters are empty: main_title"
	case len(c.Fields) > maxFields || len(c.Jumps) > maxJumps:
		return 40035, "invalid parameter: too many items"
	}
	return 0, ""
}
