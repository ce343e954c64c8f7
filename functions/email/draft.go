package email

import (
	"cmp"
	"html"
	"net/url"
	"strings"
	"unicode/utf8"

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
	// maxSubject is in characters.
	maxSubject = 100
	// maxFields are shown; events of the catalogue have a score, and a digest
	// has some fifty.
	maxFields = 60
	// Values and labels may take this much as HTML, in bytes, values all
	// together and each label; so may the link. It leaves both parts below the
	// 80 KB of a body.
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
	fields   []message.Field
	more     bool // fields were left out
	next     string
	link     string
	linkText string
	rule     string
}

func newDraft(n target.Notification) draft {
	m := n.Message
	d := draft{
		language: m.Language,
		severity: m.Severity,
		title:    cmp.Or(clip(message.OneLine(m.Title), maxTitle), "PAI"),
		next:     clip(message.OneLine(m.Next), maxNext),
		link:     link(m.Link),
		linkText: cmp.Or(clip(message.OneLine(m.LinkText), maxLabel), "PAI"),
		rule:     clip(message.OneLine(n.Rule), maxLabel),
		more:     len(m.Fields) > maxFields,
	}
	shown := m.Fields[:min(len(m.Fields), maxFields)]
	d.fields = make([]message.Field, 0, len(shown))
	for _, f := range shown {
		d.fields = append(d.fields, message.Field{
			Label: fit(clip(message.OneLine(f.Label), maxLabel), labelBudget),
			Value: fit(message.OneLine(f.Value), valuesBudget/len(shown)),
		})
	}
	return d
}

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
	text := message.Mark(d.severity) + " " + d.title
	if utf8.RuneCountInString(text) <= maxSubject {
		return text
	}
	// The mark of a cut is a character too.
	room, runes := 0, 0
	for i := range text {
		if runes == maxSubject-1 {
			room = i
			break
		}
		runes++
	}
	// Without the spaces, two last characters could fit in the mark's place.
	return clip(text+"   ", room+len("…"))
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
	write(message.Mark(d.severity), " ", d.title, "\n\n")
	for _, f := range d.fields {
		write(f.Label, ": ", f.Value, "\n")
	}
	if d.more {
		write("…\n")
	}
	if d.next != "" {
		write("\n", d.next, "\n")
	}
	if d.link != "" {
		write("\n", d.linkText, ":\n", d.link, "\n")
	}
	// Two hyphens and a space begin a signature.
	write("\n-- \n", d.footer(), "\n")
	return b.String()
}

// footer says why the reader has got the mail.
func (d draft) footer() string {
	text := message.Text{
		EN: "Sent by the PAI event notification rule %.",
		ZH: "此邮件由 PAI 事件通知规则 % 发送。",
		JA: "PAI のイベント通知ルール % により送信されました。",
	}
	if d.rule == "" {
		text = message.Text{
			EN: "Sent by an event notification of PAI.",
			ZH: "此邮件由 PAI 事件通知发送。",
			JA: "PAI のイベント通知により送信されました。",
		}
	}
	return strings.Replace(text.In(d.language), "%", d.rule, 1)
}

// preview is what lists of mails show after the subject: the first facts.
func (d draft) preview() string {
	var facts []string
	for _, f := range d.fields[:min(len(d.fields), 6)] {
		facts = append(facts, f.Label+": "+f.Value)
	}
	return clip(strings.Join(facts, " · "), maxTitle)
}

// link returns the address of the console page, or "" for none that could be
// shown: cut, it would lead elsewhere.
func link(raw string) string {
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http") {
		return ""
	}
	address := u.String()
	if len(address) > maxLink || len(html.EscapeString(address)) > linkBudget || message.OneLine(address) != address || strings.ContainsAny(address, ` <>"`) {
		return ""
	}
	return address
}

func clip(s string, limit int) string { return message.Clip(s, limit) }
