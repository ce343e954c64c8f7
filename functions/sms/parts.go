package sms

import (
	"strings"
	"unicode/utf8"

	"github.com/pai-notify/pai-notify/shared/message"
)

// A text is sent in parts, each of which is paid for. One alone has more room than
// each of several, which carry how they belong together. A single character outside
// the GSM 7-bit alphabet makes the whole text UCS-2. The numbers are those of GSM
// 03.38 and 03.40.
const (
	gsmAlone, gsmEach = 160, 153
	ucsAlone, ucsEach = 70, 67
)

// alphabet is what the characters of a text are sent in.
type alphabet bool

const (
	ucs alphabet = false
	gsm alphabet = true
)

// alphabetOf returns the one that has all characters of a text.
func alphabetOf(text string) alphabet {
	if strings.ContainsFunc(text, func(r rune) bool { return gsm.places(r) == 0 }) {
		return ucs
	}
	return gsm
}

// The characters of GSM's alphabet that are not on most keyboards, and those that
// take two places in it.
const (
	gsmOther = "£¥èéùìòÇØøÅåΔΦΓΛΩΠΨΣΘΞÆæßÉ¤¡ÄÖÑÜ§¿äöñüà"
	gsmTwice = `^{}\[~]|€`
)

// places is how many a character takes; none where the alphabet lacks it.
func (a alphabet) places(r rune) int {
	switch {
	case a == ucs && r > 0xFFFF:
		return 2
	case a == ucs, ' ' <= r && r <= 'Z', 'a' <= r && r <= 'z', r == '\n', r == '_', strings.ContainsRune(gsmOther, r):
		return 1
	case strings.ContainsRune(gsmTwice, r):
		return 2
	}
	return 0
}

func (a alphabet) size(text string) int {
	n := 0
	for _, r := range text {
		n += a.places(r)
	}
	return n
}

// room is how many places so many parts have.
func (a alphabet) room(parts int) int {
	alone, each := ucsAlone, ucsEach
	if a == gsm {
		alone, each = gsmAlone, gsmEach
	}
	if parts == 1 {
		return alone
	}
	return (each - 1) * parts // a character of two places is not split
}

// fits tells of a text that it can be sent in so many parts.
func fits(text string, parts int) bool {
	a := alphabetOf(text)
	return a.size(text) <= a.room(parts)
}

// cut returns the beginning of a text that takes so many places at most.
func (a alphabet) cut(text string, most int) string {
	if a.size(text) <= most {
		return text
	}
	end, used := 0, a.size(a.write("…"))
	for i, r := range text {
		if used += a.places(r); used > most {
			break
		}
		end = i + utf8.RuneLen(r)
	}
	return a.write(message.Clip(text, min(end+len("…"), len(text)-1)))
}

// write puts signs of GSM's alphabet in the place of those that typesetting has for
// them.
func (a alphabet) write(text string) string {
	if a == gsm && alphabetOf(text) == ucs {
		return typeset.Replace(text)
	}
	return text
}

var typeset = strings.NewReplacer("…", "...", "‘", "'", "’", "'", "`", "'", "“", `"`, "”", `"`, "–", "-", "—", "-", "·", "-", "×", "x", "\u00a0", " ")
