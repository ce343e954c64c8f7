// Package sms sends notifications as text messages, by Alibaba Cloud SMS or by AWS
// End User Messaging. The configuration decides which: Alibaba Cloud sends an
// approved template under an approved signature, AWS sends our text from an
// origination identity.
//
// Limits, from the vendors' documentation: Alibaba Cloud sends at most 50
// notifications to one number in 24 hours under one signature and template, and a
// template's variable has 1 to 35 characters; AWS accepts 1600 characters, which
// is never more than ten parts.
package sms

import (
	"errors"
	"time"

	"github.com/pai-notify/pai-notify/shared/phone"
	"github.com/pai-notify/pai-notify/shared/target"
)

// Spec is this target's entry in the register. PAI sends no model
// events to phones. The rate is Alibaba's for one number; AWS documents none,
// and fifty texts a day are enough for anyone.
var Spec = target.Define(platform, New).
	To(target.ContactPhone).
	Only("dlc", "flow", "dsw").
	Within(target.Rate{Messages: 50, Per: 24 * time.Hour}).
	OneByOne(). // a text has no room for a list
	Permitted(permissions).
	Advising(codes.Advice, phone.Advice)

const platform = "sms"

// Config is what a rule says about one person's text messages.
type Config struct {
	// Contact is who gets them; the phone is in E.164.
	Contact target.Contact `json:"contact" doc:"who gets it"`
	// SignName and TemplateCode are Alibaba's, both approved there.
	SignName     string `json:"sign_name,omitempty" doc:"Alibaba: the approved signature, without 【】"`
	TemplateCode string `json:"template_code,omitempty" doc:"Alibaba: the approved template, SMS_…"`
	// TemplateParams names what fills each variable of the template: event,
	// name, id, time, ran, rule, or the key of a field such as status or reason.
	// Without it the variables are event, name, job (the id) and status.
	TemplateParams map[string]string `json:"template_params,omitempty" doc:"Alibaba: the template's variables and what fills each, such as job: id"`
	// MaxParts is AWS's: in how many parts a text may be sent, each of which is
	// paid for; 1 when it is 0.
	MaxParts int `json:"max_parts,omitempty" doc:"AWS: in how many parts a text may be sent, 1 to 10; 1 when absent"`
	phone.Clouds
}

// Address is the contact's phone number.
func (c Config) Address() string { return c.Contact.Phone }

// Messages is one: a correction follows a message that was not taken.
func (c Config) Messages() int { return 1 }

var _ target.Metered = Config{}

// New makes a sender from what a rule says about it. It fails for a contact
// without a phone that can get texts, for a configuration of both clouds or of
// neither, and for an endpoint that is neither the cloud's nor listed.
func New(c Config) (target.Target, error) {
	if err := phone.CheckContact(c.Contact); err != nil {
		return nil, err
	}
	alibaba := c.SignName != "" || c.TemplateCode != "" || c.TemplateParams != nil || c.NamesAlibaba()
	aws := c.MaxParts != 0 || c.NamesAWS()
	switch {
	case alibaba && aws:
		return nil, errors.New("names two clouds: sign_name, template_code and the access key are Alibaba's, origination_identity, region and max_parts are AWS's")
	case alibaba:
		return newAlibaba(c)
	case aws:
		return newAWS(c)
	}
	return nil, errors.New("names no cloud: give sign_name and template_code for Alibaba Cloud, or origination_identity for AWS")
}

// permissions are those to send. Text messages have no resource on Alibaba Cloud that
// a policy could name.
func permissions(cloud string, arns func(service string) string) (actions, resources []string) {
	if cloud == "aws" {
		numbers := arns("sms-voice")
		return []string{"sms-voice:SendTextMessage"}, []string{numbers + "phone-number/*", numbers + "pool/*", numbers + "sender-id/*"}
	}
	return []string{"dysms:SendSms", "dysms:QuerySendDetails"}, []string{"*"}
}
