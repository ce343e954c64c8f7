package lark

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/pai-notify/pai-notify/shared/event"
)

// card is a card of structure 2.0. It has nothing but what that structure
// documents: one unknown property fails the whole card.
type card struct {
	Schema string     `json:"schema"`
	Config cardConfig `json:"config"`
	Header cardHeader `json:"header"`
	Body   cardBody   `json:"body"`
}

// cardConfig has what the list of chats shows of a card.
type cardConfig struct {
	Summary cardSummary `json:"summary"`
}

type cardSummary struct {
	Content string `json:"content"`
}

type cardHeader struct {
	Title    plainText `json:"title"`
	Template string    `json:"template"`
}

type cardBody struct {
	Elements []any `json:"elements"`
}

type plainText struct {
	Tag     string `json:"tag"`
	Content string `json:"content"`
}

type cardMarkdown plainText

type cardDiv struct {
	Tag  string    `json:"tag"`
	Text smallText `json:"text"`
}

// smallText is a plain text as large and as grey as small print.
type smallText struct {
	plainText
	Size   string `json:"text_size"`
	Colour string `json:"text_color"`
}

func smallPrint(s string) cardDiv {
	return cardDiv{"div", smallText{plainText{"plain_text", s}, "notation", "grey"}}
}

type cardButton struct {
	Tag       string     `json:"tag"`
	Text      plainText  `json:"text"`
	Type      string     `json:"type"`
	Behaviors []openLink `json:"behaviors"`
}

type openLink struct {
	Type string `json:"type"`
	URL  string `json:"default_url"`
}

func (d draft) card(lines []line) *card {
	c := &card{
		Schema: "2.0",
		Config: cardConfig{cardSummary{d.marked(d.message.Preview(maxTitle))}},
		Header: cardHeader{plainText{"plain_text", d.heading()}, colour(d.message.Severity)},
	}
	add := func(element any) { c.Body.Elements = append(c.Body.Elements, element) }
	paragraph := func(markdown string) {
		if markdown != "" {
			add(cardMarkdown{"markdown", markdown})
		}
	}
	var list strings.Builder
	for i, l := range lines {
		if i > 0 {
			list.WriteByte('\n')
		}
		list.WriteString(l.text)
	}
	paragraph(list.String())
	if next := d.next(); next != "" {
		paragraph("> " + escapeStart(next))
	}
	paragraph(d.Mention.inCard())
	if link := d.link(); link != "" {
		add(cardButton{"button", plainText{"plain_text", d.linkText()}, "primary", []openLink{{"open_url", link}}})
	}
	if d.insists && d.Keyword != "" {
		add(smallPrint(d.Keyword))
	}
	if origin := d.origin(); origin != "" {
		add(smallPrint(origin))
	}
	if c.Body.Elements == nil {
		paragraph(escapeStart(d.heading())) // a card needs a body
	}
	return c
}

// texts are the plain texts that the card shows.
func (c *card) texts() []string {
	all := []string{c.Header.Title.Content}
	for _, element := range c.Body.Elements {
		switch e := element.(type) {
		case cardDiv:
			all = append(all, e.Text.Content)
		case cardButton:
			all = append(all, e.Text.Content)
		}
	}
	return all
}

// colour is the template of the header.
func colour(s event.Severity) string {
	switch s {
	case event.Critical:
		return "red"
	case event.Warning:
		return "orange"
	case event.Success:
		return "green"
	case event.Info:
	}
	return "blue"
}

// special are the characters that mean something to the markdown of cards in
// the middle of a line. A dollar sign begins a variable.
const special = "&\\`*_[]<>~!#$|"

// escape keeps a text from an event a text, whoever wrote it, by the numbered
// entities that the documentation of cards asks for. Underscores inside a word
// mean nothing and stay as they are: names are full of them. A colon before a
// letter may begin an emoji of Lark, such as :OK:.
func escape(s string) string {
	if !strings.ContainsAny(s, special+":") {
		return s
	}
	var b strings.Builder
	before := ' '
	for i, c := range s {
		after, _ := utf8.DecodeRuneInString(s[i+utf8.RuneLen(c):])
		switch {
		case c == '_' && word(before) && word(after):
			b.WriteRune(c)
		case strings.ContainsRune(special, c), c == ':' && after < utf8.RuneSelf && unicode.IsLetter(after):
			b.WriteString(entity(c))
		default:
			b.WriteRune(c)
		}
		before = c
	}
	return b.String()
}

// escapeStart is escape for a text at the beginning of a line, where it must
// not begin a list.
func escapeStart(s string) string {
	if s != "" && strings.IndexByte("+-=0123456789", s[0]) >= 0 {
		return entity(rune(s[0])) + escape(s[1:])
	}
	return escape(s)
}

// escapeLink keeps an address inside a link of markdown an address: what begins
// with a dollar sign is a variable.
func escapeLink(address string) string { return insideLink.Replace(address) }

var insideLink = strings.NewReplacer("$", "%24", "[", "%5B", "]", "%5D", "~", "%7E", "|", "%7C")

func entity(c rune) string { return "&#" + strconv.Itoa(int(c)) + ";" }

func word(c rune) bool { return c != utf8.RuneError && (unicode.IsLetter(c) || unicode.IsDigit(c)) }
