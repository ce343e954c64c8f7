// Package dingtalk sends notifications to a custom robot of a DingTalk group.
//
// Limits, from DingTalk's documentation of custom robots: a request body of
// 20000 bytes; 20 messages a minute for one robot, over which it is blocked
// for 10 minutes; a signature is accepted for an hour.
package dingtalk

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/target"
	"github.com/pai-notify/pai-notify/shared/webhook"
)

// Spec is this target's entry in the register. Robots serve every source.
var Spec = target.Define("dingtalk", New).Within(target.Rate{Messages: 20, Per: time.Minute}).Mentioning(userID, true).Advising(codes.Advice, webhook.Advice)

const platform = "dingtalk"

// maxBody is the whole request body in bytes; error 460101 names the number.
const maxBody = 20000

// platformURL says what a robot's webhook looks like. People paste it along
// with a signature they tried, which is made anew here.
var platformURL = &webhook.Robot{
	Platform: platform,
	Hosts:    []string{"oapi.dingtalk.com"},
	Path:     "/robot/send",
	Query:    []string{"access_token"},
	Drop:     []string{"timestamp", "sign"},

	Source:    "DingTalk shows it when the robot is made",
	KeySource: "the robot's security settings under Sign and starts with SEC",
}

// Style is the kind of message a robot sends.
type Style string

// The styles.
const (
	// Markdown is a text with the link at its end. It can mention people.
	Markdown Style = "markdown"
	// ActionCard is a card with a button that leads to the console.
	ActionCard Style = "action_card"
)

// Values lists the styles.
func (Style) Values() []string { return []string{string(Markdown), string(ActionCard)} }

// Config is what a rule says about one robot.
type Config struct {
	// Webhook is the URL that DingTalk shows when the robot is made.
	Webhook target.Secret `json:"webhook"`
	// SigningKey is the key of the robot's security setting "sign"; it is
	// usually set and starts with SEC.
	SigningKey target.Secret `json:"signing_key,omitempty"`
	// Style is markdown when empty.
	Style Style `json:"style,omitempty"`
	// Mention names who is reminded by the message; markdown only.
	Mention Mention `json:"mention,omitzero"`
	// Creators are how those are mentioned whom Mention.Creator stands for.
	Creators target.Creators `json:"creators,omitempty"`
	// Keyword is written under each message that lacks it, for a robot whose
	// security setting asks for it.
	Keyword string `json:"keyword,omitempty"`
}

// Mention names members of the group.
type Mention struct {
	// Mobiles are the numbers people registered with, of the Chinese mainland.
	Mobiles []string `json:"mobiles,omitempty"`
	// Users are user ids of the organisation.
	Users []string `json:"users,omitempty"`
	// All reminds the whole group.
	All bool `json:"all,omitempty"`
	// Creator reminds whoever created what the message is about.
	Creator bool `json:"creator,omitempty"`
}

// robot embeds its configuration: secrets in a field that is not exported
// would show when the robot is printed.
type robot struct {
	Config
	webhook.Connection
	now func() time.Time
}

// New makes a robot from what a rule says about it. It fails when the webhook
// is missing or, if it stands in the rule itself, is not that of a robot; when
// the style is unknown; and for a keyword or as many mentions as cannot work.
func New(c Config) (target.Target, error) {
	connection, err := platformURL.Connect(c.Webhook, c.SigningKey)
	if err != nil {
		return nil, err
	}
	switch c.Style {
	case "":
		c.Style = Markdown
	case Markdown, ActionCard:
	default:
		return nil, target.Invalid("style", "%q is neither %s nor %s", c.Style, Markdown, ActionCard)
	}
	if c.Style == ActionCard && (c.Mention.any() || c.Mention.Creator) {
		return nil, target.Invalid("mention", "DingTalk documents no mentions in cards: use style %s", Markdown)
	}
	if !c.Mention.Creator {
		c.Creators = nil
	}
	if c.Mention, connection.Unmentioned, err = c.Mention.normalized(); err != nil {
		return nil, err
	}
	if c.Keyword != strings.TrimSpace(c.Keyword) || len(c.Keyword) > maxKeyword || message.OneLine(c.Keyword) != c.Keyword {
		return nil, target.Invalid("keyword", "must be one line of at most %d bytes without spaces around it", maxKeyword)
	}
	return robot{c, connection, time.Now}, nil
}

// Send posts the message. DingTalk answers 200 even when it refuses, so the
// verdict is in the body. What an answer asks to be corrected is corrected: a
// stale signature, a text that is too long, has a link it dislikes or lacks the
// keyword where DingTalk looks for it.
func (r robot) Send(ctx context.Context, n target.Notification) (target.Receipt, error) {
	hook, key, err := r.Reveal(ctx)
	if err != nil {
		return target.Receipt{}, err
	}
	l := n.Message.Language
	r.Mention = r.Mention.and(r.Creators.Of(n.Creators))
	d := draft{Config: r.Config, message: n.Message, budget: maxBody}
	receipt, _, err := webhook.Send(ctx, r.Robot, d, func(body []byte) webhook.Request {
		return webhook.Request{Language: l, URL: signed(hook, key, r.now()), Body: body, Secrets: []string{key}}
	}, func(a *webhook.Answer) error { return verdict(a, l) })
	if err != nil {
		return target.Receipt{}, err
	}
	return receipt.Without(r.Unmentioned), nil
}

// reply is both shapes of an answer: the robot service's, with a code, and the
// one of the gateway's flow control in front of it, with a status and a wait
// in seconds.
type reply struct {
	Code   *int64          `json:"errcode"`
	Text   json.RawMessage `json:"errmsg"`
	Status int64           `json:"status"`
	Wait   float64         `json:"wait"`
}

// verdict returns nil only for a 2xx whose body has the code 0.
func verdict(answer *webhook.Answer, l message.Language) error {
	var r reply
	unread := answer.JSON(&r)
	if unread == nil && r.Code == nil && r.Status != 0 {
		return flowControl(r, answer.Status, l)
	}
	return answer.Coded("errcode", r.Code, unread, func(code int64) error {
		return refused(code, answer.Status, answer.Extract(webhook.Words(r.Text)), l)
	})
}

var (
	_ target.Target  = robot{}
	_ target.Metered = robot{}
	_ target.Showing = robot{}
	_ target.Checked = robot{}
)
