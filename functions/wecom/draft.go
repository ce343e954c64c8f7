package wecom

import (
	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/refusal"
	"github.com/pai-notify/pai-notify/shared/webhook"
)

// draft is a message on its way into a request body, with what was corrected
// in it.
type draft struct {
	Config
	message message.Message
	// short halves the content.
	short bool
	// bare leaves out all but common characters of writing systems.
	bare bool
	// nobody leaves out the members that the message itself mentions.
	nobody bool
	// reminds is set for the second message, which only mentions people.
	reminds bool
}

// Corrected makes a correction, unless it leaves nobody to remind.
func (d draft) Corrected(f refusal.Fix) (draft, bool) {
	switch f {
	case shorten:
		d.short = true
	case strip:
		d.bare = true
	case unmention:
		d.nobody = true
	case uncard:
		d.Style = Markdown
	}
	return d, !d.idle()
}

// reminder returns the text message for those whom d itself cannot mention,
// and whether there are any.
func (d draft) reminder() (draft, bool) {
	left := d.Mention.beyond(d.style())
	return draft{
		Config:  Config{Style: Text, Mention: left},
		message: message.Message{Language: d.message.Language, Severity: d.message.Severity, Title: d.message.Title},
		bare:    d.bare,
		reminds: true,
	}, left.any()
}

// idle tells of a reminder that has nobody left to remind.
func (d draft) idle() bool { return d.reminds && d.nobody && !d.Mention.All }

// style is the one asked for, but markdown in place of a card that would have
// nowhere to lead, which WeCom refuses, and of one that would list several
// events and has room for few.
func (d draft) style() Style {
	if d.Style == TemplateCard && (d.link() == "" || d.message.Type == "digest") {
		return Markdown
	}
	return d.Style
}

type textBody struct {
	Content string   `json:"content"`
	Users   []string `json:"mentioned_list,omitempty"`
	Mobiles []string `json:"mentioned_mobile_list,omitempty"`
}

type markdownBody struct {
	Content string `json:"content"`
}

type request struct {
	Type     string        `json:"msgtype"`
	Text     *textBody     `json:"text,omitempty"`
	Markdown *markdownBody `json:"markdown,omitempty"`
	Card     *card         `json:"template_card,omitempty"`
}

// Body returns the request's JSON.
func (d draft) Body() ([]byte, error) {
	switch d.style() {
	case TemplateCard:
		c := d.card()
		return webhook.Encode(request{Type: "template_card", Card: &c})
	case Text:
		who := d.Mention
		if d.nobody {
			who = Mention{All: who.All}
		}
		users, mobiles := who.lists()
		return webhook.Encode(request{Type: "text", Text: &textBody{d.content(), users, mobiles}})
	case Markdown:
	}
	return webhook.Encode(request{Type: "markdown", Markdown: &markdownBody{d.content()}})
}
