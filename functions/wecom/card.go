package wecom

import (
	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/message"
)

// Lengths of a card's texts in characters. WeCom recommends them for Chinese;
// it does not say what becomes of a longer text. Letters are half as wide, so
// a card first has twice as much, and what WeCom recommends once it was
// refused.
const (
	cardSource = 13
	cardTitle  = 26
	cardTime   = 30
	cardText   = 112
	cardLabel  = 10 // 5 are recommended, which is too short for English
	cardValue  = 26
	cardFields = 6 // this one is a limit
)

// card is a template card of type text_notice.
type card struct {
	Type   string     `json:"card_type"`
	Source cardOrigin `json:"source"`
	Title  cardHead   `json:"main_title"`
	Quote  *cardQuote `json:"quote_area,omitempty"`
	Text   string     `json:"sub_title_text,omitempty"`
	Fields []cardPair `json:"horizontal_content_list,omitempty"`
	Jumps  []cardJump `json:"jump_list"`
	// Action is where a tap on the card leads. WeCom refuses a card without.
	Action cardJump `json:"card_action"`
}

type cardOrigin struct {
	Text string `json:"desc"`
	// Colour is 0 grey, 1 black, 2 red, 3 green.
	Colour int `json:"desc_color"`
}

type cardHead struct {
	Title string `json:"title"`
	Text  string `json:"desc,omitempty"`
}

type cardQuote struct {
	Text string `json:"quote_text"`
}

type cardPair struct {
	Label string `json:"keyname"`
	Value string `json:"value"`
}

type cardJump struct {
	Type  int    `json:"type"` // 1: a URL
	Title string `json:"title,omitempty"`
	URL   string `json:"url"`
}

// card writes the message as a card: below the title when it was and why, then
// what to do, and the other facts in the order in which they are read. The rule
// comes last, and is in the list because a card has no other place below it that
// is not a link.
func (d draft) card() card {
	link := d.link()
	c := card{
		Type:   "text_notice",
		Source: cardOrigin{d.characters("PAI", cardSource), cardColour(d.message.Severity)},
		Title:  cardHead{Title: d.characters(d.title(maxValue), cardTitle)},
		Text:   d.characters(d.clip(d.message.Next, maxValue), cardText),
		Jumps:  []cardJump{{Type: 1, Title: d.characters(d.linkText(), cardSource), URL: link}},
		Action: cardJump{Type: 1, URL: link},
	}
	room := cardFields
	origin := d.clip(d.message.Origin(true), maxValue)
	if origin != "" {
		room--
	}
	pair := func(label, value string) {
		c.Fields = append(c.Fields, cardPair{d.characters(label, cardLabel), d.characters(value, cardValue)})
	}
	for _, f := range d.facts() {
		switch {
		case f.Key == "time" && c.Title.Text == "":
			c.Title.Text = d.characters(f.Value, cardTime)
		case (f.Key == "reason" || f.Key == "snapshot_message") && c.Quote == nil && f.Value != "":
			c.Quote = &cardQuote{d.characters(f.Value, cardText)}
		case len(c.Fields) < room:
			pair(f.Label, f.Value)
		}
	}
	if origin != "" {
		pair(message.RuleLabel(d.message.Language), origin)
	}
	return c
}

// characters cuts s to n characters, or to twice as many in a card that was
// not refused yet.
func (d draft) characters(s string, n int) string {
	if !d.short {
		n *= 2
	}
	return message.ClipCharacters(s, n)
}

func cardColour(s event.Severity) int {
	switch s {
	case event.Critical:
		return 2
	case event.Success:
		return 3
	case event.Warning:
		return 1
	case event.Info:
	}
	return 0
}
