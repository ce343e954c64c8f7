package lark

import (
	"html"
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

func (d draft) post(lines []string) postContent {
	p := &post{Title: d.heading(), Content: [][]span{}}
	paragraph := func(spans ...span) { p.Content = append(p.Content, spans) }
	for _, line := range lines {
		paragraph(span{Tag: "text", Text: line})
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
	if d.Keyword != "" {
		paragraph(span{Tag: "text", Text: d.Keyword})
	}
	if len(p.Content) == 0 {
		paragraph(span{Tag: "text", Text: d.heading()}) // a post needs a content
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

func (d draft) text(lines []string) textContent {
	all := append([]string{d.heading()}, lines...)
	if next := d.next(); next != "" {
		all = append(all, plain(next))
	}
	if link := d.link(); link != "" {
		all = append(all, plain(d.linkText())+": "+link)
	}
	if mentions := d.Mention.inText(d.message.Language); mentions != "" {
		all = append(all, mentions)
	}
	if d.Keyword != "" {
		all = append(all, d.Keyword)
	}
	return textContent{strings.Join(all, "\n")}
}

// heading is the title with the severity.
func (d draft) heading() string { return message.Mark(d.message.Severity) + " " + plain(d.title()) }

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
