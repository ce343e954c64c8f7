package webhook

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/refusal"
	"github.com/pai-notify/pai-notify/shared/target"
)

// Connection is one robot of a chat group, as a rule configures it. The targets of
// chat platforms embed it for the methods that they have in common.
type Connection struct {
	Robot *Robot
	// Hook is the webhook, and Key signs messages; "" for a robot without one.
	Hook, Key target.Secret
	// Unmentioned says who cannot be mentioned, and why; nil for nobody.
	Unmentioned error
}

// Connect checks the webhook and the signing key of a rule. References are checked
// when a message is sent: see [Connection.Reveal].
func (r *Robot) Connect(hook, key target.Secret) (Connection, error) {
	c := Connection{Robot: r, Hook: hook, Key: key}
	if hook == "" {
		return c, target.Invalid("webhook", "is missing: %s", r.Source)
	}
	if hook.Literal() {
		if _, err := r.Parse(string(hook)); err != nil {
			return c, err
		}
	}
	if key.Literal() {
		return c, r.checkKey(string(key))
	}
	return c, nil
}

// checkKey finds what people paste in place of a key. No platform documents what a
// key looks like.
func (r *Robot) checkKey(key string) error {
	key = strings.TrimSpace(key)
	if strings.Contains(key, "://") {
		return target.Invalid("signing_key", "holds a URL: the key stands in %s", r.KeySource)
	}
	if message.OneLine(key) != key || strings.Contains(key, " ") {
		return target.Invalid("signing_key", "must not hold spaces or line breaks")
	}
	return nil
}

// Reveal returns the webhook and the signing key, which is "" for a robot that
// needs none.
func (c Connection) Reveal(ctx context.Context) (*url.URL, string, error) {
	hook, err := c.Robot.Reveal(ctx, c.Hook)
	if err != nil {
		return nil, "", err
	}
	key, err := c.Key.SignFor(ctx, hook.String())
	if err != nil {
		return nil, "", fmt.Errorf("%s: signing_key: %w", c.Robot.Platform, err)
	}
	if err := c.Robot.checkKey(key); err != nil {
		return nil, "", target.Permanent(fmt.Errorf("%s: %w", c.Robot.Platform, err))
	}
	return hook, key, nil
}

// Address is the robot's webhook in its canonical form.
func (c Connection) Address() string { return c.Robot.Canonical(string(c.Hook)) }

// Shown returns no secrets: the signing key only signs, and the webhook is the
// address itself.
func (c Connection) Shown() ([]target.Secret, string) { return nil, string(c.Hook) }

// Messages is one: a corrected message follows one that was refused.
func (c Connection) Messages() int { return 1 }

// Check tells who cannot be mentioned.
func (c Connection) Check() error { return c.Unmentioned }

// Send posts a draft to a robot and corrects what an answer asks for. request
// returns the request for a body, and verdict judges an answer, whose code of
// success is 0. It returns the receipt with the draft as it was taken.
func Send[D refusal.Draft[D]](ctx context.Context, r *Robot, d D, request func(body []byte) Request, verdict func(*Answer) error) (target.Receipt, D, error) {
	return refusal.Send(d, func(body []byte) (target.Receipt, error) {
		answer, err := r.Post(ctx, request(body))
		if err != nil {
			return target.Receipt{}, err
		}
		return target.Receipt{Status: answer.Status, Code: "0"}, verdict(answer)
	})
}

// Coded judges an answer whose body has a code, where 0 is success, and refused
// judges any other. It returns nil only for a 2xx with the code 0. name is what the
// platform calls the code, and unread the error of reading the body.
func (a *Answer) Coded(name string, code *int64, unread error, refused func(code int64) error) error {
	if unread == nil && code != nil && *code != 0 {
		return refused(*code)
	}
	if err := a.Verdict(); err != nil {
		return err
	}
	if unread == nil && code == nil {
		return a.Unclear("the answer has no " + name)
	}
	return unread
}
