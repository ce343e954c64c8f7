package dingtalk

import (
	"cmp"
	"fmt"
	"html"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/refusal"
	"github.com/pai-notify/pai-notify/shared/webhook"
)

// Bounds in bytes of single texts, so that one cannot crowd out the others.
const (
	maxTitle = 300
	maxLabel = 100
	maxValue = 2000
	maxLink  = 2000
)

// draft is a message on its way into a request body.
type draft struct {
	Config
	message message.Message
	// budget is the whole body in bytes, which short halved.
	budget int
	short  bool
	// plain leaves out links, which DingTalk may have called unsafe, and makes
	// addresses in texts of events mere words.
	plain bool
	// insists writes the keyword whether or not the rest holds it.
	insists bool
	// preview is the title, and address that of the link when Body has found it
	// fit to be shown.
	preview, address string
}

// Corrected makes a correction.
func (d draft) Corrected(f refusal.Fix) (draft, bool) {
	switch f {
	case shorten:
		if !d.short {
			d.short, d.budget = true, d.budget/2
		}
	case plain:
		d.plain = true
	case reword:
		d.insists = true
	case refusal.Resign: // as every post does
	}
	return d, true
}

type markdown struct {
	Title string `json:"title"`
	Text  string `json:"text"`
}

type actionCard struct {
	Title       string `json:"title"`
	Text        string `json:"text"`
	SingleTitle string `json:"singleTitle"`
	SingleURL   string `json:"singleURL"`
}

type at struct {
	Mobiles []string `json:"atMobiles,omitempty"`
	Users   []string `json:"atUserIds,omitempty"`
	All     bool     `json:"isAtAll,omitempty"`
}

type request struct {
	Type       string      `json:"msgtype"`
	Markdown   *markdown   `json:"markdown,omitempty"`
	ActionCard *actionCard `json:"actionCard,omitempty"`
	At         *at         `json:"at,omitempty"`
}

// Body returns the request's JSON within the budget. What has to give way is what
// the rule is for, then the last of the fields; the mentions, the keyword and the
// link stay.
func (d draft) Body() ([]byte, error) {
	d.preview, d.address = d.title(), d.link(d.message.Link)
	d.message = d.message.Bounded(maxTitle, maxLabel, maxValue)
	envelope, err := webhook.Encode(d.request(""))
	if err != nil {
		return nil, err
	}
	text := d.text(d.budget - len(envelope))
	if d.Keyword != "" && !d.insists && !d.holds(text) {
		d.insists = true
		text = d.text(d.budget - len(envelope))
	}
	return webhook.Encode(d.request(text))
}

// holds tells whether the message has the keyword without a line of its own. That
// DingTalk looks for it in addresses and in the words on a card's button is
// documented nowhere, so they do not count.
func (d draft) holds(text string) bool {
	if strings.Contains(d.preview, d.Keyword) {
		return true
	}
	for text != "" {
		var before string
		before, text, _ = strings.Cut(text, "](") // an escaped text has none
		if strings.Contains(before, d.Keyword) {
			return true
		}
		_, text, _ = strings.Cut(text, ")")
	}
	return false
}

func (d draft) request(text string) request {
	if d.Style == ActionCard && d.address != "" {
		return request{Type: "actionCard", ActionCard: &actionCard{
			Title: d.preview, Text: text, SingleTitle: d.linkText(), SingleURL: d.address,
		}}
	}
	r := request{Type: "markdown", Markdown: &markdown{Title: d.preview, Text: text}}
	if d.Mention.any() {
		r.At = &at{Mobiles: d.Mention.Mobiles, Users: d.Mention.Users, All: d.Mention.All}
	}
	return r
}

// title stands in the list of chats and on a lock screen, as plain text, and
// nowhere else. DingTalk refuses an empty one.
func (d draft) title() string {
	return message.Mark(d.message.Severity) + " " + cmp.Or(message.Clip(d.line(d.message.Preview(maxTitle)), maxTitle), "PAI")
}

func (d draft) linkText() string {
	return cmp.Or(message.Clip(message.OneLine(d.message.LinkText), maxLabel), "PAI")
}

// link returns the address that a link leads to, or "" for none that could be
// shown.
func (d draft) link(to string) string {
	if d.plain {
		return ""
	}
	return message.Address(to, maxLink)
}

// line returns a text as one line. In a message without links its addresses are
// words: a name that DingTalk calls unsafe must not keep a message from everybody.
func (d draft) line(s string) string {
	s = message.OneLine(s)
	if !d.plain {
		return s
	}
	var b strings.Builder
	before := ' '
	for i, c := range s {
		switch next := after(s[i+utf8.RuneLen(c):]); {
		case c == '.' && word(before) && word(next):
			b.WriteRune('·')
		case c == ':' && next == '/':
			b.WriteString(": ")
		default:
			b.WriteRune(c)
		}
		before = c
	}
	return b.String()
}

// text writes the markdown in at most room bytes of JSON. A single line break
// is folded by DingTalk, so paragraphs are apart by an empty line and fields
// are items of a list.
func (d draft) text(room int) string {
	const more = "- …\n"
	head := "### " + message.Mark(d.message.Severity) + " " + cmp.Or(escape(message.Clip(d.line(d.message.Title), maxTitle)), "PAI") + "\n\n"
	tail := d.tail(true)
	write := func(tail string) ([]string, int, bool) {
		room := room - webhook.Encoded(head) - webhook.Encoded(tail)
		return message.Fit(len(d.message.Fields), room, webhook.Encoded(more), maxValue, d.field)
	}
	lines, missing, whole := write(tail)
	if !whole {
		tail = d.tail(false)
		lines, missing, _ = write(tail)
	}
	text := make([]byte, 0, 2<<10)
	text = append(text, head...)
	for _, line := range lines {
		text = append(text, line...)
	}
	if missing > 0 {
		text = append(text, more...)
	}
	return strings.TrimRight(string(append(text, tail...)), "\n")
}

// field writes field i with at most limit bytes of its value, and tells how many
// it takes in JSON.
func (d draft) field(i, limit int, linked bool) (string, int) {
	f := d.message.Fields[i]
	link := ""
	if linked {
		if address := d.link(f.Link); address != "" {
			link = " [" + message.OpenText(d.message.Language) + "](" + address + ")"
		}
	}
	line := "- **" + escape(d.line(f.Label)) + "**" + message.Colon(d.message.Language) + escape(message.Clip(d.line(f.Value), limit)) + link + "\n"
	return line, webhook.Encoded(line)
}

// tail is what never gives way, but that the rule is only named when it is not
// described.
func (d draft) tail(described bool) string {
	var b strings.Builder
	paragraph := func(s string) {
		if s != "" {
			b.WriteString("\n")
			b.WriteString(s)
			b.WriteString("\n")
		}
	}
	if next := message.OneLine(d.message.Next); next != "" {
		paragraph("> " + escapeStart(message.Clip(next, maxValue/2)))
	}
	if d.address != "" && d.Style != ActionCard {
		paragraph("[" + escape(d.linkText()) + "](" + d.address + ")")
	}
	paragraph(d.Mention.text(d.message.Language))
	if d.insists {
		paragraph(d.Keyword)
	}
	if origin := d.line(d.message.Origin(described)); origin != "" {
		paragraph(small + escape(origin))
	}
	return b.String()
}

// small makes a line a heading of the lowest level, which DingTalk's own example
// uses for the small print under a message.
const small = "###### "

// special are the characters that mean something to DingTalk's markdown in the
// middle of a line, but for < and &. A backslash before them is common markdown,
// and robots in the field rely on it; DingTalk documents neither.
const special = "\\`*_[]>~!"

// escape keeps a text from an event a text, whoever wrote it. Underscores
// inside a word mean nothing and stay as they are: names are full of them.
//
// Where a mistake would cost most it holds for a client that knows no
// backslashes, too: a tag loses its bracket to an entity, and the backslash
// between ] and ( is in a link's way whatever it means.
func escape(s string) string {
	if !strings.ContainsAny(s, special+"<&") {
		return s
	}
	var b strings.Builder
	entities := strings.Contains(s, "&") && html.UnescapeString(s) != s
	before := ' '
	for i, c := range s {
		inside := c == '_' && word(before) && word(after(s[i+1:]))
		switch {
		case c == '<':
			b.WriteString("&lt;")
		case c == '&' && entities:
			b.WriteString("&amp;")
		case strings.ContainsRune(special, c) && !inside, c == '(' && before == ']':
			b.WriteByte('\\')
			fallthrough
		default:
			b.WriteRune(c)
		}
		before = c
	}
	return b.String()
}

// escapeStart is escape for a text at the beginning of a line, where it must
// not begin a heading or a list.
func escapeStart(s string) string {
	if s != "" && strings.IndexByte("#+-=0123456789", s[0]) >= 0 {
		return fmt.Sprintf("&#%d;", s[0]) + escape(s[1:])
	}
	return escape(s)
}

func word(c rune) bool { return unicode.IsLetter(c) || unicode.IsDigit(c) }

// after returns the first character of s, a space at its end.
func after(s string) rune {
	for _, c := range s {
		return c
	}
	return ' '
}
