// Package standin is the local stand-in for Lark and Feishu.
package standin

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pai-notify/pai-notify/shared/inbox"
	"github.com/pai-notify/pai-notify/shared/message"
)

// Facts of the documentation of Lark's custom bots. Whether its 20 KB are 20000
// or 20480 bytes is not said; the smaller number is the safer one.
const (
	hookPath  = "/open-apis/bot/v2/hook/"
	maxBody   = 20000
	tolerance = time.Hour
	perSecond = 5
	perMinute = 100
)

// Platform is Lark or Feishu with its custom bots. A bot with a key takes signed
// requests only, and one with keywords only messages that hold one of them. It
// takes 5 messages a second and 100 a minute, or the inbox's own rate where that
// is higher.
var Platform = inbox.Platform{
	Type: "lark",
	Name: message.Text{EN: "Lark / Feishu", ZH: "飞书", JA: "Lark"},
	Help: message.Text{EN: "In the group: Settings → Bots → Custom bot. Set signature verification, then copy the webhook and the key.", ZH: "在群设置 → 群机器人中添加自定义机器人，启用签名校验，然后复制 Webhook 地址和密钥。", JA: "グループの設定 → ボット → カスタムボットで作成し、署名検証を有効にして、Webhook とキーをコピーします。"},
	Icon: `<path d="M3 11l18-7-7 17-3-7z"/><path d="M11 14l4-4"/>`,
	Parameters: map[string]inbox.Parameter{
		"signing_key": {
			Label: message.Text{EN: "Signing key", ZH: "签名校验密钥", JA: "署名検証のキー"},
			Help:  message.Text{EN: "Leave empty if signature verification is off.", ZH: "机器人未启用签名校验时留空。", JA: "署名検証を設定していない場合は空欄にします。"},
		},
		"style":         {Help: message.Text{EN: "card (default), post or text. If Lark rejects a card, it is sent as post, then as text.", ZH: "card（默认，卡片）、post（富文本）或 text（纯文本）。卡片被拒绝时依次改用 post 和 text。", JA: "card（既定、カード）、post（リッチテキスト）、text（テキスト）。カードが拒否されると post、次に text で送ります。"}},
		"mention.users": {Help: message.Text{EN: "Open ids (ou_…) or user ids of members of the group, one per line.", ZH: "群成员的 Open ID（ou_…）或 User ID，每行一个。", JA: "グループメンバーの Open ID（ou_…）または User ID を 1 行に 1 つ入力します。"}},
		"mention.all":   {Help: message.Text{EN: "Each message mentions the whole group, if its settings allow it.", ZH: "每条消息都会提醒群内所有成员（需群设置允许）。", JA: "グループの設定で許可されていれば、メッセージごとに全員に通知されます。"}},
		"webhook":       {Example: message.Text{EN: "https://open.feishu.cn/open-apis/bot/v2/hook/…", ZH: "https://open.feishu.cn/open-apis/bot/v2/hook/…", JA: "https://open.larksuite.com/open-apis/bot/v2/hook/…"}},
	},
	Keys: inbox.Keys{Secret: "inboxSigningKey000001"},
	Route: inbox.Webhook{
		Path: hookPath, Address: "webhook", Key: "signing_key",
		Spell: func(name string) string { return strings.ReplaceAll(name, "_", "-") }, // its webhooks have no underscores
	},
	New: func(k inbox.Keys, rate int) inbox.Receiver { return newBot(k.Secret, rate, k.Keywords...) },
	Unknown: func(*http.Request) inbox.Answer {
		return verdict{code: 19001, text: "param invalid: incoming webhook access token invalid"}.answer()
	},
}

func newBot(signingKey string, rate int, keywords ...string) *bot {
	b := &bot{key: signingKey, keywords: keywords, second: perSecond, minute: perMinute}
	if rate > perMinute {
		b.second, b.minute = rate, rate
	}
	return b
}

// bot is a custom bot.
type bot struct {
	key            string
	keywords       []string
	second, minute int
	sent           []time.Time
}

// verdict is what a bot says; the zero value is that it took the message.
type verdict struct {
	// status is the HTTP status, 200 when zero.
	status int
	code   int
	text   string
}

var badRequest = verdict{code: 9499, text: "Bad Request"}

// answer writes the verdict as the platform does, which says twice that a
// message was taken.
func (v verdict) answer() inbox.Answer {
	body := map[string]any{"code": v.code, "msg": v.text, "data": struct{}{}}
	if v.code == 0 {
		body["msg"] = "success"
		body["StatusCode"], body["StatusMessage"] = 0, "success"
	}
	return inbox.Reply(max(v.status, http.StatusOK), body)
}

func (b *bot) Receive(r *http.Request, body []byte, m *inbox.Message) inbox.Answer {
	v := b.judge(r, body, m)
	m.Judged(v.code, v.text)
	return v.answer()
}

func (b *bot) judge(r *http.Request, body []byte, m *inbox.Message) verdict {
	var note note
	if r.Method != http.MethodPost || !inbox.IsJSON(r) || len(body) > maxBody || json.Unmarshal(body, &note) != nil {
		return badRequest
	}
	refused, words := note.fill(m)
	if v := b.verify(note, m); v.code != 0 {
		return v
	}
	if v := b.tooFast(m.Time); v.code != 0 {
		return v
	}
	if refused.code != 0 {
		return refused
	}
	if len(b.keywords) > 0 && !slices.ContainsFunc(b.keywords, func(k string) bool { return strings.Contains(words, k) }) {
		return verdict{code: 19024, text: "Key Words Not Found"}
	}
	return verdict{}
}

// verify checks timestamp and sign as they stand in the body.
func (b *bot) verify(n note, m *inbox.Message) verdict {
	if b.key == "" {
		m.Signature = "none"
		return verdict{}
	}
	mac := hmac.New(sha256.New, []byte(n.Timestamp+"\n"+b.key))
	seconds, err := strconv.ParseInt(n.Timestamp, 10, 64)
	switch {
	case err != nil || m.Time.Sub(time.Unix(seconds, 0)).Abs() > tolerance:
		m.Signature = "invalid timestamp"
	case !hmac.Equal([]byte(n.Sign), []byte(base64.StdEncoding.EncodeToString(mac.Sum(nil)))):
		m.Signature = "does not match"
	default:
		m.Signature = "valid"
		return verdict{}
	}
	return verdict{code: 19021, text: "sign match fail or timestamp is not within one hour from current time"}
}

// tooFast counts a message. The limit of a second is answered with the status
// 400, that of a minute inside a 200: both were seen, which of them when was
// not.
func (b *bot) tooFast(now time.Time) verdict {
	b.sent = slices.DeleteFunc(b.sent, func(t time.Time) bool { return now.Sub(t) >= time.Minute })
	last := 0
	for _, t := range b.sent {
		if now.Sub(t) < time.Second {
			last++
		}
	}
	switch {
	case last >= b.second:
		return verdict{http.StatusBadRequest, 9499, "too many request"}
	case len(b.sent) >= b.minute:
		return verdict{code: 11232, text: "frequency limited"}
	}
	b.sent = append(b.sent, now)
	return verdict{}
}

// note is the body of a message to a bot.
type note struct {
	Timestamp string `json:"timestamp"`
	Sign      string `json:"sign"`
	Type      string `json:"msg_type"`
	Content   struct {
		Text string          `json:"text"`
		Post map[string]post `json:"post"`
	} `json:"content"`
	Card json.RawMessage `json:"card"`
}

type post struct {
	Title   string `json:"title"`
	Content [][]struct {
		Tag  string `json:"tag"`
		Text string `json:"text"`
		Link string `json:"href"`
		User string `json:"user_id"`
	} `json:"content"`
}

// fill writes what a person would see into m. It returns the verdict on the
// message itself and the texts in which keywords are looked for.
func (n note) fill(m *inbox.Message) (verdict, string) {
	switch n.Type {
	case "interactive":
		return fillCard(n.Card, m)
	case "post":
		for _, language := range []string{"zh_cn", "en_us"} {
			if p, ok := n.Content.Post[language]; ok {
				return p.fill(m)
			}
		}
	case "text":
		if text := n.Content.Text; strings.TrimSpace(text) != "" {
			m.Title, _, _ = strings.Cut(text, "\n")
			m.Text = mentions(text, "user_id=", m)
			return verdict{}, text
		}
	}
	return badRequest, ""
}

func (p post) fill(m *inbox.Message) (verdict, string) {
	m.Title = p.Title
	words := p.Title + "\n"
	text := "### " + inbox.Literal(p.Title)
	for _, paragraph := range p.Content {
		text += "\n\n"
		for _, s := range paragraph {
			words += s.Text + "\n"
			switch s.Tag {
			case "text":
				text += inbox.Literal(s.Text)
			case "a":
				text += "[" + inbox.Literal(s.Text) + "](<" + s.Link + ">)"
			case "at":
				text += "@" + inbox.Literal(s.User) + " "
				m.Mentions = append(m.Mentions, s.User)
			default:
				return badRequest, ""
			}
		}
	}
	m.Text = text
	if len(p.Content) == 0 {
		return badRequest, ""
	}
	return verdict{}, words
}

// mentions notes the people that tags such as <at user_id="ou_1">Name</at>
// name and writes them as @id; attribute is what stands before the id. Lines
// of the text, which is plain but for the tags, become lines of markdown.
func mentions(text, attribute string, m *inbox.Message) string {
	shown := inbox.Literal
	if attribute == "id=" {
		shown = func(s string) string { return s } // markdown already
	}
	var b strings.Builder
	for {
		before, tag, ok := strings.Cut(text, "<at "+attribute)
		id, rest, closed := strings.Cut(tag, ">")
		_, after, ends := strings.Cut(rest, "</at>")
		if !ok || !closed || !ends {
			break
		}
		id = strings.Trim(id, `"' `)
		m.Mentions = append(m.Mentions, id)
		b.WriteString(shown(before) + "@" + inbox.Literal(id))
		text = after
	}
	b.WriteString(shown(text))
	return b.String()
}
