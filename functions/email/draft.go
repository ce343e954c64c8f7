package email

import (
	"cmp"
	"html"
	"strings"

	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/target"
)

// Bounds in bytes of single texts, so that one cannot crowd out the others.
const (
	maxTitle = 300
	maxLabel = 100
	maxValue = 2000
	maxNext  = 1000
	maxLink  = 2000
	// maxReason is of the reason above the button, which stays on the first
	// screen of a phone for it: six lines. A longer one is a row below too.
	maxReason = 240
	// maxSubject is in characters.
	maxSubject = 100
	// maxFields are shown; events of the catalogue have a score, and a digest
	// has some fifty.
	maxFields = 60
	// Values and labels may take this much as HTML, in bytes, values with their
	// links all together and each label; so may the link. It leaves both parts
	// below the 80 KB of a body.
	valuesBudget = 40_000
	labelBudget  = 100
	linkBudget   = 4_000
)

// draft is a message with its texts clean and within their bounds, not yet
// escaped.
type draft struct {
	language message.Language
	severity event.Severity
	title    string
	brief    string
	// reason is why it happened; without a value where the event does not say.
	reason   message.Field
	fields   []message.Field
	more     bool // fields were left out
	next     string
	link     string
	linkText string
	// rule is the name of the rule and what it is for.
	rule string
}

func newDraft(n target.Notification) draft {
	m := n.Message
	m.Rule = cmp.Or(m.Rule, n.Rule) // a digest names several
	d := draft{
		language: m.Language,
		severity: m.Severity,
		title:    cmp.Or(clip(message.OneLine(m.Title), maxTitle), "PAI"),
		brief:    clip(message.OneLine(m.Brief), maxPreview),
		next:     clip(message.OneLine(m.Next), maxNext),
		link:     link(m.Link, linkBudget),
		linkText: cmp.Or(clip(message.OneLine(m.LinkText), maxLabel), "PAI"),
		rule:     m.Origin(true),
		more:     len(m.Fields) > maxFields,
	}
	shown := m.Fields[:min(len(m.Fields), maxFields)]
	d.fields = make([]message.Field, 0, len(shown))
	for _, f := range shown {
		room := valuesBudget / len(shown)
		field := message.Field{
			Key:   f.Key,
			Label: fit(clip(message.OneLine(f.Label), maxLabel), labelBudget),
			Link:  link(f.Link, room/2),
		}
		field.Value = fit(message.OneLine(f.Value), room-len(html.EscapeString(field.Link)))
		if d.reason.Value == "" && saysWhy(f.Key) {
			d.reason = message.Field{Label: field.Label, Value: clip(field.Value, maxReason)}
			if d.reason.Value == field.Value && field.Link == "" {
				continue
			}
		}
		d.fields = append(d.fields, field)
	}
	return d
}

// saysWhy tells of the facts that say why something happened.
func saysWhy(key string) bool { return key == "reason" || key == "snapshot_message" }

// fit cuts value such that it takes at most room bytes as HTML.
func fit(value string, room int) string {
	for limit := min(maxValue, room); ; limit /= 2 {
		if cut := clip(value, limit); len(html.EscapeString(cut)) <= room {
			return cut
		}
	}
}

// subject stands in the list of mails.
func (d draft) subject() string {
	return message.ClipCharacters(message.Mark(d.severity)+" "+d.title, maxSubject)
}

// text is for programs that show no HTML.
func (d draft) text() string {
	var b strings.Builder
	b.Grow(2 << 10)
	write := func(parts ...string) {
		for _, part := range parts {
			b.WriteString(part)
		}
	}
	colon := message.Colon(d.language)
	write(message.Mark(d.severity), " ", d.title, "\n")
	if d.reason.Value != "" {
		write("\n", d.reason.Label, colon, d.reason.Value, "\n")
	}
	if d.next != "" {
		write("\n", d.next, "\n")
	}
	if d.link != "" {
		write("\n", d.linkText, strings.TrimSpace(colon), "\n", d.link, "\n")
	}
	write("\n")
	for _, f := range d.fields {
		write(f.Label, colon, f.Value, "\n")
		if f.Link != "" {
			write(f.Link, "\n")
		}
	}
	if d.more {
		write("…\n")
	}
	// Two hyphens and a space begin a signature.
	write("\n-- \n", d.sentBy(), "\n")
	if d.rule != "" {
		write(d.rule, "\n")
	}
	return b.String()
}

// sentBy says why the reader has got the mail; the rule follows where there is
// one.
func (d draft) sentBy() string {
	if d.rule == "" {
		return message.Text{
			EN: "Sent automatically by an event notification of PAI.",
			ZH: "此邮件由 PAI 事件通知自动发送。",
			JA: "このメールは PAI イベント通知から自動送信されました。",
		}.In(d.language)
	}
	return message.Text{
		EN: "Sent automatically by this PAI event notification rule:",
		ZH: "此邮件由以下 PAI 事件通知规则自动发送：",
		JA: "このメールは次の PAI イベント通知ルールから自動送信されました:",
	}.In(d.language)
}

// maxPreview is what lists of mails show at most, in bytes: five lines on a
// phone.
const maxPreview = 300

// preview is what lists of mails show after the subject: what a reader decides
// by, then facts until no more is shown. Many senders fill the rest with
// hundreds of invisible characters, so that nothing of the mail's body follows.
// Which ones work has changed over the years, and Apple's program goes by them no
// more; facts work everywhere, and are of use.
func (d draft) preview() string {
	text := d.brief
	if text == d.title { // which is in the subject
		text = ""
	}
	add := func(f message.Field) {
		if f.Value == "" || len(text) >= maxPreview || strings.Contains(text, f.Value) {
			return
		}
		if text != "" {
			text += " · "
		}
		text += f.Label + message.Colon(d.language) + f.Value
	}
	brief := text != ""
	if !brief {
		add(d.reason)
	}
	for _, f := range d.fields {
		if !saysWhy(f.Key) && !(brief && f.Key == "event") { // which the beginning tells
			add(f)
		}
	}
	return clip(text, maxPreview)
}

// link returns an address that takes at most room bytes as HTML, or "".
func link(raw string, room int) string {
	address := message.Address(raw, maxLink)
	if len(html.EscapeString(address)) > room {
		return ""
	}
	return address
}

func clip(s string, limit int) string { return message.Clip(s, limit) }
