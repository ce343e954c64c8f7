package document

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/pai-notify/pai-notify/shared/event"
)

// Format is what a text or number must be like, beyond its kind.
type Format struct {
	// Pattern is a regular expression, for editors; empty for none. The parser
	// has a check of its own for each, because the package regexp would cost
	// every function its initialisation, and a test holds the two together.
	Pattern string
	// MaxLength is the most characters of a text, not bytes; 0 for any.
	MaxLength int
	// Minimum and Maximum bound a number when Maximum is not 0.
	Minimum, Maximum int
	// MaxItems is the most entries of a list; 0 for any.
	MaxItems int
	// Wants completes "must be …".
	Wants string

	// matches tells whether a text is as Pattern says; nil for any.
	matches func(text string) bool
}

// segment is a name in a path.
const segment = `[^.*$\[\]\p{Z}\p{Cc}]([^.*\[\]\p{Zl}\p{Zp}\p{Cc}]*[^.*\[\]\p{Z}\p{Cc}])?`

var formats = map[string]*Format{
	// A bus name has at most 127 characters, "pai-system-" among them, starts
	// with a letter or digit and goes on with letters, digits and '-' (Alibaba
	// Cloud EventBridge, Limits). PAI also lets '_' into workspace names.
	"workspace": {
		Pattern: `^[A-Za-z0-9][A-Za-z0-9_-]*$`, MaxLength: 127 - len("pai-system-"),
		Wants:   "letters, digits, '-' and '_', starting with a letter or digit",
		matches: func(text string) bool { return word(text, alphanumeric, "-_") },
	},
	// It stands within the mark at the end of a rule's description on the bus.
	"owner": {
		Pattern: `^[A-Za-z0-9][A-Za-z0-9._-]*$`, MaxLength: 64,
		Wants:   "letters, digits, '-', '_' and '.', starting with a letter or digit",
		matches: func(text string) bool { return word(text, alphanumeric, "-_.") },
	},
	// A rule name has at most 64 characters of [.\-_A-Za-z0-9] on AWS; on
	// Alibaba Cloud letters, digits and '-' after a letter or digit. 16
	// characters are left for the suffix of sibling rules, and since a name
	// here never holds "--", a suffix that starts with it cannot collide.
	"rule": {
		Pattern: `^[A-Za-z0-9]+(-[A-Za-z0-9]+)*$`, MaxLength: 48,
		Wants:   "letters and digits with single '-' between them",
		matches: hyphenated,
	},
	// It may become the rule's name on the bus, with a suffix; see "rule".
	"rule id": {
		Pattern: `^[A-Za-z0-9][A-Za-z0-9._-]*$`, MaxLength: 48,
		Wants:   "letters, digits, '-', '_' and '.', starting with a letter or digit",
		matches: func(text string) bool { return word(text, alphanumeric, "-_.") },
	},
	// The description of a rule has at most 255 characters on Alibaba Cloud
	// and 512 on AWS; some are left for a mark of ownership.
	"description": {MaxLength: 200, Wants: "a short text"},
	"name": {
		Pattern: `^[\p{L}\p{N}][\p{L}\p{N}._-]*$`, MaxLength: 64,
		Wants:   "letters and digits of any script, '-', '_' and '.', starting with a letter or digit",
		matches: func(text string) bool { return word(text, letterOrNumber, "-_.") },
	},
	// E.164 has at most 15 digits; mobile numbers of mainland China have 11.
	"phone": {
		Pattern: `^(\+[1-9][0-9]{6,14}|1[3-9][0-9]{9})$`,
		Wants:   `"+", the country code and the number without blanks, such as "+8613800138000", or the 11 digits of a mainland number`,
		matches: phone,
	},
	"email": {
		Pattern: `^[^@\s<>]+@[^@\s<>]+$`, MaxLength: 254,
		Wants:   "an address such as alice@example.com",
		matches: email,
	},
	"id": {
		Pattern: `^\S(.*\S)?$`, MaxLength: 128, Wants: "an id on one line without blanks around it, which would match nothing",
		matches: func(text string) bool {
			return text != "" && strings.Trim(text, blanks) == text && !strings.Contains(text, "\n")
		},
	},
	// What a lock screen shows of a title, and what somebody reads of a message.
	"title":  {MaxItems: 4},
	"fields": {MaxItems: 20},
	"path": {
		Pattern: `^` + segment + `(\.` + segment + `)*(\.\*(\.` + segment + `)*){0,` + strconv.Itoa(event.MaxStars) + `}$`, MaxLength: event.MaxPath,
		Wants:   "names inside the event's data joined by dots, such as JobSpecs.*.Image, where a number is the place in a list and * all of it",
		matches: func(text string) bool { return event.CheckPath(text) == nil },
	},
	// It stands in front of a value, on a phone too.
	"label": {
		Pattern: `^[^\p{Z}\p{Cc}]([^\p{Zl}\p{Zp}\p{Cc}]*[^\p{Z}\p{Cc}])?$`, MaxLength: 60,
		Wants:   "a label on one line, without blanks around it",
		matches: line,
	},
	"quota": {Minimum: 1, Maximum: 100, Wants: "a number from 1 to 100: 5 is the default and 100 the most PAI grants"},
}

// Accepts tells whether a text has the format. A nil format accepts all.
func (f *Format) Accepts(text string) bool {
	if f == nil {
		return true
	}
	if f.MaxLength > 0 && utf8.RuneCountInString(text) > f.MaxLength {
		return false
	}
	return f.matches == nil || f.matches(text)
}

// AcceptsInt tells whether a number has the format. A nil format accepts all.
func (f *Format) AcceptsInt(n int64) bool {
	return f == nil || f.Maximum == 0 || (n >= int64(f.Minimum) && n <= int64(f.Maximum))
}
