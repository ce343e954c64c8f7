package provision

import (
	"strings"
	"unicode/utf8"
)

const (
	markStart = "[pai-notify:"
	markEnd   = "]"
)

// marked returns a description with the mark of its owner at the end, within
// limit characters. The text gives way to the mark, which is what keeps a rule
// from being taken for somebody else's.
func marked(text, owner string, limit int) string {
	mark := markStart + owner + markEnd
	text = strings.TrimSpace(text)
	if text == "" {
		return mark
	}
	if room := limit - utf8.RuneCountInString(mark) - 1; limit > 0 && utf8.RuneCountInString(text) > room {
		if room < 2 {
			return mark
		}
		text = strings.TrimSpace(string([]rune(text)[:room-1])) + "…"
	}
	return text + " " + mark
}

// unmarked takes a description apart; the owner is "" when there is no mark.
func unmarked(description string) (text, owner string) {
	start := strings.LastIndex(description, markStart)
	if start < 0 || !strings.HasSuffix(description, markEnd) {
		return description, ""
	}
	owner = description[start+len(markStart) : len(description)-len(markEnd)]
	if owner == "" || strings.ContainsAny(owner, "[] ") {
		return description, ""
	}
	return strings.TrimSpace(description[:start]), owner
}
