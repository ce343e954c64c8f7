package console

import (
	"regexp"
	"strings"
)

// tokens are what stands for secrets in a text that is shown.
var tokens = regexp.MustCompile(pendingToken + `[A-Z0-9]+`)

// hide returns a document in which a token stands for each part that is not
// shown. Importing it keeps them.
func (c *censor) hide(text []byte) (string, covered) {
	what := c.look(string(text))
	return replaced(string(text), what.spans, c.put), what
}

// hideIn is hide of the document that was read. What there is to hide is found
// out once.
func (c *Console) hideIn(s *state) (string, covered) {
	s.looked.Do(func() { s.covered = c.censor.look(string(s.text)) })
	return replaced(string(s.text), s.covered.spans, c.censor.put), s.covered
}

// cover returns a value of a document that is no secret by its place, or a token
// when it looks like one all the same.
func (c *censor) cover(value, key string) string {
	if suspicious(value, key) {
		return c.put(value)
	}
	return value
}

// described is a description where nobody edits it.
func described(text string) string {
	if suspicious(text, "description") {
		return "<redacted>"
	}
	return text
}

// replaced returns a text with others in the place of its parts.
func replaced(text string, spans []span, with func(part string) string) string {
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

// reveal undoes hide, to check and to plan; false when a token is too old.
func (c *censor) reveal(text string) (string, bool) {
	known := true
	text = tokens.ReplaceAllStringFunc(text, func(token string) string {
		value, ok := c.get(token)
		known = known && ok
		return value
	})
	return text, known
}
