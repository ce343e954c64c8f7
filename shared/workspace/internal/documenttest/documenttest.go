// Package documenttest has target types like the real ones, and a document that
// uses every feature, for tests of the parser and of the schema.
package documenttest

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"strings"

	"github.com/pai-notify/pai-notify/shared/target"
)

// Full is a document in which every key stands.
//
//go:embed full.yaml
var Full string

// Catalogue is a document that changes every member of the catalogue.
//
//go:embed catalogue.yaml
var Catalogue string

type robot struct {
	Webhook    target.Secret `json:"webhook" doc:"Address of the robot."`
	SigningKey target.Secret `json:"signing_key,omitempty"`
	Mentions   mentions      `json:"mentions,omitzero"`
	Card       *bool         `json:"card,omitempty"`
	Style      style         `json:"style,omitempty"`
}

type style string

// Values makes the style one of two texts.
func (style) Values() []string { return []string{"plain", "rich"} }

type mentions struct {
	Phones []string `json:"phones,omitempty"`
	All    bool     `json:"all,omitempty"`
}

type endpoint struct {
	URL     target.Secret            `json:"url"`
	Secret  target.Secret            `json:"secret,omitempty"`
	Headers map[string]target.Secret `json:"headers,omitempty"`
	Extra   json.RawMessage          `json:"extra,omitempty"`
	tuning
}

type tuning struct {
	Retries int     `json:"retries,omitempty"`
	Factor  float64 `json:"factor,omitempty"`
	hidden  bool
}

type person struct {
	Name  string `json:"name"`
	Phone string `json:"phone,omitempty"`
	Email string `json:"email,omitempty"`
}

type text struct {
	Contact  person `json:"contact"`
	SignName string `json:"sign_name"`
	Template string `json:"template"`
}

type call struct {
	Contact person `json:"contact"`
	Number  string `json:"number,omitempty"`
}

type mail struct {
	Contact person `json:"contact"`
	From    string `json:"from"`
}

type nobody struct{ address string }

func (nobody) Send(context.Context, target.Notification) (target.Receipt, error) {
	return target.Receipt{}, nil
}

// Address is the webhook or the URL, as it stands.
func (n nobody) Address() string { return n.address }

func construct[C any](check func(C) error) func(C) (target.Target, error) {
	return func(c C) (target.Target, error) {
		if err := check(c); err != nil {
			return nil, err
		}
		var n nobody
		switch c := any(c).(type) {
		case robot:
			n.address = string(c.Webhook)
		case endpoint:
			n.address = string(c.URL)
		}
		return n, nil
	}
}

// DingTalk is a robot: every source, no contacts. It refuses a webhook that
// is neither a reference nor https.
func DingTalk() target.Spec {
	return target.Define("dingtalk", construct(func(c robot) error {
		if c.Webhook.Literal() && !strings.HasPrefix(string(c.Webhook), "https://") {
			return errors.New("webhook must start with https://")
		}
		return nil
	}))
}

// HTTP is for model events only.
func HTTP() target.Spec {
	return target.Define("http", construct(func(c endpoint) error {
		if c.hidden {
			return errors.New("nothing sets this")
		}
		return nil
	})).Only("model").OneByOne()
}

// SMS is sent to phones and never for model events. It refuses the template
// "refused".
func SMS() target.Spec {
	return target.Define("sms", construct(func(c text) error {
		if c.Contact.Phone == "" || c.Contact.Email != "" {
			return errors.New("the contact must come with a phone alone")
		}
		if c.Template == "refused" {
			return errors.New("template is not approved")
		}
		return nil
	})).Only("dlc", "dsw", "flow").To(target.ContactPhone)
}

// Voice calls phones.
func Voice() target.Spec {
	return target.Define("voice", construct(func(call) error { return nil })).Only("dlc", "dsw", "flow").To(target.ContactPhone).Aloud()
}

// Email is sent to email addresses.
func Email() target.Spec {
	return target.Define("email", construct(func(c mail) error {
		if c.Contact.Email == "" || c.Contact.Phone != "" {
			return errors.New("the contact must come with an email alone")
		}
		return nil
	})).Only("dlc", "dsw", "flow").To(target.ContactEmail)
}

// Specs returns all of them.
func Specs() []target.Spec { return []target.Spec{DingTalk(), Email(), HTTP(), SMS(), Voice()} }

// Rule is a document with one rule, of all DLC events unless extra keys say
// otherwise.
func Rule(targets string, extra ...string) string {
	source := "source: dlc"
	for i, e := range extra {
		if strings.HasPrefix(e, "source:") {
			source, extra[i] = e, "description: d"
		}
	}
	return "workspace: w\nrules:\n- name: ab\n  " + strings.Join(append([]string{source}, extra...), "\n  ") +
		"\n  events: [\"*\"]\n  targets: [" + targets + "]\n"
}
