package edit

import (
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// places finds the pieces in the text.
func (s *scanner) places() ([]Piece, error) {
	pieces := make([]Piece, 0, len(s.found))
	for _, f := range s.found {
		if f.node.Value == "" && f.node.Style == 0 {
			continue // no value at all
		}
		from, ok := s.begin(f.node)
		if !ok || len(pieces) > 0 && from < pieces[len(pieces)-1].To {
			return nil, errScan
		}
		to, exact := end(s.text, from, f.node)
		if !exact {
			to = from + 1
		}
		pieces = append(pieces, Piece{from, to, f.node.Value, f.key, f.isKey, f.known, exact})
	}
	for i := range pieces {
		if pieces[i].Exact {
			continue
		}
		pieces[i].To = len(s.text)
		if i+1 < len(pieces) {
			pieces[i].To = pieces[i+1].From
		}
	}
	return pieces, nil
}

// begin is where a value begins, after its tag and its anchor.
func (s *scanner) begin(n *yaml.Node) (int, bool) {
	if n.Line < 1 || n.Line > len(s.lines) {
		return 0, false
	}
	if n.Line != s.line || n.Column < s.column {
		s.line, s.column, s.at = n.Line, 1, s.lines[n.Line-1]
	}
	for ; s.column < n.Column; s.column++ {
		_, size := utf8.DecodeRuneInString(s.text[s.at:])
		s.at += size
	}
	at := s.at
	if n.Anchor != "" || n.Style&yaml.TaggedStyle != 0 {
		for at < len(s.text) && (s.text[at] == '!' || s.text[at] == '&') {
			word := strings.IndexAny(s.text[at:], " \t\r\n")
			if word < 0 {
				return 0, false
			}
			at = len(s.text) - len(strings.TrimLeft(s.text[at+word:], " \t\r\n"))
		}
	}
	return at, at < len(s.text)
}

// end is where a value that begins at from ends; false when that is unknown.
func end(text string, from int, n *yaml.Node) (int, bool) {
	switch {
	case n.Style&yaml.DoubleQuotedStyle != 0:
		for i := from + 1; i < len(text) && text[from] == '"'; i++ {
			switch text[i] {
			case '\\':
				i++
			case '"':
				return i + 1, true
			}
		}
	case n.Style&yaml.SingleQuotedStyle != 0:
		for i := from + 1; i < len(text) && text[from] == '\''; i++ {
			if text[i] == '\'' {
				if !strings.HasPrefix(text[i+1:], "'") {
					return i + 1, true
				}
				i++
			}
		}
	case n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) == 0 && n.Value != "":
		return from + len(n.Value), strings.HasPrefix(text[from:], n.Value)
	}
	return 0, false
}
