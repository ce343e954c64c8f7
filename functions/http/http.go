// Package http sends events unchanged to a program: it posts the CloudEvent,
// signed by the Standard Webhooks scheme when a secret is set.
//
// Limits: Standard Webhooks advises bodies of at most 20 KB, and PAI's events are
// well below that; a receiver has 15 seconds to begin its answer.
package http

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/pai-notify/pai-notify/shared/target"
	"github.com/pai-notify/pai-notify/shared/webhook"
)

// Spec is this target's entry in the register. PAI sends model events only to
// HTTP endpoints.
var Spec = target.Define("http", New).Only("model").OneByOne().Advising(webhook.Advice)

const platform = "http"

// Config is what a rule says about one receiver.
type Config struct {
	// URL takes the events. It is https, except for receivers that the
	// operator lists in PAI_NOTIFY_ALLOW.
	URL target.Secret `json:"url"`
	// Secret signs each request: "whsec_" and 24 to 64 bytes in base64. While
	// a receiver moves to a new secret, two may be given, separated by a
	// space; requests then carry both signatures.
	Secret target.Secret `json:"secret,omitempty"`
	// Headers are added to each request, such as Authorization.
	Headers map[string]target.Secret `json:"headers,omitempty"`
	// ContentMode is structured when empty.
	ContentMode ContentMode `json:"content_mode,omitempty" doc:"How CloudEvents puts the event into a request: structured (default), all of it in the body, or binary, its data in the body and its attributes in ce- headers. Binary is for receivers that read application/json only; the signature does not cover headers."`
}

// receiver embeds its configuration: secrets in a field that is not exported
// would show when the receiver is printed.
type receiver struct {
	Config
	now func() time.Time
}

// New makes a receiver from what a rule says about it. It fails when the URL
// is missing, when a URL or secret that stands in the rule itself cannot be
// used, for headers that are not the rule's to set and for a content mode that
// is none.
func New(c Config) (target.Target, error) {
	if c.URL == "" {
		return nil, target.Invalid("url", "is missing: it is the address that takes the events")
	}
	if c.URL.Literal() {
		if err := webhook.CheckURL(string(c.URL)); err != nil {
			return nil, err
		}
	}
	if c.Secret.Literal() {
		if _, err := signers(string(c.Secret)); err != nil {
			return nil, err
		}
	}
	if err := checkHeaders(c.Headers); err != nil {
		return nil, err
	}
	switch c.ContentMode {
	case "":
		c.ContentMode = Structured
	case Structured, Binary:
	default:
		return nil, target.Invalid("content_mode", "%q is neither %s nor %s", c.ContentMode, Structured, Binary)
	}
	return receiver{Config: c, now: time.Now}, nil
}

// Send posts the event. The answer's status is the verdict: only 2xx is
// success, 410 means that the receiver is gone, a redirect is refused, and
// Retry-After is kept.
func (r receiver) Send(ctx context.Context, n target.Notification) (target.Receipt, error) {
	req, err := r.request(ctx, n)
	if err != nil {
		return target.Receipt{}, err
	}
	answer, err := webhook.Post(ctx, req)
	if err != nil {
		return target.Receipt{}, err
	}
	if err := answer.Verdict(); err != nil {
		return target.Receipt{}, err
	}
	return target.Receipt{Status: answer.Status}, nil
}

func (r receiver) request(ctx context.Context, n target.Notification) (webhook.Request, error) {
	none := webhook.Request{}
	url, err := r.URL.Reveal(ctx)
	if err != nil {
		return none, fmt.Errorf("%s: url: %w", platform, err)
	}
	secret, err := r.Secret.SignFor(ctx, url)
	if err != nil {
		return none, fmt.Errorf("%s: secret: %w", platform, err)
	}
	header, body := content(r.ContentMode, n.Event)
	req := webhook.Request{
		Platform: platform,
		Language: n.Message.Language,
		URL:      url,
		Header:   header,
		Body:     body,
		Secrets:  secretForms(secret),
	}
	for name, value := range r.Headers {
		v, err := value.RevealTo(ctx, url)
		if err != nil {
			return none, fmt.Errorf("%s: headers: %s: %w", platform, name, err)
		}
		if strings.ContainsFunc(v, notInHeader) {
			return none, target.Permanent(fmt.Errorf("%s: headers: %s: the value has a line break or another control character", platform, name))
		}
		req.Header.Set(name, v)
		req.Secrets = append(req.Secrets, v)
	}
	if err := sign(req.Header, secret, n.ID, r.now(), req.Body); err != nil {
		return none, target.Permanent(fmt.Errorf("%s: %w", platform, err))
	}
	return req, nil
}

// Address is the URL. Its query stands as it was written: its order may mean
// something to the receiver.
func (r receiver) Address() string { return webhook.Canonical(string(r.URL)) }

// Shown are the headers.
func (r receiver) Shown() ([]target.Secret, string) {
	return slices.Collect(maps.Values(r.Headers)), string(r.URL)
}

var (
	_ target.Addressed = receiver{}
	_ target.Showing   = receiver{}
)

var _ target.Target = receiver{}
