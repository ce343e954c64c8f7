package lark

import (
	"cmp"
	"net/url"
	"strings"

	"github.com/pai-notify/pai-notify/shared/message"
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
	// budget is the whole body in bytes.
	budget int
	// signs tells that there is a key to sign with.
	signs bool
	// done are the corrections that were made.
	done []fix
}

// correct applies a correction and tells whether it changes anything: each is
// made once, but that the style has two steps down.
func (d *draft) correct(f fix) bool {
	for _, before := range d.done {
		if before == f && f != simplify && f != reword {
			return false
		}
	}
	d.done = append(d.done, f)
	switch f {
	case shorten:
		d.budget /= 2
	case hide:
		d.message = masked(d.message)
	case resign: // as every post does
		return d.signs
	case reword:
		// Documents name titles and texts as the places where keywords count,
		// which a card has under other names.
		return d.Keyword != "" && d.plainer()
	case simplify:
		return d.plainer()
	}
	return true
}

// plainer goes one style down and tells whether there was one.
func (d *draft) plainer() bool {
	switch d.Style {
	case Card:
		d.Style = Post
	case Post:
		d.Style = Text
	case Text:
		return false
	}
	return true
}

// request is the body of every style.
type request struct {
	signature
	Type    string `json:"msg_type"`
	Content any    `json:"content,omitempty"`
	Card    *card  `json:"card,omitempty"`
}

// body returns the request's JSON within the budget. What has to give way are
// the last of the fields; title, advice, mentions, keyword and link stay.
func (d draft) body(s signature) ([]byte, error) {
	envelope, err := webhook.Encode(d.request(s, nil))
	if err != nil {
		return nil, err
	}
	return webhook.Encode(d.request(s, d.lines(d.budget-len(envelope)-perLine)))
}

func (d draft) request(s signature, lines []string) request {
	switch d.Style {
	case Post:
		return request{signature: s, Type: "post", Content: d.post(lines)}
	case Text:
		return request{signature: s, Type: "text", Content: d.text(lines)}
	case Card:
	}
	return request{signature: s, Type: "interactive", Card: d.card(lines)}
}

// perLine is more than the JSON around one line in any style.
const perLine = 40

// lines writes the fields in at most room bytes of JSON.
func (d draft) lines(room int) []string {
	lines := make([]string, 0, len(d.message.Fields)+1)
	for _, f := range d.message.Fields {
		line := d.line(f, room)
		if line == "" {
			if d.Style == Card {
				return append(lines, item+"…")
			}
			return append(lines, "…")
		}
		room -= encoded(line) + perLine
		lines = append(lines, line)
	}
	return lines
}

// line writes one field, cut to fit into room bytes with the mark that follows
// when the next one does not; "" when nothing worth reading fits.
func (d draft) line(f message.Field, room int) string {
	const worth, more = 32, 16 + perLine
	label, value := message.Clip(message.OneLine(f.Label), maxLabel), message.OneLine(f.Value)
	for limit := maxValue; limit >= worth; limit /= 2 {
		line := d.field(label, message.Clip(value, limit))
		if encoded(line)+perLine+more <= room {
			return line
		}
	}
	return ""
}

// field writes a fact in the markup of the style.
func (d draft) field(label, value string) string {
	if d.Style == Card {
		return item + "**" + escape(label) + ":** " + escape(value)
	}
	return plain(label + ": " + value)
}

// item begins a line of a list; in cards single line breaks may be ignored, so
// that lines are items.
const item = "- "

// title is plain text in every style.
func (d draft) title() string {
	return cmp.Or(message.Clip(message.OneLine(d.message.Title), maxTitle), "PAI")
}

func (d draft) next() string { return message.Clip(message.OneLine(d.message.Next), maxNext) }

func (d draft) linkText() string {
	return cmp.Or(message.Clip(message.OneLine(d.message.LinkText), maxLabel), "PAI")
}

// link returns the address of the console page, or "" for none that could be
// shown: cut, it would lead elsewhere, and a wrong one fails the message.
func (d draft) link() string {
	u, err := url.Parse(d.message.Link)
	if err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http") {
		return ""
	}
	link := u.String()
	if strings.ContainsAny(link, "<>\"\\") {
		link = strings.NewReplacer("<", "%3C", ">", "%3E", `"`, "%22", `\`, "%5C").Replace(link)
	}
	if len(link) > maxLink || message.OneLine(link) != link || strings.Contains(link, " ") {
		return ""
	}
	return link
}

// encoded returns how many bytes a text without control characters, but for
// line breaks, takes inside a JSON string.
func encoded(s string) int {
	n := len(s)
	for _, c := range s {
		switch c {
		case '"', '\\', '\n':
			n++
		}
	}
	return n
}
