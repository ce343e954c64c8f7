// Package slack is a target type for tests only: no register lists it and no
// executable links it. It shows that a new chat platform needs only its own
// folder, and tests of what must work with every type include it. Its platform
// resembles Slack's incoming webhooks: URLs with several segments, and answers in
// plain text, "ok" or a word that says what is wrong.
package slack

import (
	"context"
	"time"

	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/target"
	"github.com/pai-notify/pai-notify/shared/webhook"
)

// Spec is this target's entry in a register.
var Spec = target.Define("slack", New).Within(target.Rate{Messages: 60, Per: time.Minute})

const accepted = "ok"

var platform = webhook.Robot{
	Platform: "slack",
	Hosts:    []string{"hooks.slack.example"},
	Path:     "/services/{workspace}/{app}/{key}",
}

// Config is what a rule says about one channel.
type Config struct {
	// Webhook is the URL of an incoming webhook.
	Webhook target.Secret `json:"webhook" doc:"The whole URL of an incoming webhook; its last segment is the only credential."`
}

// channel embeds its configuration: secrets in a field that is not exported
// would show when the channel is printed.
type channel struct{ Config }

// New makes a channel from what a rule says about it.
func New(c Config) (target.Target, error) {
	if c.Webhook == "" {
		return nil, target.Invalid("webhook", "is missing: copy it from the app's incoming webhooks")
	}
	if c.Webhook.Literal() {
		if _, err := platform.Parse(string(c.Webhook)); err != nil {
			return nil, err
		}
	}
	return channel{c}, nil
}

// Send posts the message.
func (c channel) Send(ctx context.Context, n target.Notification) (target.Receipt, error) {
	hook, err := platform.Reveal(ctx, c.Webhook)
	if err != nil {
		return target.Receipt{}, err
	}
	body, err := webhook.Encode(request{Text: content(n.Message)})
	if err != nil {
		return target.Receipt{}, target.Permanent(err)
	}
	answer, err := platform.Post(ctx, webhook.Request{Language: n.Message.Language, URL: hook.String(), Body: body})
	if err != nil {
		return target.Receipt{}, err
	}
	if err := verdict(answer, n.Message.Language); err != nil {
		return target.Receipt{}, err
	}
	return target.Receipt{Status: answer.Status, Code: accepted}, nil
}

// verdict returns nil only for a 2xx whose body is "ok".
func verdict(answer *webhook.Answer, l message.Language) error {
	text, unread := answer.Text()
	if row, known := codes.Find(text, ""); known && unread == nil && answer.Status/100 == 4 {
		return row.Refuse(&target.Refusal{Platform: platform.Platform, Status: answer.Status, Code: text}, l)
	}
	if err := answer.Verdict(); err != nil {
		return err
	}
	if unread == nil && text != accepted {
		return answer.Unclear("the answer is not " + accepted + ": " + answer.Extract(text))
	}
	return unread
}

// Address is the channel's webhook, as the platform knows it.
func (c channel) Address() string { return platform.Canonical(string(c.Webhook)) }

// Shown is nothing: the webhook is the only secret.
func (c channel) Shown() ([]target.Secret, string) { return nil, string(c.Webhook) }

var _ target.Showing = channel{}
