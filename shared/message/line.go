package message

import (
	"strings"
	"unicode"

	"github.com/pai-notify/pai-notify/shared/event"
)

// OneLine joins the lines of s by spaces and drops what cannot be seen but can
// reorder or break a text. Joiners stay: emoji need them.
func OneLine(s string) string {
	if strings.ContainsFunc(s, notPrinted) {
		s = strings.Map(func(c rune) rune {
			switch {
			case unicode.IsSpace(c):
				return ' '
			case unicode.IsControl(c), unicode.Is(unicode.Cf, c) && c != '\u200c' && c != '\u200d':
				return -1
			}
			return c
		}, strings.ToValidUTF8(s, "\uFFFD"))
	}
	return strings.TrimSpace(s)
}

// printed tells of the spaces, letters, digits and signs of ASCII and of Chinese
// and Japanese characters, which most texts are made of, without the tables of
// Unicode.
func printed(c rune) bool { return ' ' <= c && c <= '~' || 0x3041 <= c && c <= 0x9FFF }

func notPrinted(c rune) bool { return !printed(c) }

// Mark shows a severity where a text cannot be coloured.
func Mark(s event.Severity) string {
	switch s {
	case event.Critical:
		return "🔴"
	case event.Warning:
		return "🟠"
	case event.Success:
		return "🟢"
	case event.Info:
	}
	return "🔵"
}
