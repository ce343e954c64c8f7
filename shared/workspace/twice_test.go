package workspace_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/target"
	"github.com/pai-notify/pai-notify/shared/workspace"
	"github.com/pai-notify/pai-notify/shared/workspace/internal/documenttest"
	"github.com/pai-notify/pai-notify/shared/workspace/yaml"
)

func TestTwoRulesThatTellOneReceiverTheSameTwiceAreAWarning(t *testing.T) {
	const all, failed, ended = `events: ["*"]`, "events: [job-failed, job-timeout]", "events: [job-succeeded]"
	for name, c := range map[string]struct {
		one, two string // of each rule, its targets last
		want     string // "" for none
	}{
		"a robot, in the same words":           {all + "; {receiver: oncall}", failed + "; {receiver: oncall}", ""},
		"a robot, in place, in the same words": {all + "; {type: dingtalk, webhook: env:B}", failed + "; {type: dingtalk, webhook: env:B}", ""},
		"a robot, mentioning others": {
			all + "; {receiver: oncall}", failed + "; {receiver: oncall, mention: {all: true}}",
			`rules[1].targets[0]: rule "one" (rules[0].targets[0]) sends some of the same events here, and their messages differ in mention: they come twice`,
		},
		"a robot, in another language and style": {
			all + "; {receiver: oncall, language: ja}", failed + "; {type: dingtalk, style: plain, webhook: env:A}", "differ in language, style",
		},
		"a robot, with other words":         {all + "; {receiver: oncall}", failed + "\n  fields: [reason]\n  title: id; {receiver: oncall}", "differ in title, fields"},
		"a robot, at another time":          {all + "\n  group: {by: job}; {receiver: oncall}", failed + "; {receiver: oncall}", "differ in group"},
		"a robot, of other events":          {ended + "; {receiver: oncall, language: ja}", failed + "; {receiver: oncall}", ""},
		"a robot, of other people's events": {all + "\n  scope: {created_by: ['1']}; {receiver: oncall, language: ja}", failed + "\n  scope: {created_by: ['2']}; {receiver: oncall}", ""},
		"a robot, of a disabled rule":       {all + "\n  enabled: false; {receiver: oncall, language: ja}", failed + "; {receiver: oncall}", ""},
		"a robot at another address":        {all + "; {receiver: oncall, language: ja}", failed + "; {type: dingtalk, webhook: env:B}", ""},
		"a mailbox": {
			all + "; {receiver: mail, contacts: [alice]}", failed + "; {type: email, contacts: [bob, alice], from: pai@example.com}",
			`rules[1].targets[0]: rule "one" (rules[0].targets[0]) sends some of the same events here, and in a cloud email sends each rule's message by itself`,
		},
		"other mailboxes":                    {all + "; {receiver: mail, contacts: [alice]}", failed + "; {receiver: mail, contacts: [bob]}", ""},
		"a phone":                            {all + "; {receiver: phones}", failed + "; {receiver: phones}", "and voice sends each rule's message by itself: they come twice"},
		"a phone, as whoever created it":     {all + "\n  scope: {created_by: ['2001']}; {receiver: phones, contacts: [alice]}", failed + "; {receiver: phones, contacts: [creator]}", "voice sends each rule's message by itself"},
		"a phone, of what others created":    {all + "\n  scope: {created_by: ['7']}; {receiver: phones, contacts: [alice]}", failed + "; {receiver: phones, contacts: [creator]}", ""},
		"a receiver that is named by nobody": {all + "; {receiver: oncall}, {type: dingtalk, name: other, language: ja, style: rich, webhook: env:A}", ended + "; {type: dingtalk, webhook: env:B}", `rules[0].targets[1]: rule "one" (rules[0].targets[0])`},
	} {
		t.Run(name, func(t *testing.T) {
			text := directory[:strings.Index(directory, "rules:")] + "rules:\n"
			for i, rule := range []string{c.one, c.two} {
				what, targets, _ := strings.Cut(rule, "; ")
				text += "- name: " + []string{"one", "two"}[i] + "\n  source: dlc\n  " + what + "\n  targets: [" + targets + "]\n"
			}
			ws, err := yaml.Parse([]byte(text), "w.yaml", rated()...)
			require.NoError(t, err)
			var said []string
			for _, w := range ws.Warnings {
				if w.Kind == workspace.KindOverlap {
					said = append(said, w.Error())
				}
			}
			if c.want == "" {
				assert.Empty(t, said)
				return
			}
			require.Len(t, said, 1)
			assert.Contains(t, said[0], c.want)
		})
	}
}

// rated are the types of package documenttest with what the real ones have besides: a
// robot with a rate that mentions people, and phones that are called for each event.
func rated() []target.Spec {
	type mention struct {
		All bool `json:"all,omitempty"`
	}
	type config struct {
		Webhook target.Secret `json:"webhook"`
		Style   string        `json:"style,omitempty"`
		Mention mention       `json:"mention,omitzero"`
	}
	robot := target.Define("dingtalk", func(c config) (target.Target, error) { return sink{address: string(c.Webhook)}, nil })
	return []target.Spec{
		robot.Within(target.Rate{Messages: 20, Per: time.Minute}), documenttest.Email(), documenttest.HTTP(), documenttest.SMS(), documenttest.Voice().OneByOne(),
	}
}

type sink struct {
	target.Target
	address string
}

// Address is the webhook.
func (s sink) Address() string { return s.address }
