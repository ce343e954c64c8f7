package dingtalk

import (
	"cmp"
	"fmt"
	"html"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/pai-notify/pai-notify/shared/message"
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
	// budget is the whole body in bytes.
	budget int
	// plain leaves out links, which DingTalk may have called unsafe, and makes
	// addresses in texts of events mere words.
	plain bool
	// address is that of the link, when body has found it fit to be shown.
	address string
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

// body returns the request's JSON within the budget. What has to give way are
// the last of the fields; the mentions, the keyword and the link stay.
func (d draft) body() ([]byte, error) {
	d.address = d.link()
	envelope, err := webhook.Encode(d.request(""))
	if err != nil {
		return nil, err
	}
	return webhook.Encode(d.request(d.text(d.budget - len(envelope))))
}

func (d draft) request(text string) request {
	if d.Style == ActionCard && d.address != "" {
		return request{Type: "actionCard", ActionCard: &actionCard{
			Title: d.title(), Text: text, SingleTitle: d.linkText(), SingleURL: d.address,
		}}
	}
	r := request{Type: "markdown", Markdown: &markdown{Title: d.title(), Text: text}}
	if d.Mention.any() {
		r.At = &at{Mobiles: d.Mention.Mobiles, Users: d.Mention.Users, All: d.Mention.All}
	}
	return r
}

// title stands in the list of chats, as plain text. DingTalk refuses an empty
// one.
func (d draft) title() string {
	return message.Mark(d.message.Severity) + " " + cmp.Or(message.Clip(d.line(d.message.Title), maxTitle), "PAI")
}

func (d draft) linkText() string {
	return cmp.Or(message.Clip(message.OneLine(d.message.LinkText), maxLabel), "PAI")
}

// insideLink encodes what would end a link of markdown. It is put together when
// it is first used.
var insideLink = strings.NewReplacer("(", "%28", ")", "%29", "<", "%3C", ">", "%3E", `"`, "%22", `\`, "%5C")

// link returns the address of the console page, or "" for none that could be
// shown: cut, it would lead elsewhere.
func (d draft) link() string {
	u, err := url.Parse(d.message.Link)
	if d.plain || err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http") {
		return ""
	}
	link := u.String()
	if strings.ContainsAny(link, "()<>\"\\") {
		link = insideLink.Replace(link)
	}
	if len(link) > maxLink || message.OneLine(link) != link || strings.Contains(link, " ") {
		return ""
	}
	return link
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
	tail := d.tail()
	text := make([]byte, 0, 2<<10)
	text = append(text, "### "+message.Mark(d.message.Severity)+" "+cmp.Or(escape(message.Clip(d.line(d.message.Title), maxTitle)), "PAI")+"\n\n"...)
	room -= encoded(text) + encoded(tail)
	for _, f := range d.message.Fields {
		before := len(text)
		if text = d.appendField(text, f, room); len(text) == before {
			text = append(text, "- …\n"...)
			break
		}
		room -= encoded(text[before:])
	}
	return strings.TrimRight(string(append(text, tail...)), "\n")
}

// appendField writes one field, cut to fit into room bytes with the mark that
// follows when the next one does not; nothing when nothing worth reading fits.
func (d draft) appendField(text []byte, f message.Field, room int) []byte {
	const worth, more = 32, 16
	before := len(text)
	label, value := escape(message.Clip(d.line(f.Label), maxLabel)), d.line(f.Value)
	for limit := maxValue; limit >= worth; limit /= 2 {
		text = append(text, "- **"...)
		text = append(text, label...)
		text = append(text, ":** "...)
		text = append(text, escape(message.Clip(value, limit))...)
		text = append(text, '\n')
		if encoded(text[before:])+more <= room {
			return text
		}
		text = text[:before]
	}
	return text
}

// tail is what never gives way.
func (d draft) tail() string {
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
	paragraph(d.Keyword)
	return b.String()
}

// encoded returns how many bytes a text without control characters, but for
// line breaks, takes inside a JSON string.
func encoded[T string | []byte](s T) int {
	n := len(s)
	for i := range len(s) {
		switch s[i] {
		case '"', '\\', '\n':
			n++
		}
	}
	return n
}

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
