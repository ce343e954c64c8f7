package message

import (
	"strings"
	"unicode/utf8"
)

// Bounds in characters of the line that names the rule: it stands under every
// message and must not be more than a line or two on a phone. A name that is not
// followed by a description may be as long as one: a digest names several rules.
const (
	maxRuleName  = 48
	maxRuleAbout = 120
)

// Origin is the last line of a message, which tells its readers what to mute: the
// name of the rule that asked for it and, when described, what the rule is for.
// It is "" for a message that no rule asked for.
func (m Message) Origin(described bool) string {
	name, about := OneLine(m.Rule), OneLine(m.About)
	switch {
	case !described:
		return ClipCharacters(name, maxRuleName)
	case name == "" || about == "":
		return ClipCharacters(name, maxRuleAbout)
	}
	return ClipCharacters(name, maxRuleName) + " · " + ClipCharacters(about, maxRuleAbout)
}

// RuleLabel is what the rule is called where it has a label.
func RuleLabel(l Language) string { return ruleLabel.In(l) }

var ruleLabel = Text{"Rule", "规则", "ルール"}

// Preview is the line that a list of chats or a lock screen shows of a message,
// in at most limit bytes: its title and, where there is room for its beginning,
// what a reader decides by. Where the title is cut nothing follows it.
func (m Message) Preview(limit int) string {
	const between, worth = " · ", 24
	title, brief := Clip(OneLine(m.Title), limit), OneLine(m.Brief)
	room := limit - len(title) - len(between)
	if brief == "" || room < min(worth, len(brief)) {
		return title
	}
	return title + between + Clip(brief, room)
}

// ClipCharacters is [Clip] for a limit that counts characters (code points).
func ClipCharacters(s string, limit int) string {
	if len(s) <= limit || utf8.RuneCountInString(s) <= limit {
		return s
	}
	end := 0
	for range limit - 1 {
		_, size := utf8.DecodeRuneInString(s[end:])
		end += size
	}
	// What remains may be shorter than the mark of the cut, which takes the
	// place of one character in three bytes.
	return Clip(s+strings.Repeat(" ", len(ellipsis)), end+len(ellipsis))
}
