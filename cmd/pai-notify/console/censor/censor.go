// Package censor hides the secrets of a document from the browser: it replaces
// each by a token and puts the secret back when the token returns.
package censor

import (
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/target"
	"github.com/pai-notify/pai-notify/shared/workspace/edit"
)

// Censor decides what of a document's text may be shown. It shows what is known
// to be harmless and hides the rest: where the document is YAML, the values that
// the schema knows as no secrets, and prose in comments; elsewhere, as in a
// document that cannot be read, only words of the schema and references.
type Censor struct {
	specs []target.Spec
	words edit.Words
	// pending are the parts that are not shown, by their tokens.
	pending
}

// New makes a censor for documents with targets of these types.
func New(specs []target.Spec, now func() time.Time) *Censor {
	words, catalogue := edit.Vocabulary(specs...), event.Builtin()
	for _, source := range catalogue.Sources {
		words.Values[source.Name] = true
		for _, t := range catalogue.TypesOf(source.Name) {
			words.Values[t.What()] = true
		}
	}
	return &Censor{specs: specs, words: words, pending: pending{now: now}}
}

// Span is a part of a text that is not shown.
type Span struct {
	from, to int
	// comment tells that it stands in a comment, which means nothing to anybody
	// but people.
	Comment bool
}

// Covered is what of a text is not shown.
type Covered struct {
	// spans stand in order. None holds a line break, except in what is no text.
	Spans []Span
	// unread tells that the text could not be read as a document.
	Unread bool
}

// Look decides what of a text is not shown.
func (c *Censor) Look(text string) Covered {
	if !utf8.ValidString(text) || strings.ContainsFunc(text, control) {
		return Covered{[]Span{{to: len(text)}}, true}
	}
	spans, ok := []Span(nil), false
	if pieces, err := edit.Scan([]byte(text), c.specs...); err == nil {
		spans, ok = c.known(text, pieces)
	}
	if !ok {
		spans = c.lexed(text, 0, lexed{})
	}
	// What looks like a token and is none would be lost when tokens are undone.
	for _, at := range tokens.FindAllStringIndex(text, -1) {
		spans = append(spans, Span{from: at[0], to: at[1]})
	}
	return Covered{tidy(text, spans), !ok}
}

// control are characters that no document has.
func control(r rune) bool { return r < ' ' && r != '\n' && r != '\r' && r != '\t' }

// known hides in a document that is YAML, whose pieces these are; false when
// there are too many secrets to look for.
func (c *Censor) known(text string, pieces []edit.Piece) ([]Span, bool) {
	var spans []Span
	at, comments, looked := 0, prose{Censor: c, anchors: anchors(text)}, map[string]bool{}
	names := map[string]bool{} // that the document gives, such as in its catalogue
	for _, p := range pieces {
		if p.Key == "name" && p.Known {
			_, what, _ := strings.Cut(p.Text, ".")
			names[p.Text], names[what] = true, true
		}
	}
	for _, p := range pieces {
		spans = append(spans, comments.gap(text[at:p.From], at)...)
		at = p.To
		named := !limited[p.Key] || p.IsKey || names[p.Text] || c.harmless(p.Text) || wording(p.Text)
		open := p.Known && named && !suspicious(p.Text, p.Key) || IsReference(p.Text) || p.IsKey && c.key(p.Text)
		switch {
		case open && p.Exact:
		case open:
			spans = append(spans, comments.block(text[p.From:p.To], p.From, p.Text)...)
		case p.Exact && strings.ContainsAny(text[p.From:p.From+1], `"'`):
			spans = append(spans, Span{from: p.From + 1, to: p.To - 1})
		case p.Exact:
			spans = append(spans, Span{from: p.From, to: p.To})
		default:
			spans = append(spans, c.lexed(text[p.From:p.To], p.From, lexed{secret: true, value: true})...)
		}
		if !open && !c.harmless(p.Text) && !c.key(p.Text) && !looked[p.Text] {
			// It may stand somewhere else too, such as in a comment that says what
			// it was.
			looked[p.Text] = true
			if len(looked) > mostSought {
				return nil, false
			}
			spans = append(spans, occurrences(text, p.Text)...)
		}
	}
	return append(spans, comments.gap(text[at:], at)...), true
}

// limited are the keys whose values are names that stand elsewhere, in the
// schema or in the document. What is none may be anything.
var limited = map[string]bool{"type": true, "source": true, "events": true, "contacts": true, "title": true, "fields": true, "key": true}

// leastRepeated is how long a secret is to be looked for in all of the text, and
// mostSought how many are: of a text of the largest size that takes some
// hundredths of a second.
const (
	leastRepeated = 6
	mostSought    = 200
)

// occurrences are the places where a secret stands once more.
func occurrences(text, secret string) []Span {
	var spans []Span
	if secret = strings.TrimSpace(secret); len(secret) < leastRepeated {
		return nil
	}
	for at := 0; ; {
		i := strings.Index(text[at:], secret)
		if i < 0 {
			return spans
		}
		spans = append(spans, Span{from: at + i, to: at + i + len(secret)})
		at += i + len(secret)
	}
}

// number is one that is too short for a secret.
var number = regexp.MustCompile(`^[0-9]{1,3}$`)

// harmless tells that a word says nothing: one of the schema's, a short number
// or a reference.
func (c *Censor) harmless(word string) bool {
	return c.words.Values[word] || number.MatchString(word) || IsReference(word) || slices.Contains([]string{"true", "false", "null", "~"}, word)
}

// key tells whether a word is a key of the schema.
func (c *Censor) key(word string) bool { _, ok := c.words.Keys[word]; return ok }

// structure are the words that YAML itself has.
var structure = regexp.MustCompile(`^(-|:|\?|---|\.\.\.|[|>][-+0-9]{0,2}|!!(str|binary|map|seq|int|float|bool|null|set|omap|timestamp))$`)

// lexed is what is known where the words of a text are looked at one by one.
type lexed struct {
	// secret tells that what follows may be one, and value that the text has no
	// keys.
	secret, value bool
	// anchors are words that are shown besides.
	anchors map[string]bool
}

// lexed hides all words of a text, which begins at base, but those that are
// harmless.
func (c *Censor) lexed(text string, base int, l lexed) []Span {
	var spans []Span
	comment, before := false, false // whether it is one, and l.secret before it
	for i := 0; i < len(text); {
		if n := separator(text[i:]); n > 0 {
			switch {
			case text[i] == '#' && !comment:
				comment, before = true, l.secret
			case text[i] == '\n' && comment:
				comment, l.secret = false, before
			}
			i += n
			continue
		}
		word := text[i:]
		if end := strings.IndexFunc(word, separates); end >= 0 {
			word = word[:end]
		}
		end := i + len(word)
		name, colon := strings.CutSuffix(word, ":")
		isKey := !l.value && name != "" && (colon || keyed(text[end:]) || strings.HasSuffix(strings.TrimRight(text[:i], " \t\"'"), "?"))
		switch secret, known := c.words.Keys[name]; {
		case isKey && known:
			l.secret = secret
		case isKey:
			l.secret = true
			spans = append(spans, Span{from: base + i, to: base + i + len(name)})
		case structure.MatchString(word), l.anchors[word], IsReference(word), !l.secret && c.harmless(word):
		default:
			spans = append(spans, Span{from: base + i, to: base + end})
		}
		i = end
	}
	return joined(text, base, spans)
}

// separates are the characters between words.
func separates(r rune) bool { return strings.ContainsRune(" \t\r\n{}[],\"'\ufeff", r) }

// separator is the length of what separates words at the beginning of a text.
func separator(text string) int {
	if text[0] == '#' {
		return 1
	}
	if r, size := utf8.DecodeRuneInString(text); separates(r) {
		return size
	}
	return 0
}

// keyed tells that a colon follows, after the end of the quotes and blanks.
func keyed(rest string) bool {
	rest = strings.TrimPrefix(strings.TrimPrefix(rest, `"`), "'")
	rest, ok := strings.CutPrefix(strings.TrimLeft(rest, " \t"), ":")
	return ok && (rest == "" || separator(rest) > 0)
}

// joined makes one of the hidden words of a line between which nothing is that
// says anything, such as the words of a password.
func joined(text string, base int, spans []Span) []Span {
	var out []Span
	for _, s := range spans {
		if last := len(out) - 1; last >= 0 {
			between := text[out[last].to-base : s.from-base]
			if !strings.Contains(between, "\n") && strings.Trim(between, "{}[],\"'#-?|> \t:") == "" {
				out[last].to = s.to
				continue
			}
		}
		out = append(out, s)
	}
	return out
}

// tidy orders spans, joins those that touch, takes blanks and line breaks out of
// them, and lets none end inside of what would be read as part of its token.
func tidy(text string, spans []Span) []Span {
	slices.SortFunc(spans, func(a, b Span) int { return a.from - b.from })
	var out []Span
	for _, s := range spans {
		for s.to < len(text) && tokens.MatchString(PendingToken+text[s.to:s.to+1]) {
			s.to++
		}
		if last := len(out) - 1; last >= 0 && s.from <= out[last].to {
			out[last].to = max(out[last].to, s.to)
			out[last].Comment = out[last].Comment && s.Comment
			continue
		}
		out = append(out, s)
	}
	var lines []Span
	for _, s := range out {
		for s.from < s.to {
			end := s.to
			if at := strings.IndexByte(text[s.from:s.to], '\n'); at >= 0 {
				end = s.from + at
			}
			line := text[s.from:end]
			from := s.from + len(line) - len(strings.TrimLeft(line, " \t\r"))
			if to := from + len(strings.Trim(line, " \t\r")); to > from {
				lines = append(lines, Span{from, to, s.Comment})
			}
			s.from = end + 1
		}
	}
	return lines
}
