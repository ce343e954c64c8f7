// Package wecom sends notifications to a group robot ("message push") of
// WeCom, the enterprise edition of WeChat.
//
// Limits, from WeCom's documentation of group robots: 4096 bytes of markdown,
// 2048 bytes of text; 20 messages a minute for one robot. There is no
// signature: the key in the webhook is the whole credential.
package wecom

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/pai-notify/pai-notify/shared/target"
	"github.com/pai-notify/pai-notify/shared/webhook"
)

// Spec is this target's entry in the register. Robots serve every source.
var Spec = target.Define("wecom", New).Within(target.Rate{Messages: 20, Per: time.Minute}).Mentioning(userID, true).Advising(advice, webhook.Advice)

const platform = "wecom"

// platformURL says what a robot's webhook looks like. "debug" is a switch of
// WeCom's own test tool, which people paste along; it cuts the rate to 5 a
// minute.
var platformURL = &webhook.Robot{
	Platform: platform,
	Hosts:    []string{hookHost},
	Path:     hookPath,
	Query:    []string{"key"},
	Drop:     []string{"debug"},
	Mistaken: keyAlone,
	Source:   "WeCom shows it when the robot is made",
}

const hookHost, hookPath = "qyapi.weixin.qq.com", "/cgi-bin/webhook/send"

// Style is the kind of message a robot sends.
type Style string

// The styles.
const (
	// Markdown is a text with headings, colour and links, and inline mentions.
	Markdown Style = "markdown"
	// Text is plain text, which every client shows and which can mention all.
	Text Style = "text"
	// TemplateCard is a card that leads to the console.
	TemplateCard Style = "template_card"
)

// Values lists the styles.
func (Style) Values() []string {
	return []string{string(Markdown), string(Text), string(TemplateCard)}
}

// Config is what a rule says about one robot.
type Config struct {
	// Webhook is the URL that WeCom shows when the robot is made.
	Webhook target.Secret `json:"webhook" doc:"The robot's whole webhook URL; its key is the only credential."`
	// Style is markdown when empty.
	Style Style `json:"style,omitempty" doc:"How a message looks; markdown when left out."`
	// Mention names who is reminded by the message.
	Mention Mention `json:"mention,omitzero" doc:"Who is reminded. What the style cannot mention itself costs a second message."`
	// Creators are how those are mentioned whom Mention.Creator stands for.
	Creators target.Creators `json:"creators,omitempty"`
}

// Mention names members of the group.
type Mention struct {
	// Users are user ids of the organisation.
	Users []string `json:"users,omitempty" doc:"User ids of the organisation."`
	// Mobiles are the numbers people registered with, of the Chinese mainland.
	Mobiles []string `json:"mobiles,omitempty" doc:"Mobile numbers of the Chinese mainland that members registered with."`
	// All reminds the whole group.
	All bool `json:"all,omitempty" doc:"Remind the whole group."`
	// Creator reminds whoever created what the message is about.
	Creator bool `json:"creator,omitempty" doc:"Remind whoever created what the message is about: the contact with that uid, by its mention or phone."`
}

// robot embeds its configuration: secrets in a field that is not exported
// would show when the robot is printed.
type robot struct {
	Config
	webhook.Connection
}

// New makes a robot from what a rule says about it. It fails when the webhook
// is missing or, if it stands in the rule itself, is not that of a robot; when
// the style is unknown; and for as many mentions as cannot work.
func New(c Config) (target.Target, error) {
	connection, err := platformURL.Connect(c.Webhook, "")
	if err != nil {
		return nil, err
	}
	switch c.Style {
	case "":
		c.Style = Markdown
	case Markdown, Text, TemplateCard:
	default:
		return nil, target.Invalid("style", "%q is none of %s", c.Style, strings.Join(c.Style.Values(), ", "))
	}
	if !c.Mention.Creator {
		c.Creators = nil
	}
	if c.Mention, connection.Unmentioned, err = c.Mention.normalized(); err != nil {
		return nil, err
	}
	return robot{c, connection}, nil
}

// keyAlone tells of a robot's key without a URL: other tools ask for that alone,
// so it is what some people bring.
func keyAlone(raw string) error {
	if raw != "" && !strings.ContainsAny(raw, "/?") {
		return target.Invalid("webhook", "is the key alone: write the whole URL, https://%s%s?key=…", hookHost, hookPath)
	}
	return nil
}

// Send posts the message, and after it, for mentions that its style cannot
// carry, a short text that mentions them. WeCom answers 200 even when it
// refuses, so the verdict is in the body.
//
// Send returns a receipt once WeCom took the message, also when it then refused the
// text that reminds: people can read the message, and an error would have it
// sent again. The refused reminder is part of the receipt, and a warning in the
// log. A test of the connection returns it, because there it is what somebody
// wants to know.
func (r robot) Send(ctx context.Context, n target.Notification) (target.Receipt, error) {
	hook, _, err := r.Reveal(ctx)
	if err != nil {
		return target.Receipt{}, err
	}
	r.Mention = r.Mention.and(r.Creators.Of(n.Creators))
	receipt, sent, err := post(ctx, hook, draft{Config: r.Config, message: n.Message})
	if err != nil {
		return target.Receipt{}, err
	}
	receipt = receipt.Without(r.Unmentioned)
	if reminder, ok := sent.reminder(); ok {
		if _, _, err := post(ctx, hook, reminder); err != nil {
			if n.Test {
				return target.Receipt{}, fmt.Errorf("the message was taken, the one that reminds was not: %w", err)
			}
			receipt.Note = "the message was taken, the one that reminds was not: " + err.Error()
			slog.WarnContext(ctx, platform+": the message was taken, the one that reminds was not", "notification", n.ID, "error", err)
		}
	}
	return receipt, nil
}

// post sends a draft and returns it as it was taken, with the receipt.
func post(ctx context.Context, hook *url.URL, d draft) (target.Receipt, draft, error) {
	l := d.message.Language
	return webhook.Send(ctx, platformURL, d, func(body []byte) webhook.Request {
		return webhook.Request{Language: l, URL: hook.String(), Body: body}
	}, func(a *webhook.Answer) error { return verdict(a, l) })
}

// Messages counts the second message of mentions that the style cannot carry.
func (r robot) Messages() int {
	r.Mention = r.Mention.and(r.Creators.Of(slices.Sorted(maps.Keys(r.Creators)))) // any of them
	if _, ok := (draft{Config: r.Config}).reminder(); ok {
		return 2
	}
	return 1
}

var (
	_ target.Target  = robot{}
	_ target.Metered = robot{}
	_ target.Showing = robot{}
	_ target.Checked = robot{}
)
