package inbox

import (
	"bytes"
	"html/template"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// chatHTML renders a chat message. The library leaves raw HTML and script
// addresses out, so its result is safe to show.
func chatHTML(source string) template.HTML {
	var b bytes.Buffer
	if goldmark.Convert([]byte(source), &b) != nil {
		return template.HTML(template.HTMLEscapeString(source)) //nolint:gosec // escaped
	}
	return template.HTML(small.Replace(b.String())) //nolint:gosec // see above
}

// SmallPrint begins a line that a platform shows small and grey.
const SmallPrint = "###### "

// small writes headings of the deepest level, which chats show as small print, as
// that: a page has no such headings. Other text has its brackets escaped.
var small = strings.NewReplacer("<h6>", `<p class="small">`, "</h6>", "</p>")

// Plain returns a message as text for a terminal: what stands in the chat,
// links with their address, whom it reminds, and why it was refused.
func (m Message) Plain() string {
	var b strings.Builder
	if m.Text == "" {
		b.WriteString(printable(m.Title) + "\n")
		b.WriteString(m.Mail.plain())
	} else {
		b.WriteString(plainMarkdown(m.Text))
	}
	if m.Link != "" {
		b.WriteString("[" + printable(m.LinkText) + "] " + printable(m.Link) + "\n")
	}
	if len(m.Mentions) > 0 {
		b.WriteString("reminds: " + printable(strings.Join(m.Mentions, ", ")) + "\n")
	}
	if m.Signature != "" && m.Text == "" {
		b.WriteString("signature: " + m.Signature + "\n")
	}
	if m.Repeated {
		b.WriteString("sent before\n")
	}
	if !m.Accepted {
		b.WriteString("refused: " + printable(m.Reason) + "\n")
	}
	return b.String()
}

// plainMarkdown writes what the blocks of a markdown text say, a line each.
func plainMarkdown(markdown string) string {
	source := []byte(markdown)
	var b strings.Builder
	prefix := ""
	_ = ast.Walk(goldmark.DefaultParser().Parse(text.NewReader(source)), func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		switch n := n.(type) {
		case *ast.Blockquote:
			prefix = map[bool]string{true: "> "}[entering]
		case *ast.ListItem:
			if entering {
				prefix = "- "
			}
		case *ast.Text:
			if entering {
				b.WriteString(prefix + printable(string(util.ResolveNumericReferences(util.UnescapePunctuations(n.Value(source))))))
				prefix = ""
				switch {
				case n.HardLineBreak():
					b.WriteByte('\n')
				case n.SoftLineBreak():
					b.WriteByte(' ')
				}
			}
		case *ast.Link:
			if !entering {
				b.WriteString(" <" + printable(string(n.Destination)) + ">")
			}
		}
		if n.Type() == ast.TypeBlock && !entering && n.ChildCount() > 0 && n.FirstChild().Type() == ast.TypeInline {
			b.WriteByte('\n')
		}
		return ast.WalkContinue, nil
	})
	return b.String()
}

// FirstLine is what a list of chats shows of a text in markdown.
func FirstLine(markdown string) string {
	line, _, _ := strings.Cut(plainMarkdown(markdown), "\n")
	return strings.TrimSpace(line)
}

// printable keeps a text from steering the terminal it is shown on.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || (r >= 0x80 && r < 0xa0) {
			return ' '
		}
		return r
	}, s)
}

// Literal returns a plain text as markdown that shows it.
func Literal(s string) string {
	var b strings.Builder
	for _, c := range s {
		switch {
		case c == '\n':
			b.WriteString("\n\n")
			continue
		case strings.ContainsRune("\\`*_[]<>~!#&|+-=.():", c):
			b.WriteByte('\\')
		}
		b.WriteRune(c)
	}
	return b.String()
}
