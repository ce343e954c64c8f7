package slack

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/pai-notify/pai-notify/shared/message"
)

// The bytes of a text, and bounds of its parts before the escape, which makes at
// most five of one: so that none crowds out the others.
const (
	maxText  = 40_000
	maxTitle = 800
	maxLabel = 60
	maxValue = 1000
	maxMore  = 16 // of "… +" and a number
)

type request struct {
	Text string `json:"text"`
	// Markdown is off: then only the escaped characters have a meaning.
	Markdown bool `json:"mrkdwn"`
}

var escape = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace

// content writes title, facts, advice, link and rule, one below the other.
func content(m message.Message) string {
	head := message.Mark(m.Severity) + " " + plain(m.Title, maxTitle)
	tail := ""
	for _, line := range []string{plain(m.Next, maxValue), linked(m.Link, m.LinkText), plain(m.Origin(true), maxValue)} {
		if line != "" {
			tail += "\n" + line
		}
	}
	lines, missing, _ := message.Fit(len(m.Fields), maxText-len(head)-len(tail), maxMore, maxValue, func(i, limit int, whole bool) (string, int) {
		f := m.Fields[i]
		line := "\n" + plain(f.Label, maxLabel) + message.Colon(m.Language) + plain(f.Value, limit)
		if link := linked(f.Link, message.OpenText(m.Language)); link != "" && whole {
			line += " " + link
		}
		return line, len(line)
	})
	if missing > 0 {
		lines = append(lines, fmt.Sprintf("\n… +%d", missing))
	}
	return head + strings.Join(lines, "") + tail
}

// plain returns a text from an event as one line that stays text.
func plain(s string, limit int) string { return escape(message.Clip(message.OneLine(s), limit)) }

// linked returns words that lead to a page, or "" without one.
func linked(link, words string) string {
	if link = message.Address(link, maxValue); link == "" {
		return ""
	}
	return "<" + escape(link) + "|" + cmp.Or(plain(words, maxLabel), "PAI") + ">"
}
