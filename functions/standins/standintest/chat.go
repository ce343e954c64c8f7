// Package standintest is a target type that no register lists, for tests of what
// is to work with any: a chat whose webhooks have three segments.
package standintest

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/pai-notify/pai-notify/shared/inbox"
	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/target"
	"github.com/pai-notify/pai-notify/shared/webhook"
)

// Spec is the entry of the type in a register of targets.
var Spec = target.Define("chat", func(c config) (target.Target, error) {
	if c.Webhook == "" {
		return nil, target.Invalid("webhook", "is missing")
	}
	return c, nil
})

type config struct {
	Webhook target.Secret `json:"webhook"`
}

type body struct {
	Text string `json:"text"`
}

// Send posts the message.
func (c config) Send(ctx context.Context, n target.Notification) (target.Receipt, error) {
	to, err := c.Webhook.Reveal(ctx)
	if err != nil {
		return target.Receipt{}, err
	}
	text, err := json.Marshal(body{n.Message.Title})
	if err != nil {
		return target.Receipt{}, target.Permanent(err)
	}
	header := http.Header{"Content-Type": {"application/json"}}
	answer, err := webhook.Post(ctx, webhook.Request{Platform: Spec.Type, URL: to, Header: header, Body: text})
	if err != nil {
		return target.Receipt{}, err
	}
	return target.Receipt{Status: http.StatusOK}, answer.Verdict()
}

// Platform is the entry of the type in a register of stand-ins.
var Platform = inbox.Platform{
	Type:  "chat",
	Name:  message.Text{EN: "Chat", ZH: "聊天", JA: "チャット"},
	Help:  message.Text{EN: "Copy the webhook.", ZH: "复制 Webhook 地址。", JA: "Webhook をコピーします。"},
	Icon:  `<path d="M9 3L7 21"/>`,
	Route: inbox.Webhook{Path: "/services/T0INBOX/B0INBOX/", Address: "webhook"},
	New:   func(inbox.Keys, int) inbox.Receiver { return channel{} },
	Unknown: func(*http.Request) inbox.Answer {
		return inbox.Answer{Status: http.StatusNotFound, Body: "no_service"}
	},
}

type channel struct{}

// Receive takes any text.
func (channel) Receive(_ *http.Request, text []byte, m *inbox.Message) inbox.Answer {
	var b body
	if json.Unmarshal(text, &b) != nil || b.Text == "" {
		m.Reason = "no_text"
		return inbox.Answer{Status: http.StatusBadRequest, Body: m.Reason}
	}
	m.Title, m.Text, m.Accepted = b.Text, b.Text, true
	return inbox.Answer{Status: http.StatusOK, Body: "ok"}
}
