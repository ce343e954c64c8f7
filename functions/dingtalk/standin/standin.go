// Package standin is the local stand-in for DingTalk.
package standin

import (
	"cmp"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pai-notify/pai-notify/shared/inbox"
	"github.com/pai-notify/pai-notify/shared/message"
)

// Facts of DingTalk's documentation of custom robots.
const (
	maxBody   = 20000
	tolerance = time.Hour
	window    = time.Minute
	penalty   = 10 * time.Minute
)

// Platform is DingTalk with its custom robots. A robot with a key takes signed
// requests only, and one with keywords only messages that hold one of them.
var Platform = inbox.Platform{
	Type: "dingtalk",
	Name: message.Text{EN: "DingTalk", ZH: "钉钉", JA: "DingTalk"},
	Help: message.Text{EN: "In the group: Settings → Robots → Custom. Choose the security setting Sign, then copy the webhook and the key that starts with SEC.", ZH: "在群设置 → 机器人中添加自定义机器人，安全设置选“加签”，然后复制 Webhook 地址和以 SEC 开头的密钥。", JA: "グループの設定 → ロボット → カスタムで作成し、セキュリティ設定「署名」を選び、Webhook と SEC で始まるキーをコピーします。"},
	Icon: `<path d="M4 5h16v11h-8l-5 4v-4H4z"/><path d="M13 7l-3 4h3l-2 3"/>`,
	Parameters: map[string]inbox.Parameter{
		"webhook": {Example: message.Text{EN: "https://oapi.dingtalk.com/robot/send?access_token=…", ZH: "https://oapi.dingtalk.com/robot/send?access_token=…", JA: "https://oapi.dingtalk.com/robot/send?access_token=…"}},
		"style":   {Help: message.Text{EN: "markdown (default), or action_card: a card with a button that opens the console. A card mentions nobody.", ZH: "markdown（默认）；action_card：带按钮的卡片，可跳转到控制台，但不能 @ 成员。", JA: "markdown（既定）、または action_card（コンソールを開くボタン付きのカード。メンションはできません）。"}},
		"signing_key": {
			Help:    message.Text{EN: "Starts with SEC. Leave it empty if the robot has another security setting.", ZH: "以 SEC 开头。机器人使用其他安全设置时留空。", JA: "SEC で始まります。別のセキュリティ設定の場合は空欄にします。"},
			Example: message.Text{EN: "SEC…", ZH: "SEC…", JA: "SEC…"},
		},
	},
	Keys:  inbox.Keys{Secret: "SECinbox000000000000000000000000000000000000000000000000000000001"},
	Route: inbox.Webhook{Path: "/robot/send?access_token=", Address: "webhook", Key: "signing_key"},
	New: func(k inbox.Keys, rate int) inbox.Receiver {
		return &robot{key: k.Secret, keywords: k.Keywords, rate: rate}
	},
	Unknown: func(r *http.Request) inbox.Answer {
		if r.URL.Query().Get("access_token") == "" {
			return inbox.ErrCode(40035, "缺少参数 access_token")
		}
		return inbox.ErrCode(300005, "token is not exist")
	},
}

// robot is a DingTalk robot.
type robot struct {
	key      string
	keywords []string
	rate     int
	sent     []time.Time
	blocked  time.Time
}

func (b *robot) Receive(r *http.Request, body []byte, m *inbox.Message) inbox.Answer {
	code, text := b.judge(r, body, m)
	m.Judged(code, text)
	return inbox.ErrCode(code, text)
}

func (b *robot) judge(r *http.Request, body []byte, m *inbox.Message) (int, string) {
	if r.Method != http.MethodPost {
		return 43002, "require POST http method"
	}
	if !inbox.IsJSON(r) {
		return 43004, "invalid http header Content-Type"
	}
	if len(body) > maxBody {
		return 460101, "message too long, exceed 20000 bytes"
	}
	var note note
	if json.Unmarshal(body, &note) != nil {
		return 40035, "不合法的参数 json"
	}
	note.fill(m)
	if code, text := b.verify(r.URL.Query(), m); code != 0 {
		return code, text
	}
	switch {
	case note.Type != "markdown" && note.Type != "actionCard":
		return 400105, "unsupported msgtype"
	case strings.TrimSpace(m.Title) == "" || strings.TrimSpace(m.Text) == "":
		return 300001, "title or text is blank"
	case len(b.keywords) > 0 && !slices.ContainsFunc(b.keywords, func(k string) bool {
		return strings.Contains(m.Title+"\n"+m.Text, k)
	}):
		return 310000, "keywords not in content"
	case b.tooFast(m.Time):
		return 130101, "send too fast, exceed 20 times per minute"
	}
	return 0, "ok"
}

// verify checks timestamp and sign as they stand in the query.
func (b *robot) verify(query url.Values, m *inbox.Message) (int, string) {
	if b.key == "" {
		m.Signature = "none"
		return 0, ""
	}
	timestamp, sign := query.Get("timestamp"), query.Get("sign")
	ms, err := strconv.ParseInt(timestamp, 10, 64)
	if off := m.Time.Sub(time.UnixMilli(ms)).Abs(); sign != "" && (err != nil || off > tolerance) {
		m.Signature = "invalid timestamp"
		return 310000, "invalid timestamp"
	}
	mac := hmac.New(sha256.New, []byte(b.key))
	mac.Write([]byte(timestamp + "\n" + b.key))
	if want := base64.StdEncoding.EncodeToString(mac.Sum(nil)); !hmac.Equal([]byte(sign), []byte(want)) {
		m.Signature = "does not match"
		return 310000, "sign not match"
	}
	m.Signature = "valid"
	return 0, ""
}

// tooFast counts a message. Over the rate the robot is blocked, and stays so.
func (b *robot) tooFast(now time.Time) bool {
	if now.Before(b.blocked) {
		return true
	}
	b.sent = slices.DeleteFunc(b.sent, func(t time.Time) bool { return now.Sub(t) >= window })
	if len(b.sent) >= b.rate {
		b.blocked = now.Add(penalty)
		return true
	}
	b.sent = append(b.sent, now)
	return false
}

// note is the body of a message to a robot.
type note struct {
	Type     string `json:"msgtype"`
	Markdown struct {
		Title string `json:"title"`
		Text  string `json:"text"`
	} `json:"markdown"`
	ActionCard struct {
		Title       string `json:"title"`
		Text        string `json:"text"`
		SingleTitle string `json:"singleTitle"`
		SingleURL   string `json:"singleURL"`
	} `json:"actionCard"`
	At struct {
		Mobiles []string `json:"atMobiles"`
		Users   []string `json:"atUserIds"`
		All     bool     `json:"isAtAll"`
	} `json:"at"`
}

// fill writes what a person would see into m. People are reminded only when
// the text of a markdown message names them too.
func (n note) fill(m *inbox.Message) {
	m.Title = cmp.Or(n.Markdown.Title, n.ActionCard.Title)
	m.Text = cmp.Or(n.Markdown.Text, n.ActionCard.Text)
	m.Link, m.LinkText = n.ActionCard.SingleURL, n.ActionCard.SingleTitle
	if n.Type != "markdown" {
		return
	}
	if n.At.All {
		m.Mentions = append(m.Mentions, "all")
	}
	for _, who := range slices.Concat(n.At.Mobiles, n.At.Users) {
		if strings.Contains(m.Text, "@"+who) {
			m.Mentions = append(m.Mentions, who)
		}
	}
}
