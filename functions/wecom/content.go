package wecom

import (
	"cmp"
	"fmt"
	"net/url"
	"strings"

	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/message"
)

// The bytes of a content, and bounds of single texts so that one cannot crowd
// out the others. A value gives way down to minValue before a field is left
// out.
const (
	maxMarkdown = 4096
	maxText     = 2048

	maxLabel = 60
	maxValue = 1000
	minValue = 60
)

// limit is how many bytes the content may have.
func (d draft) limit() int {
	limit := maxMarkdown
	if d.Style == Text {
		limit = maxText
	}
	if d.short {
		limit /= 2
	}
	return limit
}

// content writes title, fields, advice, link and mentions within the limit.
// Long values give way first and the last of the fields next; the rest stays.
// A line break is a line break in WeCom's markdown as in its text.
func (d draft) content() string {
	head := d.title(d.limit()/10) + "\n"
	if d.Style != Text {
		head = "### " + head
	}
	tail := d.tail()
	room := d.limit() + len("\n") - len(head) - len(tail) // the last line break goes
	return strings.TrimRight(head+d.fields(room)+tail, "\n")
}

// title is at most limit bytes and a mark long. It is never empty.
func (d draft) title(limit int) string {
	title := cmp.Or(d.clip(d.message.Title, limit), "PAI")
	if d.bare {
		return title
	}
	return message.Mark(d.message.Severity) + " " + title
}

// fields writes as many of the fields as fit into room, a line each.
func (d draft) fields(room int) string {
	facts := d.facts()
	for limit := maxValue; ; limit /= 2 {
		text, all := d.list(facts, limit, room)
		if all || limit/2 < minValue {
			return text
		}
	}
}

// facts are the fields, cleaned and of bounded length.
func (d draft) facts() []message.Field {
	facts := make([]message.Field, 0, len(d.message.Fields))
	for _, f := range d.message.Fields {
		facts = append(facts, message.Field{Key: f.Key, Label: d.clip(f.Label, maxLabel), Value: d.clip(f.Value, maxValue)})
	}
	return facts
}

// list writes fields whose values have at most limit bytes, and tells whether
// all are there. If not, it ends with how many are missing.
func (d draft) list(facts []message.Field, limit, room int) (string, bool) {
	const more = 16 // bytes of "… +" and a number
	var b strings.Builder
	for i, f := range facts {
		line := d.line(f, limit)
		reserve := more
		if i == len(facts)-1 {
			reserve = 0
		}
		if b.Len()+len(line)+reserve > room {
			fmt.Fprintf(&b, "… +%d\n", len(facts)-i)
			return b.String(), false
		}
		b.WriteString(line)
	}
	return b.String(), true
}

func (d draft) line(f message.Field, limit int) string {
	value := message.Clip(f.Value, limit)
	switch {
	case d.Style == Text:
		return f.Label + ": " + value + "\n"
	case f.Key == "status" && value != "":
		return "**" + f.Label + ":** <font color=\"" + colour(d.message.Severity) + "\">" + value + "</font>\n"
	}
	return "**" + f.Label + ":** " + value + "\n"
}

// tail is what never gives way.
func (d draft) tail() string {
	var b strings.Builder
	next, link := d.clip(d.message.Next, d.limit()/5), d.link()
	if d.Style == Text {
		if next != "" {
			b.WriteString("\n" + next + "\n")
		}
		if link != "" {
			b.WriteString(d.linkText() + ": " + link + "\n")
		}
		return b.String()
	}
	if next != "" {
		b.WriteString("> " + escapeStart(next) + "\n\n") // an empty line ends the quotation
	}
	if link != "" {
		b.WriteString("[" + d.linkText() + "](" + link + ")\n")
	}
	if who := d.Mention.inline(); who != "" && !d.nobody {
		b.WriteString(who + "\n")
	}
	return b.String()
}

func (d draft) linkText() string {
	return cmp.Or(d.clip(d.message.LinkText, maxLabel), "PAI")
}

// insideLink encodes what would end a link of markdown. It is put together when
// it is first used.
var insideLink = strings.NewReplacer("(", "%28", ")", "%29", "<", "%3C", ">", "%3E", `"`, "%22", `\`, "%5C", "`", "%60", "*", "%2A")

// link returns the address of the console page, or "" for none that could be
// shown: cut, it would lead elsewhere.
func (d draft) link() string {
	u, err := url.Parse(d.message.Link)
	if err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http") {
		return ""
	}
	link := u.String()
	if strings.ContainsAny(link, "()<>\"\\`*") {
		link = insideLink.Replace(link)
	}
	if len(link) > d.limit()/4 || message.OneLine(link) != link || strings.Contains(link, " ") {
		return ""
	}
	return link
}

// colour is one of the three that WeCom's markdown has: green, orange, grey.
func colour(s event.Severity) string {
	switch s {
	case event.Critical, event.Warning:
		return "warning"
	case event.Success:
		return "info"
	case event.Info:
	}
	return "comment"
}
