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

// notPrinted tells of all that OneLine may have to change, and of some that it
// need not: texts are mostly ASCII or Chinese and Japanese characters.
func notPrinted(c rune) bool {
	return (c < ' ' || c > '~') && (c < 0x3041 || c > 0x9FFF)
}

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
