package wecom

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/message"
)

// The bytes of a content, and bounds of single texts so that one cannot crowd
// out the others.
const (
	maxMarkdown = 4096
	maxText     = 2048

	maxLabel = 60
	maxValue = 1000
	maxMore  = 16 // of "… +" and a number
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

// content writes title, fields, advice, link, mentions and the rule within the
// limit. What the rule is for gives way first, long values of the last fields
// next, and then these fields; the rest stays. A line break is a line break in
// WeCom's markdown as in its text.
func (d draft) content() string {
	head := d.title(d.limit()/10) + "\n"
	if d.Style != Text {
		head = "### " + head
	}
	facts, tail := d.facts(), d.tail()
	write := func(origin string) (string, bool) {
		room := d.limit() + len("\n") - len(head) - len(tail) - len(origin) // the last line break goes
		lines, missing, whole := message.Fit(len(facts), room, maxMore, maxValue, func(i, limit int, linked bool) (string, int) {
			line := d.line(facts[i], limit, linked)
			return line, len(line)
		})
		if missing > 0 {
			lines = append(lines, fmt.Sprintf("… +%d\n", missing))
		}
		return head + strings.Join(lines, "") + tail + origin, whole
	}
	text, whole := write(d.origin(true))
	if !whole {
		origin := d.origin(false)
		if d.limit()-len(head)-len(tail)-len(origin) < d.limit()/8 {
			origin = ""
		}
		text, _ = write(origin)
	}
	return strings.TrimRight(text, "\n")
}

// title is at most limit bytes and a mark long. It is never empty.
func (d draft) title(limit int) string {
	title := cmp.Or(d.clip(d.message.Title, limit), "PAI")
	if d.bare {
		return title
	}
	return message.Mark(d.message.Severity) + " " + title
}

// facts are the fields, cleaned and of bounded length.
func (d draft) facts() []message.Field {
	facts := make([]message.Field, 0, len(d.message.Fields))
	for _, f := range d.message.Fields {
		f.Label, f.Value = d.clip(f.Label, maxLabel), d.clip(f.Value, maxValue)
		facts = append(facts, f)
	}
	return facts
}

func (d draft) line(f message.Field, limit int, linked bool) string {
	colon, value, link := message.Colon(d.message.Language), message.Clip(f.Value, limit), ""
	if linked {
		link = message.Address(f.Link, d.limit()/4)
	}
	if d.Style == Text {
		if link != "" {
			link = " " + link
		}
		return f.Label + colon + value + link + "\n"
	}
	if f.Key == "status" && value != "" {
		value = "<font color=\"" + colour(d.message.Severity) + "\">" + value + "</font>"
	}
	if link != "" {
		link = " [" + message.OpenText(d.message.Language) + "](" + link + ")"
	}
	return "**" + f.Label + "**" + colon + value + link + "\n"
}

// origin is the line that names the rule, in grey where there is colour.
func (d draft) origin(described bool) string {
	origin := d.clip(d.message.Origin(described), d.limit())
	switch {
	case origin == "":
		return ""
	case d.Style == Text:
		return origin + "\n"
	}
	return "<font color=\"comment\">" + origin + "</font>\n"
}

// tail is what never gives way, and stands before the rule.
func (d draft) tail() string {
	var b strings.Builder
	next, link := d.clip(d.message.Next, d.limit()/5), d.link()
	if d.Style == Text {
		if next != "" {
			b.WriteString("\n" + next + "\n")
		}
		if link != "" {
			b.WriteString(d.linkText() + message.Colon(d.message.Language) + link + "\n")
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

// link returns the address of the console page, or "" for none that could be
// shown.
func (d draft) link() string { return message.Address(d.message.Link, d.limit()/4) }

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
