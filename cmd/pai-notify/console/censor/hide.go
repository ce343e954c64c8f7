package censor

import (
	"regexp"
	"strings"
)

// tokens are what stands for secrets in a text that is shown.
var tokens = regexp.MustCompile(PendingToken + `[A-Z0-9]+`)

// IsToken tells whether a text is a token and nothing else.
func IsToken(text string) bool { return text != "" && tokens.FindString(text) == text }

// Hide returns a document in which a token stands for each part that is not
// shown. Importing it keeps them.
func (c *Censor) Hide(text []byte) (string, Covered) {
	what := c.Look(string(text))
	return Replace(string(text), what.Spans, c.Keep), what
}

// Rehide is Hide of a text that somebody edits in its hidden form: tokens in it stay
// what they are, also those of before a restart, which nobody can undo.
func (c *Censor) Rehide(text []byte) string {
	return Replace(string(text), c.Look(string(text)).Spans, func(part string) string {
		var made strings.Builder
		at := 0
		for _, token := range append(tokens.FindAllStringIndex(part, -1), []int{len(part), len(part)}) {
			if open := part[at:token[0]]; strings.TrimSpace(open) != "" {
				made.WriteString(c.Keep(open))
			} else {
				made.WriteString(open)
			}
			made.WriteString(part[token[0]:token[1]])
			at = token[1]
		}
		return made.String()
	})
}

// Cover returns a value of a document that is no secret by its place, or a token
// when it looks like one all the same.
func (c *Censor) Cover(value, key string) string {
	if suspicious(value, key) {
		return c.Keep(value)
	}
	return value
}

// Redacted is a description where nobody edits it.
func Redacted(text string) string {
	if suspicious(text, "description") {
		return "<redacted>"
	}
	return text
}

// Replace returns a text with others in the place of its parts.
func Replace(text string, spans []Span, with func(part string) string) string {
	var out strings.Builder
	at := 0
	for _, s := range spans {
		out.WriteString(text[at:s.from])
		out.WriteString(with(text[s.from:s.to]))
		at = s.to
	}
	out.WriteString(text[at:])
	return out.String()
}

// Reveal undoes hide, to check and to plan; false when a token is too old. Such a token
// stays where it is.
func (c *Censor) Reveal(text string) (string, bool) {
	known := true
	text = tokens.ReplaceAllStringFunc(text, func(token string) string {
		value, ok := c.Kept(token)
		if known = known && ok; !ok {
			return token
		}
		return value
	})
	return text, known
}
