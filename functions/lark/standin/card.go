package standin

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"

	"github.com/pai-notify/pai-notify/shared/inbox"
)

// card is the part of card structure 2.0 that a notification may use. What
// is not here is refused, as the platform refuses a card over one property it
// does not know.
type card struct {
	Schema string `json:"schema"`
	Config struct {
		UpdateMulti   bool   `json:"update_multi"`
		EnableForward bool   `json:"enable_forward"`
		WidthMode     string `json:"width_mode"`
		Summary       struct {
			Content string `json:"content"`
		} `json:"summary"`
	} `json:"config"`
	Header *struct {
		Title    *plain `json:"title"`
		Subtitle *plain `json:"subtitle"`
		Template string `json:"template"`
	} `json:"header"`
	Body *struct {
		Direction string            `json:"direction"`
		Elements  []json.RawMessage `json:"elements"`
	} `json:"body"`
}

type plain struct {
	Tag     string `json:"tag"`
	Content string `json:"content"`
}

// styled is the text of an element; only that of a div has a size and a colour.
type styled struct {
	plain
	Size   string `json:"text_size"`
	Colour string `json:"text_color"`
}

// element is every kind of element; kinds says which of its properties a
// kind has.
type element struct {
	Tag       string  `json:"tag"`
	Content   string  `json:"content"`
	Text      *styled `json:"text"`
	Type      string  `json:"type"`
	Behaviors []struct {
		Type string `json:"type"`
		URL  string `json:"default_url"`
	} `json:"behaviors"`
}

var (
	kinds = map[string][]string{
		"markdown": {"tag", "content"},
		"div":      {"tag", "text"},
		"hr":       {"tag"},
		"button":   {"tag", "text", "type", "behaviors"},
	}
	// colours are the templates of headers.
	colours = []string{
		"red", "orange", "green", "blue", "wathet", "turquoise", "yellow", "carmine", "violet",
		"purple", "indigo", "grey", "default", "",
	}
)

// maxElements was seen, not documented.
const maxElements = 200

// refusal is a refusal of a card: the code is always the same, and the
// reason stands in the text.
func refusal(code int, text, value string) verdict {
	return verdict{code: 230099, text: fmt.Sprintf("Failed to create card content, ext=ErrCode: %d; ErrMsg: %s; ErrorValue: %s;", code, text, value)}
}

func unparsed(value string) verdict {
	return refusal(200621, "parse card json err", value)
}

// fillCard writes what a card shows into m and returns the verdict on it
// and its texts.
func fillCard(raw json.RawMessage, m *inbox.Message) (verdict, string) {
	var c card
	if err := strictly(raw, &c); err != nil {
		return unparsed(err.Error()), ""
	}
	switch {
	case c.Schema != "2.0":
		return unparsed("schema"), ""
	case c.Header == nil || c.Header.Title == nil || c.Header.Title.Content == "" || c.Header.Title.Tag != "plain_text":
		return unparsed("header -> title"), ""
	case c.Body == nil || len(c.Body.Elements) == 0:
		return unparsed("body -> elements"), ""
	case len(c.Body.Elements) > maxElements:
		return refusal(11310, "element exceeds the limit", "elements"), ""
	}
	if !slices.Contains(colours, c.Header.Template) {
		return unparsed("header -> template"), ""
	}
	m.Title = cmp.Or(c.Config.Summary.Content, c.Header.Title.Content)
	words := c.Header.Title.Content + "\n"
	text := "### " + inbox.Literal(c.Header.Title.Content)
	for i, raw := range c.Body.Elements {
		e, v := parseElement(raw, fmt.Sprintf("body -> elements[%d]", i))
		if v.code != 0 {
			return v, ""
		}
		switch e.Tag {
		case "markdown":
			words += e.Content + "\n"
			text += "\n\n" + mentions(e.Content, "id=", m)
		case "div":
			words += e.Text.Content + "\n"
			text += "\n\n"
			if e.Text.Size == "notation" {
				text += inbox.SmallPrint
			}
			text += inbox.Literal(e.Text.Content)
		case "hr":
			text += "\n\n---"
		case "button":
			words += e.Text.Content + "\n"
			m.LinkText, m.Link = e.Text.Content, e.Behaviors[0].URL
		}
	}
	m.Text = text
	return verdict{}, words
}

func parseElement(raw json.RawMessage, path string) (element, verdict) {
	var names map[string]json.RawMessage
	var e element
	if json.Unmarshal(raw, &names) != nil || strictly(raw, &e) != nil {
		return e, unparsed("unknown property, path: " + path)
	}
	known, ok := kinds[e.Tag]
	if !ok {
		return e, refusal(200861, "cards of schema V2 no longer support this capability", "unsupported tag "+e.Tag+", path: "+path)
	}
	for name := range names {
		if !slices.Contains(known, name) {
			return e, unparsed("unknown property, property: " + name + ", path: " + path)
		}
	}
	ok = true
	switch e.Tag {
	case "markdown":
		ok = e.Content != ""
	case "div":
		ok = e.Text != nil && e.Text.Tag == "plain_text" && e.Text.Content != ""
	case "button":
		ok = e.Text != nil && e.Text.Tag == "plain_text" && e.Text.Size+e.Text.Colour == "" && len(e.Behaviors) == 1 && e.Behaviors[0].Type == "open_url" && webAddress(e.Behaviors[0].URL)
	}
	if !ok {
		return e, unparsed("path: " + path)
	}
	return e, verdict{}
}

func webAddress(raw string) bool {
	u, err := url.Parse(raw)
	return err == nil && u.Host != "" && (u.Scheme == "https" || u.Scheme == "http")
}

// strictly decodes one object without unknown properties.
func strictly(raw json.RawMessage, v any) error {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	return dec.Decode(v)
}
