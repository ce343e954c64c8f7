package lark

import (
	"cmp"
	"time"

	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/refusal"
	"github.com/pai-notify/pai-notify/shared/webhook"
)

// Bounds in bytes of single texts, so that one cannot crowd out the others.
const (
	maxTitle = 300
	maxLabel = 100
	maxValue = 2000
	maxNext  = 600
	maxLink  = 2000
)

// draft is a message on its way into a request body.
type draft struct {
	// Config holds the style, which a correction makes plainer.
	Config
	message message.Message
	// budget is the whole body in bytes, which short halved.
	budget int
	short  bool
	// signature is made with the key; empty without one.
	signature signature
	key       string
	now       func() time.Time
	// insists writes the keyword whether or not the rest holds it.
	insists bool
	// described has the last line say what the rule is for.
	described bool
}

// Corrected makes a correction. The style has two steps down.
func (d draft) Corrected(f refusal.Fix) (draft, bool) {
	switch f {
	case shorten:
		if !d.short {
			d.short, d.budget = true, d.budget/2
		}
	case hide:
		d.message = masked(d.message)
	case refusal.Resign:
		return d.signed(), d.key != ""
	case reword:
		// Documents name titles and texts as the places where keywords count,
		// which a card has under other names.
		if d.insists || !d.fitted().holds(d.Keyword) {
			d = d.plainer()
		}
		d.insists = true
		return d, d.Keyword != ""
	case simplify:
		return d.plainer(), true
	}
	return d, true
}

// plainer goes one style down, if there is one.
func (d draft) plainer() draft {
	switch d.Style {
	case Card:
		d.Style = Post
	case Post:
		d.Style = Text
	case Text:
	}
	return d
}

// signed returns d with a signature of now.
func (d draft) signed() draft {
	d.signature = sign(d.key, d.now())
	return d
}

// request is the body of every style.
type request struct {
	signature
	Type    string `json:"msg_type"`
	Content any    `json:"content,omitempty"`
	Card    *card  `json:"card,omitempty"`
}

// Body returns the request's JSON within the budget. What has to give way is what
// the rule is for, then the last of the fields; title, advice, mentions, keyword
// and link stay.
func (d draft) Body() ([]byte, error) {
	r := d.fitted()
	if d.Keyword != "" && !d.insists && !r.holds(d.Keyword) {
		d.insists = true
		r = d.fitted()
	}
	return webhook.Encode(r)
}

// perLine is more than the JSON around one line in any style, and perLink around
// its link.
const perLine, perLink = 40, 40

// fitted returns the request with as many of the fields as the budget has room
// for.
func (d draft) fitted() request {
	const more = len(item) + len("…") + perLine
	d.message = d.message.Bounded(maxTitle, maxLabel, maxValue)
	write := func() ([]line, int, bool) {
		// What cannot be encoded has no size here, and fails in Body.
		envelope, _ := webhook.Encode(d.request(nil))
		return message.Fit(len(d.message.Fields), d.budget-len(envelope), more, maxValue, d.line)
	}
	d.described = true
	lines, missing, whole := write()
	if !whole {
		d.described = false
		lines, missing, _ = write()
	}
	if missing > 0 {
		lines = append(lines, d.left())
	}
	return d.request(lines)
}

func (d draft) request(lines []line) request {
	switch d.Style {
	case Post:
		return request{signature: d.signature, Type: "post", Content: d.post(lines)}
	case Text:
		return request{signature: d.signature, Type: "text", Content: d.text(lines)}
	case Card:
	}
	return request{signature: d.signature, Type: "interactive", Card: d.card(lines)}
}

// line is a field in the markup of the style. Its link stands apart in a post.
type line struct{ text, link string }

// line writes field i with at most limit bytes of its value, and tells how many
// it takes in JSON.
func (d draft) line(i, limit int, linked bool) (line, int) {
	f := d.message.Fields[i]
	label, value := f.Label, message.Clip(f.Value, limit)
	colon, open := message.Colon(d.message.Language), message.OpenText(d.message.Language)
	var l line
	if linked {
		l.link = message.Address(f.Link, maxLink)
	}
	switch d.Style {
	case Card:
		l.text = item + "**" + escape(label) + "**" + colon + escape(value)
		if l.link != "" {
			l.text += " [" + open + "](" + escapeLink(l.link) + ")"
		}
		return l, webhook.Encoded(l.text) + perLine
	case Text:
		l.text = plain(label + colon + value)
		if l.link != "" {
			l.text += " " + l.link
		}
		return l, webhook.Encoded(l.text) + perLine
	case Post:
	}
	l.text = plain(label + colon + value)
	size := webhook.Encoded(l.text) + perLine
	if l.link != "" {
		size += webhook.Encoded(l.link) + len(open) + perLink
	}
	return l, size
}

// left is the line that says that lines were left out.
func (d draft) left() line {
	if d.Style == Card {
		return line{text: item + "…"}
	}
	return line{text: "…"}
}

// item begins a line of a list; in cards single line breaks may be ignored, so
// that lines are items.
const item = "- "

// heading is the title with the mark of the severity: the colour of a card is
// lost in the list of chats and on a lock screen. It is plain text in every style.
func (d draft) heading() string {
	return d.marked(d.message.Title)
}

func (d draft) marked(title string) string {
	return message.Mark(d.message.Severity) + " " + cmp.Or(title, "PAI")
}

func (d draft) next() string { return message.Clip(message.OneLine(d.message.Next), maxNext) }

func (d draft) linkText() string {
	return cmp.Or(message.Clip(message.OneLine(d.message.LinkText), maxLabel), "PAI")
}

// link returns the address of the console page, or "" for none that could be
// shown: a wrong one fails the message.
func (d draft) link() string { return message.Address(d.message.Link, maxLink) }

// origin is plain text in every style.
func (d draft) origin() string { return d.message.Origin(d.described) }
