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
	Header cardHeader `json:"header"`
	Body   cardBody   `json:"body"`
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
	Text plainText `json:"text"`
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

func (d draft) card(lines []string) *card {
	c := &card{Schema: "2.0", Header: cardHeader{plainText{"plain_text", d.title()}, colour(d.message.Severity)}}
	add := func(element any) { c.Body.Elements = append(c.Body.Elements, element) }
	paragraph := func(markdown string) {
		if markdown != "" {
			add(cardMarkdown{"markdown", markdown})
		}
	}
	paragraph(strings.Join(lines, "\n"))
	if next := d.next(); next != "" {
		paragraph("> " + escapeStart(next))
	}
	paragraph(d.Mention.inCard())
	if d.Keyword != "" {
		add(cardDiv{"div", plainText{"plain_text", d.Keyword}})
	}
	if link := d.link(); link != "" {
		add(cardButton{"button", plainText{"plain_text", d.linkText()}, "primary", []openLink{{"open_url", link}}})
	}
	if c.Body.Elements == nil {
		paragraph(escapeStart(d.title())) // a card needs a body
	}
	return c
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

func entity(c rune) string { return "&#" + strconv.Itoa(int(c)) + ";" }

func word(c rune) bool { return c != utf8.RuneError && (unicode.IsLetter(c) || unicode.IsDigit(c)) }
