package document

import (
	"strings"
	"unicode"
)

// blanks is what \s means in a pattern.
const blanks = "\t\n\f\r "

func digit(r rune) bool { return '0' <= r && r <= '9' }

func alphanumeric(r rune) bool {
	return digit(r) || ('a' <= r && r <= 'z') || ('A' <= r && r <= 'Z')
}

func letterOrNumber(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) }

// word tells whether a text starts with one of the characters in the set and
// goes on with these and the others.
func word(text string, in func(rune) bool, others string) bool {
	for i, r := range text {
		if !in(r) && (i == 0 || !strings.ContainsRune(others, r)) {
			return false
		}
	}
	return text != ""
}

// hyphenated tells whether a text is words of letters and digits, joined by
// single hyphens.
func hyphenated(text string) bool {
	for part := range strings.SplitSeq(text, "-") {
		if !word(part, alphanumeric, "") {
			return false
		}
	}
	return true
}

// phone tells whether a text is an E.164 number with its plus sign, or a
// mobile number of mainland China.
func phone(text string) bool {
	number, international := strings.CutPrefix(text, "+")
	if !word(number, digit, "") {
		return false
	}
	if international {
		return number[0] != '0' && 7 <= len(number) && len(number) <= 15
	}
	return len(number) == 11 && number[0] == '1' && number[1] >= '3'
}

// email tells whether a text has the outline of an address: something on both
// sides of one "@".
func email(text string) bool {
	name, domain, ok := strings.Cut(text, "@")
	return ok && name != "" && domain != "" && !strings.ContainsAny(name+domain, "@<>"+blanks)
}

// line tells whether a text is one line of visible text without blanks around it.
func line(text string) bool {
	return text != "" && strings.TrimFunc(text, blankOrControl) == text && !strings.ContainsFunc(text, breaking)
}

func blankOrControl(r rune) bool { return unicode.Is(unicode.Z, r) || unicode.IsControl(r) }

// breaking tells of a character that ends a line or controls something.
func breaking(r rune) bool {
	return unicode.Is(unicode.Zl, r) || unicode.Is(unicode.Zp, r) || unicode.IsControl(r)
}

// wait tells whether a text is a time of whole hours, minutes and seconds.
func wait(text string) bool {
	digits := 0
	for _, r := range text {
		switch {
		case digit(r) && digits < 5:
			digits++
		case strings.ContainsRune("hms", r) && digits > 0:
			digits = 0
		default:
			return false
		}
	}
	return text != "" && digits == 0
}
