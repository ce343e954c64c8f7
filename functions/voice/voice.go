// Package voice sends notifications as phone calls that read a text aloud, by
// Alibaba Cloud Voice Messaging or by AWS End User Messaging. The configuration
// decides which: Alibaba Cloud reads an approved template, AWS reads our text from
// an origination identity.
//
// Limits, from Alibaba Cloud's documentation: one number is called at most once a
// minute, 5 times an hour and 20 times in 24 hours, failed calls included, and
// only numbers in mainland China are called. AWS reads at most 3000 characters.
//
// No text takes longer to read than [phone.MostSpoken].
package voice

import (
	"cmp"
	"errors"
	"time"

	"github.com/pai-notify/pai-notify/shared/phone"
	"github.com/pai-notify/pai-notify/shared/target"
)

// Spec is this target's entry in the register. PAI sends no model
// events to phones. The rates are Alibaba's for one number; nobody should be
// called more often by AWS either.
var Spec = target.Define(platform, New).
	To(target.ContactPhone).
	Only("dlc", "flow", "dsw").
	Within(
		target.Rate{Messages: 1, Per: time.Minute},
		target.Rate{Messages: 5, Per: time.Hour},
		target.Rate{Messages: 20, Per: 24 * time.Hour},
	).
	OneByOne(). // nobody listens to a list
	Aloud().
	Permitted(permissions).
	Advising(codes.Advice, phone.Advice)

const platform = "voice"

// usualTimes is how often a text is read when the rule does not say: names
// are hard to catch the first time. The API's own default is 3.
const (
	usualTimes = 2
	maxTimes   = 3
)

// Config is what a rule says about calls to one person.
type Config struct {
	// Contact is who is called; the phone is in E.164.
	Contact target.Contact `json:"contact" doc:"who is called"`
	// TTSCode is Alibaba's approved text-to-speech template.
	TTSCode string `json:"tts_code,omitempty" doc:"Alibaba: the approved text-to-speech template, TTS_…"`
	// TTSParams names what fills each variable of the template: event, name, id,
	// time, ran, rule, or the key of a field such as status or reason. Without
	// it the variables are event, name, job (the id) and status.
	TTSParams map[string]string `json:"tts_params,omitempty" doc:"Alibaba: the template's variables and what fills each, such as job: id"`
	// CallerID is the number that calls; a shared one when empty. The template
	// must be of the same mode.
	CallerID string `json:"caller_id,omitempty" doc:"Alibaba: a dedicated number, for a template of the dedicated mode"`
	// PlayTimes is how often the text is read, 1 to 3; 2 when it is 0.
	PlayTimes int `json:"play_times,omitempty" doc:"how often the text is read, 1 to 3; 2 when absent"`
	phone.Clouds
}

// Address is the contact's phone number.
func (c Config) Address() string { return c.Contact.Phone }

// Messages is one: a correction follows a message that was not taken.
func (c Config) Messages() int { return 1 }

var _ target.Metered = Config{}

// New makes a caller from what a rule says about it. It fails for a contact
// without a phone that can be called, for a configuration of both clouds or of
// neither, and for an endpoint that is neither the cloud's nor listed.
func New(c Config) (target.Target, error) {
	if err := phone.CheckContact(c.Contact); err != nil {
		return nil, err
	}
	if c.PlayTimes < 0 || c.PlayTimes > maxTimes {
		return nil, target.Invalid("play_times", "is %d; it must be 1 to %d", c.PlayTimes, maxTimes)
	}
	c.PlayTimes = cmp.Or(c.PlayTimes, usualTimes)
	alibaba := c.TTSCode != "" || c.TTSParams != nil || c.CallerID != "" || c.NamesAlibaba()
	switch {
	case alibaba && c.NamesAWS():
		return nil, errors.New("names two clouds: tts_code, caller_id and the access key are Alibaba's, origination_identity and region are AWS's")
	case alibaba:
		return newAlibaba(c)
	case c.NamesAWS():
		return newAWS(c)
	}
	return nil, errors.New("names no cloud: give tts_code for Alibaba Cloud, or origination_identity for AWS")
}

// permissions are those to send. Calls have no resource on Alibaba Cloud that
// a policy could name.
func permissions(cloud string, arns func(service string) string) (actions, resources []string) {
	if cloud == "aws" {
		numbers := arns("sms-voice")
		return []string{"sms-voice:SendVoiceMessage"}, []string{numbers + "phone-number/*", numbers + "pool/*"}
	}
	return []string{"dyvms:SingleCallByTts"}, []string{"*"}
}
