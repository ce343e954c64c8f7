// Package standin is the local stand-in for the platform of package slack.
package standin

import (
	"encoding/json"
	"html"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/pai-notify/pai-notify/shared/inbox"
	"github.com/pai-notify/pai-notify/shared/message"
)

const (
	maxText = 40_000 // characters
	window  = time.Minute
)

// Platform is the entry of the type in a register of stand-ins.
var Platform = inbox.Platform{
	Type: "slack",
	Name: message.Text{EN: "Slack", ZH: "Slack", JA: "Slack"},
	Help: message.Text{EN: "In the app's settings: add an incoming webhook and copy its URL.", ZH: "在应用设置中添加传入 Webhook，复制其地址。", JA: "アプリの設定で Incoming Webhook を追加し、URL をコピーします。"},
	Icon: `<path d="M9 3L7 21M17 3l-2 18M4 9h17M3 15h17"/>`,
	Route: inbox.Webhook{
		Path: "/services/T0INBOX/B0INBOX/", Address: "webhook",
		Spell: func(name string) string { return strings.ReplaceAll(name, "_", "-") }, // its webhooks have no underscores
	},
	New:     func(_ inbox.Keys, rate int) inbox.Receiver { return &channel{rate: rate} },
	Unknown: func(*http.Request) inbox.Answer { return inbox.Answer{Status: http.StatusNotFound, Body: "no_service"} },
}

// channel is where one webhook posts to.
type channel struct {
	rate int
	sent []time.Time
}

// Receive judges a message.
func (c *channel) Receive(_ *http.Request, body []byte, m *inbox.Message) inbox.Answer {
	status, word := c.judge(body, m)
	m.Code, m.Accepted = word, status == http.StatusOK
	if !m.Accepted {
		m.Reason = word
	}
	return inbox.Answer{Status: status, Body: word}
}

func (c *channel) judge(body []byte, m *inbox.Message) (status int, word string) {
	var sent struct {
		Text     string `json:"text"`
		Markdown *bool  `json:"mrkdwn"`
	}
	for len(c.sent) > 0 && m.Time.Sub(c.sent[0]) >= window {
		c.sent = c.sent[1:]
	}
	switch {
	case json.Unmarshal(body, &sent) != nil, sent.Markdown == nil, *sent.Markdown, len([]rune(sent.Text)) > maxText:
		return http.StatusBadRequest, "invalid_payload"
	case strings.TrimSpace(sent.Text) == "":
		return http.StatusBadRequest, "no_text"
	case len(c.sent) >= c.rate:
		return http.StatusTooManyRequests, "rate_limited"
	}
	c.sent = append(c.sent, m.Time)
	fill(sent.Text, m)
	return http.StatusOK, "ok"
}

var control = regexp.MustCompile(`<([^<>|]*)(?:\|([^<>]*))?>`)

// fill writes what a person would see: of a text without markup, links and
// mentions alone have a meaning.
func fill(text string, m *inbox.Message) {
	var b strings.Builder
	for at := 0; at < len(text); {
		found := control.FindStringSubmatchIndex(text[at:])
		if found == nil {
			b.WriteString(literal(text[at:]))
			break
		}
		b.WriteString(literal(text[at : at+found[0]]))
		inside, words := text[at+found[2]:at+found[3]], ""
		if found[4] >= 0 {
			words = text[at+found[4] : at+found[5]]
		}
		if who := strings.TrimLeft(inside, "@!"); who != inside {
			m.Mentions = append(m.Mentions, who)
			b.WriteString("@" + literal(who))
		} else {
			m.Link, m.LinkText = html.UnescapeString(inside), html.UnescapeString(words)
			b.WriteString("[" + literal(words) + "](" + m.Link + ")")
		}
		at += found[1]
	}
	m.Text = b.String()
	m.Title = inbox.FirstLine(m.Text)
}

// literal decodes a text.
func literal(text string) string { return inbox.Literal(html.UnescapeString(text)) }
