package lark

import (
	"cmp"
	"html"
	"slices"
	"strings"

	"github.com/pai-notify/pai-notify/shared/message"
)

// postContent is a post in one language. Readers of another one see it too.
type postContent struct {
	Post struct {
		Chinese *post `json:"zh_cn,omitempty"`
		English *post `json:"en_us,omitempty"`
	} `json:"post"`
}

type post struct {
	Title   string   `json:"title"`
	Content [][]span `json:"content"`
}

// span is a piece of a paragraph: a text, a link or a mention.
type span struct {
	Tag  string `json:"tag"`
	Text string `json:"text,omitempty"`
	Link string `json:"href,omitempty"`
	User string `json:"user_id,omitempty"`
}

type textContent struct {
	Text string `json:"text"`
}

// holds tells whether Lark finds the keyword: in parameters such as text and
// title, and not in href (documentation of custom bots). A card has these under
// other names; of what it shows, the markdown is left out of account.
func (r request) holds(keyword string) bool {
	has := func(s string) bool { return strings.Contains(s, keyword) }
	switch c := r.Content.(type) {
	case textContent:
		return has(c.Text)
	case postContent:
		p := cmp.Or(c.Post.Chinese, c.Post.English)
		return has(p.Title) || slices.ContainsFunc(p.Content, func(paragraph []span) bool {
			return slices.ContainsFunc(paragraph, func(s span) bool { return has(s.Text) })
		})
	}
	return r.Card != nil && slices.ContainsFunc(r.Card.texts(), has)
}

func (d draft) post(lines []line) postContent {
	p := &post{Title: plain(d.heading()), Content: [][]span{}}
	paragraph := func(spans ...span) { p.Content = append(p.Content, spans) }
	for _, l := range lines {
		if l.link == "" {
			paragraph(span{Tag: "text", Text: l.text})
			continue
		}
		paragraph(span{Tag: "text", Text: l.text + " "}, span{Tag: "a", Text: message.OpenText(d.message.Language), Link: l.link})
	}
	if next := d.next(); next != "" {
		paragraph(span{Tag: "text", Text: plain(next)})
	}
	if link := d.link(); link != "" {
		paragraph(span{Tag: "a", Text: plain(d.linkText()), Link: link})
	}
	if mentions := d.Mention.inPost(); mentions != nil {
		paragraph(mentions...)
	}
	if d.insists && d.Keyword != "" {
		paragraph(span{Tag: "text", Text: d.Keyword})
	}
	if origin := d.origin(); origin != "" {
		paragraph(span{Tag: "text", Text: plain(origin)})
	}
	if len(p.Content) == 0 {
		paragraph(span{Tag: "text", Text: plain(d.heading())}) // a post needs a content
	}
	var c postContent
	if d.message.Language == message.Chinese {
		c.Post.Chinese = p
	} else {
		// Custom bots document no key for Japanese.
		c.Post.English = p
	}
	return c
}

func (d draft) text(lines []line) textContent {
	all := make([]string, 0, len(lines)+6)
	all = append(all, plain(d.heading()))
	for _, l := range lines {
		all = append(all, l.text)
	}
	if next := d.next(); next != "" {
		all = append(all, plain(next))
	}
	if link := d.link(); link != "" {
		all = append(all, plain(d.linkText())+message.Colon(d.message.Language)+link)
	}
	if mentions := d.Mention.inText(d.message.Language); mentions != "" {
		all = append(all, mentions)
	}
	if d.insists && d.Keyword != "" {
		all = append(all, d.Keyword)
	}
	if origin := d.origin(); origin != "" {
		all = append(all, plain(origin))
	}
	return textContent{strings.Join(all, "\n")}
}

// plain keeps a text from an event a text in posts and texts, for which no
// escape is documented: tags lose their bracket to one that looks alike, links
// of markdown their join, and entities, which a client may read before the rest,
// their sign.
func plain(s string) string {
	if strings.Contains(s, "&") && html.UnescapeString(s) != s {
		s = strings.ReplaceAll(s, "&", "＆")
	}
	return strings.ReplaceAll(strings.ReplaceAll(s, "<", "＜"), "](", "] (")
}
