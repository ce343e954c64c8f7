// Package lark sends notifications to a custom bot of a Lark or Feishu group.
//
// Limits, from the documentation of custom bots: a request body of 20 KB; 5
// messages a second and 100 a minute for one bot; a signature is accepted for
// an hour.
package lark

import (
	"context"
	"encoding/json"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/target"
	"github.com/pai-notify/pai-notify/shared/webhook"
)

// Spec is this target's entry in the register. Bots serve every source.
var Spec = target.Define("lark", New).Within(
	target.Rate{Messages: 5, Per: time.Second},
	target.Rate{Messages: 100, Per: time.Minute},
).Mentioning(userID, false).Advising(codes.Advice, webhook.Advice)

const platform = "lark"

// maxBody is the whole request body in bytes. Whether the documented 20 KB are
// 20000 or 20480 is not said; this is below both.
const maxBody = 19985

// platformURL says what a bot's webhook looks like, on either host.
var platformURL = &webhook.Robot{
	Platform: platform,
	Hosts:    []string{"open.feishu.cn", "open.larksuite.com"},
	Path:     hookPath + "{id}",
	Mistaken: ofFirstGeneration,

	Source:    "the group shows it when the custom bot is made",
	KeySource: "the bot's security settings, below the webhook",
}

// hookPath is that of a bot before its id.
const hookPath = "/open-apis/bot/v2/hook/"

// legacyPath is that of bots of the first generation, which take other bodies.
const legacyPath = "/open-apis/bot/hook/"

// Style is the kind of message a bot sends.
type Style string

// The styles, each plainer than the one before it.
const (
	// Card has a header in the colour of the severity and a button that leads
	// to the console.
	Card Style = "card"
	// Post is a text with a title and a link.
	Post Style = "post"
	// Text is nothing but text.
	Text Style = "text"
)

// Values lists the styles.
func (Style) Values() []string { return []string{string(Card), string(Post), string(Text)} }

// Config is what a rule says about one bot.
type Config struct {
	// Webhook is the URL that the group shows when the bot is made.
	Webhook target.Secret `json:"webhook" doc:"Webhook of the custom bot, best as env:NAME; it starts with https://open.feishu.cn/ or https://open.larksuite.com/."`
	// SigningKey is the key of the bot's security setting "signature
	// verification".
	SigningKey target.Secret `json:"signing_key,omitempty" doc:"Key of the bot's security setting 'Set signature verification', best as env:NAME."`
	// Style is card when empty.
	Style Style `json:"style,omitempty" doc:"card (default), post or text; a card that is refused is sent as a post, then as text."`
	// Mention names who is reminded by the message.
	Mention Mention `json:"mention,omitzero" doc:"Who is reminded by each message."`
	// Creators are how those are mentioned whom Mention.Creator stands for.
	Creators target.Creators `json:"creators,omitempty"`
	// Keyword is written under each message that lacks it, for a bot whose
	// security setting asks for it.
	Keyword string `json:"keyword,omitempty" doc:"Written under each message that lacks it, for a bot with the security setting 'Set keywords'."`
}

// Mention names members of the group.
type Mention struct {
	// Users are open ids, which start with ou_, or user ids. A custom bot
	// cannot find people by phone or mail address.
	Users []string `json:"users,omitempty" doc:"Open ids (ou_...) or user ids of members of the group."`
	// All reminds the whole group, where the group allows it.
	All bool `json:"all,omitempty" doc:"Reminds the whole group, where its settings allow it."`
	// Creator reminds whoever created what the message is about.
	Creator bool `json:"creator,omitempty" doc:"Reminds whoever created what the message is about: the contact with that uid, by its mention for lark."`
}

// bot embeds its configuration: secrets in a field that is not exported would
// show when the bot is printed.
type bot struct {
	Config
	webhook.Connection
	now    func() time.Time
	random func() float64
}

// New makes a bot from what a rule says about it. It fails when the webhook is
// missing or, if it stands in the rule itself, is not that of a custom bot;
// when the style is unknown; and for a key, a keyword or as many mentions as
// cannot work.
func New(c Config) (target.Target, error) {
	connection, err := platformURL.Connect(c.Webhook, c.SigningKey)
	if err != nil {
		return nil, err
	}
	switch c.Style {
	case "":
		c.Style = Card
	case Card, Post, Text:
	default:
		return nil, target.Invalid("style", "%q is not one of %s", c.Style, strings.Join(c.Style.Values(), ", "))
	}
	if !c.Mention.Creator {
		c.Creators = nil
	}
	if c.Mention, connection.Unmentioned, err = c.Mention.normalized(); err != nil {
		return nil, err
	}
	if c.Keyword != strings.TrimSpace(c.Keyword) || len(c.Keyword) > maxKeyword || message.OneLine(c.Keyword) != c.Keyword || plain(c.Keyword) != c.Keyword {
		return nil, target.Invalid("keyword", "must be one line of at most %d bytes without spaces around it and without <", maxKeyword)
	}
	return bot{c, connection, time.Now, rand.Float64}, nil
}

func ofFirstGeneration(raw string) error {
	if strings.Contains(raw, legacyPath) {
		return target.Invalid("webhook", "is that of a bot of the first generation (%s): add a new custom bot to the group, its path is %s and an id", legacyPath, hookPath)
	}
	return nil
}

// Send posts the message. Lark mostly answers 200 when it refuses, so the
// verdict is in the body. What an answer asks to be corrected is corrected: a
// stale signature, a text that is too long or that a rule against leaks
// dislikes, and a card, then a post, that is not understood.
func (b bot) Send(ctx context.Context, n target.Notification) (target.Receipt, error) {
	hook, key, err := b.Reveal(ctx)
	if err != nil {
		return target.Receipt{}, err
	}
	l := n.Message.Language
	_, users := b.Creators.Of(n.Creators)
	b.Mention.Users = target.Joined(b.Mention.Users, users, maxMentions)
	d := draft{Config: b.Config, message: n.Message, budget: maxBody, key: key, now: b.now}
	receipt, _, err := webhook.Send(ctx, b.Robot, d.signed(), func(body []byte) webhook.Request {
		return webhook.Request{Language: l, URL: hook.String(), Body: body, Secrets: []string{key}}
	}, func(a *webhook.Answer) error { return verdict(a, l, b.pause()) })
	if err != nil {
		return target.Receipt{}, err
	}
	return receipt.Without(b.Unmentioned), nil
}

// pause is the wait after a message too many: the second in which they are
// counted, and up to two more so that functions do not come back together.
func (b bot) pause() time.Duration {
	return time.Second + time.Duration(b.random()*float64(2*time.Second))
}

// reply is an answer. Very old ones have a StatusCode in place of the code;
// the answer to a message that was taken has both.
type reply struct {
	Code    *int64          `json:"code"`
	Text    json.RawMessage `json:"msg"`
	OldCode *int64          `json:"StatusCode"`
	OldText json.RawMessage `json:"StatusMessage"`
}

// verdict returns nil only for a 2xx whose body has the code 0.
func verdict(answer *webhook.Answer, l message.Language, pause time.Duration) error {
	var r reply
	unread := answer.JSON(&r)
	code, text := r.Code, r.Text
	if code == nil || (*code == 0 && r.OldCode != nil) {
		code, text = r.OldCode, r.OldText
	}
	return answer.Coded("code", code, unread, func(code int64) error {
		return refused(code, answer.Status, answer.Extract(webhook.Words(text)), l, pause)
	})
}

var (
	_ target.Target  = bot{}
	_ target.Metered = bot{}
	_ target.Showing = bot{}
	_ target.Checked = bot{}
)
