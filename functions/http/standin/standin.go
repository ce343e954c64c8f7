// Package standin is the local stand-in for HTTP receivers.
package standin

import (
	"encoding/json"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/pai-notify/pai-notify/shared/inbox"
	"github.com/pai-notify/pai-notify/shared/message"
)

const (
	maxBody = 1 << 20
	// tolerance is that of the Standard Webhooks libraries.
	tolerance = 5 * time.Minute
)

// Platform is any receiver of CloudEvents. With a secret, "whsec_" and base64, it
// takes requests signed by it only; none fits a secret that cannot be decoded.
var Platform = inbox.Platform{
	Type: "http",
	Name: message.Text{EN: "HTTP", ZH: "HTTP", JA: "HTTP"},
	Help: message.Text{EN: "Posts the CloudEvent as JSON. With a secret, it is signed according to Standard Webhooks.", ZH: "以 JSON 发送 CloudEvent；设置密钥后按 Standard Webhooks 签名。", JA: "CloudEvent を JSON で送ります。シークレットを設定すると Standard Webhooks で署名します。"},
	Icon: `<path d="M9 5c-3 0-3 2-3 4s0 3-2 3c2 0 2 1 2 3s0 4 3 4M15 5c3 0 3 2 3 4s0 3 2 3c-2 0-2 1-2 3s0 4-3 4"/>`,
	Parameters: map[string]inbox.Parameter{
		"url": {
			Label:   message.Text{EN: "URL", ZH: "URL", JA: "URL"},
			Example: message.Text{EN: "https://example.com/pai-events", ZH: "https://example.com/pai-events", JA: "https://example.com/pai-events"},
		},
		"secret": {
			Label:   message.Text{EN: "Signing secret", ZH: "签名密钥", JA: "署名シークレット"},
			Example: message.Text{EN: "whsec_…", ZH: "whsec_…", JA: "whsec_…"},
		},
		"headers": {
			Label: message.Text{EN: "Headers", ZH: "请求头", JA: "ヘッダー"},
			Help:  message.Text{EN: "One per line, as Name: value. A value may be env:NAME, with a word before it such as Bearer.", ZH: "每行一个，格式为“名称: 值”。值可以是 env:NAME，前面可加 Bearer 等一个词。", JA: "1 行に 1 つ、「名前: 値」の形式で入力します。値は env:NAME でも指定でき、前に Bearer などの 1 語を置けます。"},
		},
		"content_mode": {
			Label: message.Text{EN: "Content mode", ZH: "内容模式", JA: "コンテンツモード"},
			Help:  message.Text{EN: "Structured (default): the whole event in the body. Binary: its data in the body, for receivers that read application/json only; the signature does not cover headers.", ZH: "structured（默认）：整个事件放在请求体中。binary：请求体只含 data，适用于仅读取 application/json 的服务；签名不覆盖请求头。", JA: "structured（既定）：イベント全体を本文に入れます。binary：本文は data のみで、application/json だけを読む受信側向けです。署名はヘッダーを対象にしません。"},
		},
	},
	Keys:  inbox.Keys{Secret: "whsec_aW5ib3gtc3RhbmQtaW4tc2VjcmV0LTAwMDAwMDAwMDAx"},
	Route: inbox.Webhook{Path: "/receive/", Address: "url", Key: "secret", Drop: []string{"headers"}},
	New: func(k inbox.Keys, _ int) inbox.Receiver {
		if k.Secret == "" {
			return &endpoint{}
		}
		hook, err := standardwebhooks.NewWebhook(k.Secret)
		return &endpoint{hook: hook, undecodable: err != nil}
	},
	Unknown: func(*http.Request) inbox.Answer {
		return inbox.Reply(http.StatusNotFound, problem("no such receiver"))
	},
}

// endpoint is an HTTP receiver.
type endpoint struct {
	hook        *standardwebhooks.Webhook
	undecodable bool // its secret, so that it takes nothing
}

func problem(text string) map[string]string { return map[string]string{"error": text} }

func (e *endpoint) Receive(r *http.Request, body []byte, m *inbox.Message) inbox.Answer {
	m.ID = r.Header.Get(standardwebhooks.HeaderWebhookID)
	status, text := e.judge(r, body, m)
	if status != http.StatusOK {
		m.Reason = text
		return inbox.Reply(status, problem(text))
	}
	m.Accepted = true
	return inbox.Reply(status, map[string]string{"status": text})
}

func (e *endpoint) judge(r *http.Request, body []byte, m *inbox.Message) (int, string) {
	if r.Method != http.MethodPost {
		return http.StatusMethodNotAllowed, "only POST is taken"
	}
	if len(body) > maxBody {
		return http.StatusRequestEntityTooLarge, "the body is larger than 1 MiB"
	}
	m.Signature = e.verify(r.Header, body, m.Time)
	if m.Signature != "valid" && (e.hook != nil || e.undecodable) {
		return http.StatusUnauthorized, "signature: " + m.Signature
	}
	event, status, text := readEvent(r.Header, body)
	if text != "" {
		return status, text
	}
	m.Title = event.Type
	return http.StatusOK, "received"
}

// attributes are what a CloudEvent must have.
type attributes struct{ ID, Source, Type string }

// readEvent reads a CloudEvent in structured or in binary mode; text says what
// is wrong with it.
func readEvent(h http.Header, body []byte) (e attributes, status int, text string) {
	kind, _, err := mime.ParseMediaType(h.Get("Content-Type"))
	switch {
	case err == nil && kind == "application/cloudevents+json":
		if json.Unmarshal(body, &e) != nil {
			e = attributes{}
		}
	case h.Get("Ce-Specversion") != "":
		for name, into := range map[string]*string{"Ce-Id": &e.ID, "Ce-Source": &e.Source, "Ce-Type": &e.Type} {
			if *into, err = url.PathUnescape(h.Get(name)); err != nil {
				return e, http.StatusBadRequest, "a header of the CloudEvent is not percent-encoded"
			}
		}
	default:
		return e, http.StatusUnsupportedMediaType, "the content type must be application/cloudevents+json, or the event must stand in ce- headers"
	}
	if e.ID == "" || e.Source == "" || e.Type == "" {
		return e, http.StatusBadRequest, "the request is not a CloudEvent"
	}
	return e, http.StatusOK, ""
}

// verify returns the verdict on the signature.
func (e *endpoint) verify(h http.Header, body []byte, now time.Time) string {
	if e.undecodable {
		return "the secret of this receiver is not base64"
	}
	if h.Get(standardwebhooks.HeaderWebhookSignature) == "" {
		return "none"
	}
	if e.hook == nil {
		return inbox.NotChecked
	}
	if e.hook.VerifyIgnoringTimestamp(body, h) != nil {
		return "does not match"
	}
	// The library compares with the clock of the machine.
	seconds, err := strconv.ParseInt(h.Get(standardwebhooks.HeaderWebhookTimestamp), 10, 64)
	if err != nil || now.Sub(time.Unix(seconds, 0)).Abs() > tolerance {
		return "invalid timestamp"
	}
	return "valid"
}
