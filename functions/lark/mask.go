package lark

import (
	"slices"
	"strings"

	"github.com/pai-notify/pai-notify/shared/message"
)

// masked returns m without what looks like a mail address or a phone number:
// an organisation's rules against leaks may refuse a message over one of them.
// A value that is the subject's id stays whatever it looks like.
func masked(m message.Message) message.Message {
	m.Title, m.Brief, m.Next = mask(m.Title), mask(m.Brief), mask(m.Next)
	m.Rule, m.About = mask(m.Rule), mask(m.About)
	m.Fields = slices.Clone(m.Fields)
	for i, f := range m.Fields {
		m.Fields[i].Label = mask(f.Label) // data of no known kind has names of its own
		if f.Value != m.Subject {
			m.Fields[i].Value = mask(f.Value)
		}
	}
	return m
}

func mask(s string) string {
	var b strings.Builder
	for s != "" {
		n := strings.IndexFunc(s, notAddress)
		if n < 0 {
			n = len(s)
		}
		b.WriteString(maskWord(s[:n]))
		s = s[n:]
		if n = strings.IndexFunc(s, isAddress); n < 0 {
			n = len(s)
		}
		b.WriteString(s[:n])
		s = s[n:]
	}
	return b.String()
}

func isAddress(c rune) bool  { return !notAddress(c) }
func notAddress(c rune) bool { return notID(c) && !strings.ContainsRune("@.+%", c) }

// maskWord hides a mail address as a whole and of a phone number all but its
// first digits. A number of seven digits may be a local phone; written with
// hyphens it needs ten, as a date has eight.
func maskWord(w string) string {
	const hidden = "****"
	if at := strings.IndexByte(w, '@'); at > 0 && strings.Contains(w[at:], ".") {
		return hidden
	}
	bare := strings.TrimRight(w, ".")
	digits := len(bare) - strings.Count(bare, "-") - strings.Count(bare, "+")
	if strings.Trim(bare, "+-0123456789") != "" || digits < 7 || (digits < 10 && strings.Contains(bare, "-")) {
		return w
	}
	return bare[:3] + hidden + w[len(bare):]
}
