package wecom

import (
	"slices"
	"strings"
	"unicode/utf8"

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

// card writes the message as a card: the first short values in its list, the
// longer ones, such as a reason, below the title. Id and status come first.
func (d draft) card() card {
	link := d.link()
	c := card{
		Type:   "text_notice",
		Source: cardOrigin{d.characters("PAI", cardSource), cardColour(d.message.Severity)},
		Title:  cardHead{Title: d.characters(d.title(maxValue), cardTitle)},
		Jumps:  []cardJump{{Type: 1, Title: d.characters(d.linkText(), cardSource), URL: link}},
		Action: cardJump{Type: 1, URL: link},
	}
	if next := d.characters(d.clip(d.message.Next, maxValue), cardText); next != "" {
		c.Quote = &cardQuote{next}
	}
	facts := d.facts()
	slices.SortStableFunc(facts, func(a, b message.Field) int { return rank(a.Key) - rank(b.Key) })
	var long []string
	for _, f := range facts {
		value := d.characters(f.Value, cardValue)
		switch {
		case f.Key == "time" && c.Title.Text == "":
			c.Title.Text = d.characters(f.Value, cardTime)
		case value != f.Value:
			long = append(long, f.Label+": "+f.Value)
		case len(c.Fields) < cardFields:
			c.Fields = append(c.Fields, cardPair{d.characters(f.Label, cardLabel), value})
		}
	}
	c.Text = d.characters(strings.Join(long, "\n"), cardText)
	return c
}

// rank puts first what tells one job from another.
func rank(key string) int {
	if key == "id" || key == "status" {
		return 0
	}
	return 1
}

// characters cuts s to n characters, or to twice as many in a card that was
// not refused yet.
func (d draft) characters(s string, n int) string {
	if !d.short {
		n *= 2
	}
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	end := 0
	for range n - 1 {
		_, size := utf8.DecodeRuneInString(s[end:])
		end += size
	}
	// What remains may be shorter than the mark of the cut, which takes the
	// place of one character in three bytes.
	const mark = len("…")
	return message.Clip(s+strings.Repeat(" ", mark), end+mark)
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
