package standin

import (
	"cmp"
	"html"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/pai-notify/pai-notify/shared/inbox"
)

// fill writes what a person would see into m, and whom the robot reminds: the
// lists of a text message and, in text and markdown, <@userid>.
func (n note) fill(m *inbox.Message) {
	remind := func(who string) {
		if who = strings.TrimPrefix(who, "@"); who != "" && !slices.Contains(m.Mentions, who) {
			m.Mentions = append(m.Mentions, who)
		}
	}
	switch n.Type {
	case "text":
		m.Text = common(n.Text.Content, false, remind)
		m.Title = inbox.FirstLine(m.Text)
		for _, who := range slices.Concat(n.Text.Users, n.Text.Mobiles) {
			remind(who)
		}
	case "markdown":
		m.Text = common(n.Markdown.Content, true, remind)
		m.Title = inbox.FirstLine(m.Text)
	case "template_card":
		m.Title, m.Text, m.Link = n.Card.Main.Title, n.Card.text(), n.Card.Action.URL
		for _, j := range n.Card.Jumps {
			m.LinkText = cmp.Or(m.LinkText, j.Title)
		}
	}
}

// text writes a card from top to bottom.
func (c card) text() string {
	plain := func(s string) string { return common(s, false, func(string) {}) }
	blocks := []string{plain(c.Source.Text), "### " + plain(c.Main.Title), plain(c.Main.Text)}
	if c.Quote.Text != "" {
		blocks = append(blocks, "> "+plain(c.Quote.Text))
	}
	blocks = append(blocks, plain(c.Text))
	var fields []string
	for _, f := range c.Fields {
		fields = append(fields, "**"+plain(f.Label)+":** "+plain(f.Value))
	}
	blocks = append(blocks, strings.Join(fields, "\\\n"))
	return strings.Join(slices.DeleteFunc(blocks, func(s string) bool { return s == "" || s == "### " }), "\n\n")
}

// common translates what a robot sends into common markdown. Of that,
// WeCom's own knows headings, quotations, bold, links and code, colours, and
// <@userid>; its text only the last. All else stands for itself, and a line
// break is one.
func common(content string, rich bool, remind func(string)) string {
	const apart = "an empty line" // which no block continues
	var b strings.Builder
	former := ""
	for line := range strings.SplitSeq(content, "\n") {
		line = strings.TrimSpace(line)
		prefix := ""
		if rich {
			if mark := block.FindString(line); mark != "" {
				line = line[len(mark):]
				prefix = strings.TrimSpace(mark) + " "
			} else if strings.HasPrefix(line, `<font color="comment">`) {
				prefix = inbox.SmallPrint
			}
		}
		text := inlined(line, rich, remind)
		switch {
		case text == "":
			former = apart
			continue
		case b.Len() > 0 && former == prefix && (prefix == "" || prefix == "> "):
			b.WriteString("\\\n")
		case b.Len() > 0:
			b.WriteString("\n\n")
		}
		b.WriteString(prefix + text)
		former = prefix
	}
	return b.String()
}

var (
	block   = regexp.MustCompile(`^(#{1,6} +|> ?)`)
	mention = regexp.MustCompile(`^<@([^<>\s]+)>`)
	font    = regexp.MustCompile(`^</?font\b[^<>]*>`)
	inline  = regexp.MustCompile("^(\\*\\*|`[^`]+`|\\[[^\\[\\]]+\\]\\([^()\\s]+\\))")
	list    = regexp.MustCompile(`^([-+=]|[0-9]+[.)])`)
)

func inlined(line string, rich bool, remind func(string)) string {
	var b strings.Builder
	literally := func(s string) { b.WriteString(literal(s, b.String())) }
	if mark := list.FindString(line); mark != "" {
		b.WriteString(mark[:len(mark)-1] + "\\" + mark[len(mark)-1:])
		line = line[len(mark):]
	}
	for line != "" {
		if tag := mention.FindStringSubmatch(line); tag != nil {
			remind(tag[1])
			literally("@" + tag[1])
			line = line[len(tag[0]):]
			continue
		}
		known := ""
		if rich {
			if tag := font.FindString(line); tag != "" {
				line = line[len(tag):]
				continue
			}
			known = inline.FindString(line)
		}
		if known != "" {
			b.WriteString(known)
			line = line[len(known):]
			continue
		}
		end := 1
		if next := strings.IndexAny(line[1:], "<[*`"); next >= 0 {
			end += next
		} else {
			end = len(line)
		}
		literally(line[:end])
		line = line[end:]
	}
	return b.String()
}

// literal keeps common markdown from reading anything into s, which follows
// on before. Underscores inside a word and plain ampersands mean nothing.
func literal(s, before string) string {
	special := "\\`*[]<>~|"
	if html.UnescapeString(s) != s {
		special += "&"
	}
	var b strings.Builder
	runes := []rune(s)
	former := []rune(before)
	for i, c := range runes {
		left, right := ' ', ' '
		if i > 0 {
			left = runes[i-1]
		} else if len(former) > 0 {
			left = former[len(former)-1]
		}
		if i+1 < len(runes) {
			right = runes[i+1]
		}
		loose := c == '_' && !(inWord(left) && inWord(right))
		picture := c == '!' && i == len(runes)-1 // a link may follow
		if loose || picture || strings.ContainsRune(special, c) || c == '#' && before == "" && i == 0 {
			b.WriteByte('\\')
		}
		b.WriteRune(c)
	}
	return b.String()
}

func inWord(c rune) bool { return unicode.IsLetter(c) || unicode.IsDigit(c) }
