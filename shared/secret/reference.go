package secret

import (
	"errors"
	"slices"
	"strings"
)

// schemes are what a reference to a secret begins with, before its colon.
var schemes = []string{"env", "ssm", "secretsmanager", "kms"}

// What to write in the place of each. A value that only looks like a reference
// can always be given by one.
var (
	errMalformed   = errors.New(`looks like a reference and is not one: write env:NAME with nothing before or after it, where NAME has letters, digits and "_" and starts with no digit (on AWS also ssm:NAME or secretsmanager:NAME#KEY, on Alibaba Cloud kms:NAME#KEY)`)
	errPlaceholder = errors.New("holds a placeholder, such as ${NAME}, $NAME, {{ NAME }} or %NAME%, and these are not replaced: put the whole value into an environment variable of the function and write env:NAME; a secret that really reads so is given the same way")
	errInHeader    = errors.New("holds a reference in a place where none is read: write env:NAME alone or after one word and one blank, such as Bearer env:NAME; for anything else put the whole value into the variable")
	errInURL       = errors.New("holds a reference inside a URL, and none is read there: put the whole URL into an environment variable of the function and write env:NAME")
	errFile        = errors.New("begins with file:, and no target names a file: write env:NAME for a member of the file that PAI_NOTIFY_SECRETS of the function declares")
	errPlain       = errors.New("looks like a reference (env:NAME, ${NAME}, $NAME, {{ NAME }} or %NAME%), and this is taken as it stands: write the value itself; only secrets, URLs of receivers and headers can be references")
)

// CheckPlain tells what is wrong with a text that is taken as it stands: that
// it looks like a reference. The error does not show the text.
func CheckPlain(text string) error {
	if malformed(text) || placeholder(text, identifier) || holdsPlaceholder(text) || holdsReference(text) {
		return errPlain
	}
	return nil
}

// Check tells what is wrong with a secret as it is written: that it looks like a
// reference and is not one that [Secret.Reveal] reads. In a header, a word may
// stand before the reference.
//
// A password may hold any character, so that only a whole value that has the
// form of a placeholder is refused; URLs and headers may not hold one at all.
// In the middle of these a name counts in capitals only, as variables are
// written: "$filter" and "env:prod" are words of some services.
func (s Secret) Check(header bool) error {
	text := string(s)
	word, scheme, name := s.split()
	isURL := strings.Contains(text, "://")
	_, rest := afterWord(text)
	switch {
	case scheme == "env" && Reserved(name):
		return ErrReserved
	case scheme != "" && (word == "" || header):
		return nil
	case scheme != "", malformed(text):
		return errMalformed
	case placeholder(text, upper), (header || isURL) && holdsPlaceholder(text),
		header && (placeholder(text, identifier) || placeholder(rest, identifier)):
		return errPlaceholder
	case strings.HasPrefix(text, "file:"), header && strings.HasPrefix(rest, "file:"):
		return errFile
	case header && (malformed(rest) || holdsReference(text)):
		return errInHeader
	case isURL && holdsReference(text):
		return errInURL
	}
	return nil
}

// split takes a secret apart that is a reference, or a word such as "Bearer", a
// blank and a reference; the scheme is "" when it is neither.
func (s Secret) split() (word, scheme, name string) {
	text := string(s)
	if before, after := afterWord(text); before != "" {
		word, text = before, after
	}
	scheme, name, ok := strings.Cut(text, ":")
	switch {
	case !ok || !slices.Contains(schemes, scheme):
		return "", "", ""
	case scheme == "env" && !identifier(name), scheme != "env" && !storeReference(scheme, name):
		return "", "", ""
	}
	return word, scheme, name
}

// afterWord returns a word that a text begins with, such as "Bearer", and what
// follows the blank after it; nothing when the text begins otherwise.
func afterWord(text string) (word, rest string) {
	word, rest, ok := strings.Cut(text, " ")
	if !ok || word == "" || strings.TrimFunc(word, inWord) != "" {
		return "", ""
	}
	return word, rest
}

// malformed tells of a whole value that somebody meant as a reference: a scheme
// in other letters, with blanks, quotes or brackets around it, without a name or
// with one that cannot be, or the ARN of a secret without the scheme.
func malformed(text string) bool {
	text = strings.ToLower(strings.TrimLeft(text, " \t\r\n\"'`<([{$%\u3000\ufeff"))
	if strings.HasPrefix(text, "arn:aws") && (strings.Contains(text, ":secretsmanager:") || strings.Contains(text, ":ssm:")) {
		return true
	}
	for _, scheme := range schemes {
		if rest, ok := strings.CutPrefix(text, scheme); ok && colon(rest) > 0 {
			return true
		}
	}
	return false
}

// colon returns how long a text's beginning is that is blanks and a colon, the
// full-width one of Chinese keyboards included; 0 when it does not begin so.
func colon(text string) int {
	rest := strings.TrimLeft(text, " \t")
	for _, c := range []string{":", "："} {
		if strings.HasPrefix(rest, c) {
			return len(text) - len(rest) + len(c)
		}
	}
	return 0
}

// placeholder tells of a whole value that has the form of another language's
// reference; named tells which names count after a $ or between two %.
func placeholder(text string, named func(string) bool) bool {
	text = strings.TrimSpace(text)
	for _, pair := range [][2]string{{"${{", "}}"}, {"${", "}"}, {"$(", ")"}, {"{{", "}}"}} {
		inner, opens := strings.CutPrefix(text, pair[0])
		inner, closes := strings.CutSuffix(inner, pair[1])
		if opens && closes && strings.TrimFunc(inner, inPlaceholder) == "" {
			return true
		}
	}
	if name, ok := strings.CutPrefix(text, "$"); ok && named(name) {
		return true
	}
	name, opens := strings.CutPrefix(text, "%")
	name, closes := strings.CutSuffix(name, "%")
	return opens && closes && named(name)
}

// holdsPlaceholder tells of a placeholder anywhere in a text.
func holdsPlaceholder(text string) bool {
	for _, pair := range [][2]string{{"${", "}"}, {"$(", ")"}, {"{{", "}}"}} {
		if _, rest, ok := strings.Cut(text, pair[0]); ok && strings.Contains(rest, pair[1]) {
			return true
		}
	}
	for i := range len(text) {
		if (text[i] != '$' && text[i] != '%') || i > 0 && inWord(rune(text[i-1])) {
			continue
		}
		name := leadingIdentifier(text[i+1:])
		percent := text[i] == '%'
		closed := strings.HasPrefix(text[i+1+len(name):], "%") && !escape(name)
		if upper(name) && (!percent || closed) {
			return true
		}
	}
	return false
}

// holdsReference tells of a scheme, a colon and the beginning of a name in
// capitals, or of a path, as a word of its own anywhere in a text.
func holdsReference(text string) bool {
	for i := range text {
		if i > 0 && inWord(rune(text[i-1])) {
			continue
		}
		for _, scheme := range schemes {
			if len(text) < i+len(scheme) || !strings.EqualFold(text[i:i+len(scheme)], scheme) {
				continue
			}
			rest := text[i+len(scheme):]
			n := colon(rest)
			rest = strings.TrimLeft(rest[n:], " \t")
			if n > 0 && (upper(leadingIdentifier(rest)) || scheme != "env" && strings.HasPrefix(rest, "/")) {
				return true
			}
		}
	}
	return false
}

func letter(c rune) bool { return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' }
func digit(c rune) bool  { return '0' <= c && c <= '9' }

// inWord are the characters of a word that may stand before a reference.
func inWord(c rune) bool { return letter(c) || digit(c) || c == '-' || c == '_' }

// inPlaceholder are those of the names, defaults and calls inside brackets.
func inPlaceholder(c rune) bool { return inWord(c) || strings.ContainsRune(" .:?'\"()/|", c) }

// leadingIdentifier returns the name of a variable that a text begins with.
func leadingIdentifier(text string) string {
	end := strings.IndexFunc(text, func(c rune) bool { return !letter(c) && !digit(c) && c != '_' })
	if end < 0 {
		end = len(text)
	}
	if end == 0 || digit(rune(text[0])) {
		return ""
	}
	return text[:end]
}

func identifier(text string) bool { return text != "" && leadingIdentifier(text) == text }

// upper tells of the name of a variable that it is written as such names are.
func upper(name string) bool { return identifier(name) && strings.ToUpper(name) == name }

// escape tells that what follows a % begins as an escape in a URL does.
func escape(text string) bool {
	return len(text) >= 2 && strings.Trim(text[:2], "0123456789abcdefABCDEF") == ""
}

// storeReference tells whether a scheme may be followed by that: a name and, of
// stores whose secrets may be JSON, a member after a "#".
func storeReference(scheme, text string) bool {
	name, key, keyed := strings.Cut(text, "#")
	return storeName(name) && (!keyed || scheme != "ssm" && storeName(key))
}

// storeName tells whether a parameter or secret may be called so: by a name, a
// path, a version after a colon, or an ARN.
func storeName(text string) bool {
	return text != "" && strings.TrimFunc(text, func(c rune) bool { return inWord(c) || strings.ContainsRune("/.:+=@", c) }) == ""
}
