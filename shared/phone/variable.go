package phone

import (
	"cmp"
	"encoding/json"
	"strings"
	"time"
	"unicode"

	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/target"
)

// Limits of a template's variable: Alibaba documents 1 to 35 characters. The
// shorter one is for a value that was refused all the same.
const (
	maxVariable    = 35
	strictVariable = 20
	// From so many digits in a row on a number may be a phone's or an account's.
	maxDigits       = 6
	strictDigits    = 4
	maxVariables    = 20
	maxVariableName = 25
)

// Defaults returns the template variables that are filled when a rule names
// none, by what fills them. The name "id" is reserved by the platform.
func Defaults() map[string]string {
	return map[string]string{"event": "event", "name": "name", "job": "id", "status": "status"}
}

// CheckParams tells what is wrong with a rule's own template variables.
func CheckParams(key string, params map[string]string) error {
	if len(params) > maxVariables {
		return target.Invalid(key, "has %d variables; at most %d are possible", len(params), maxVariables)
	}
	for name, from := range params {
		if strings.EqualFold(name, "id") {
			return target.Invalid(key, "a template's variable must not be called id: the platform keeps that name for itself; call it job")
		}
		if name == "" || len(name) > maxVariableName || !letter(name[0]) || strings.ContainsFunc(name, notInName) {
			return target.Invalid(key, "%q is not the name of a variable: letters, digits and _, beginning with a letter, without ${}", name)
		}
		if from == "" || strings.ContainsFunc(from, notInName) {
			return target.Invalid(key, "%s: %q is not a field: write event, name, id, time, ran, rule, or a field's key such as status or reason", name, from)
		}
	}
	return nil
}

func letter(b byte) bool { return 'a' <= b|0x20 && b|0x20 <= 'z' }

func notInName(r rune) bool {
	return r > unicode.MaxASCII || !letter(byte(r)) && (r < '0' || r > '9') && r != '_'
}

// Form is what the values of variables are made for.
type Form int

// The forms.
const (
	// Written is for a text that is read.
	Written Form = iota
	// Strict is for a second try after values were refused.
	Strict
	// Spoken is for a text that a voice reads: see [Heard].
	Spoken
)

// The time that a voice has for the value of a variable. What happened is said to
// its end, which is where a status stands, and takes from the time of the name what
// both have together: a template of a few words and these two stays within
// [MostSpoken].
const (
	mostWhat = 5 * time.Second
	mostName = 4 * time.Second
	mostBoth = 7500 * time.Millisecond
)

// Params fills template variables and returns them as the JSON text that the
// platform takes; "" when there are none.
func Params(m message.Message, params map[string]string, form Form) string {
	if len(params) == 0 {
		return ""
	}
	filled := make(map[string]string, len(params))
	for name, from := range params {
		filled[name] = cmp.Or(variable(m, from, form), none.In(m.Language))
	}
	b, _ := json.Marshal(filled) // texts can always be written
	return string(b)
}

var none = message.Text{EN: "none", ZH: "无", JA: "なし"}

func variable(m message.Message, from string, form Form) string {
	if form == Spoken && from == "duration" {
		from = "ran"
	}
	v := value(m, from)
	identity := from == "id" || v != "" && v == m.Subject
	if !identity {
		of := ofMany
		if from == "restarts" {
			of = ofTimes
		}
		v = readable(v, of, m.Language)
	}
	if form == Spoken {
		v = heard(m, v, from)
	}
	return legal(v, form == Strict, identity && form == Written)
}

// heard is the value of a variable as a voice reads it.
func heard(m message.Message, v, from string) string {
	if from == "event" {
		return HeardEnd(v, m.Language, mostWhat)
	}
	if t, err := time.Parse(shortTime, v); err == nil {
		return saidTime(t, m.Language)
	}
	p := paceOf(m.Language)
	what := p.takes(HeardEnd(What(m), m.Language, mostWhat))
	return Heard(v, m.Language, min(mostName, mostBoth-what))
}

// value returns what a variable is filled with; "" for what the message has not.
func value(m message.Message, from string) string {
	switch from {
	case "event":
		return What(m)
	case "name":
		return Name(m)
	case "time":
		if !m.Time.IsZero() {
			return m.Time.Format(shortTime)
		}
	}
	if v := m.Value(from); v != "" {
		return v
	}
	switch from {
	case "id":
		return ID(m)
	case "rule":
		return m.Rule
	case "about":
		return m.About
	case "title":
		return m.Title
	case "ran":
		return message.InWords(m.Ran, m.Language)
	}
	return ""
}

// What returns what happened, without the name of what it happened to.
func What(m message.Message) string { return cmp.Or(m.What, m.Title) }

// ID returns the identity of what it happened to. Where the event has none but a
// resource name, such as acs:paidlc:cn-hangzhou:1:job/dlc1, it is that name's end.
func ID(m message.Message) string {
	return cmp.Or(m.Value("id"), m.Subject[strings.LastIndexAny(m.Subject, ":/")+1:])
}

// Name returns what it happened to. A message that is about no event, as a test,
// is known by its rule.
func Name(m message.Message) string {
	return cmp.Or(m.Name, m.Value("name"), m.Rule)
}

// legal makes a value one that a template's variable may have: letters,
// digits, spaces, hyphens and underscores, and times of day. What would make
// it a URL, an address or a domain is replaced, and long numbers, which could
// be somebody's, are masked, but not in the identity of what a message is about:
// without it nobody finds the job.
func legal(s string, strict, identity bool) string {
	limit, digits := maxVariable, maxDigits
	if strict {
		limit, digits = strictVariable, strictDigits
	}
	// What is cut off need not be looked at; masking and dropping only shorten,
	// and a value is at most a thousand bytes unless someone means harm.
	const looked = 4096
	if len(s) > looked {
		s = strings.ToValidUTF8(s[:looked], "")
	}
	out := make([]rune, 0, 64)
	in := []rune(s)
	for i, r := range in {
		switch {
		case plainLetter(r), '0' <= r && r <= '9', r == '-', r == '_', unicode.Is(unicode.M, r) && r <= 0xFFFF && len(out) > 0 && plainLetter(out[len(out)-1]):
		case r == ':' && clock(in, i):
		case r == '.' && len(out) > 0 && out[len(out)-1] != ' ' && i+1 < len(in) && !unicode.IsSpace(in[i+1]):
			r = '-'
		case unicode.Is(unicode.Cf, r) || r == 0xFFFD:
			continue
		default:
			r = ' '
		}
		if r == ' ' && (len(out) == 0 || out[len(out)-1] == ' ') {
			continue
		}
		out = append(out, r)
	}
	if !identity {
		mask(out, digits)
	}
	if len(out) > limit {
		out = out[:limit]
	}
	return strings.Trim(string(out), " -")
}

// plainLetter tells of a letter that a text message can hold as one character.
func plainLetter(r rune) bool { return r <= 0xFFFF && unicode.IsLetter(r) }

// clock tells of a colon that it stands in a time of day such as 03:12, and
// not in an address.
func clock(s []rune, i int) bool {
	start, end := i, i+1
	for start > 0 && timeRune(s[start-1]) {
		start--
	}
	for end < len(s) && timeRune(s[end]) {
		end++
	}
	if start > 0 && plainLetter(s[start-1]) || end < len(s) && plainLetter(s[end]) || end-start > len("15:04:05") {
		return false
	}
	parts := strings.Split(string(s[start:end]), ":")
	for _, p := range parts {
		if len(p) != 2 {
			return false
		}
	}
	return len(parts) <= 3
}

func timeRune(r rune) bool { return '0' <= r && r <= '9' || r == ':' }

// mask hides the middle of every number with more digits than most, hyphens,
// underscores and spaces within it not counted unless it is a date. A number
// that is a part of a word, as in an id, is nobody's.
func mask(s []rune, most int) {
	for i := 0; i < len(s); {
		if s[i] < '0' || s[i] > '9' {
			i++
			continue
		}
		start, count := i, 0
		for i < len(s) && (s[i] >= '0' && s[i] <= '9' || (s[i] == '-' || s[i] == ' ' || s[i] == '_') && i+1 < len(s) && s[i+1] >= '0' && s[i+1] <= '9') {
			if s[i] != '-' && s[i] != ' ' && s[i] != '_' {
				count++
			}
			i++
		}
		inWord := start > 0 && wordRune(s[start-1]) || i < len(s) && wordRune(s[i])
		if count <= most || inWord && count < 11 || date(s[start:i]) {
			continue
		}
		seen := 0
		for j := start; j < i; j++ {
			if s[j] == '-' || s[j] == ' ' || s[j] == '_' {
				continue
			}
			if seen++; seen > 2 && seen <= count-2 {
				s[j] = 'x'
			}
		}
	}
}

func wordRune(r rune) bool { return r == '_' || r < unicode.MaxASCII && letter(byte(r)) }

// date tells of digits that they are a date of this century, such as 20261120,
// or begin as one, as 2026-11-20 03 does.
func date(s []rune) bool {
	text := string(s)
	switch {
	case !strings.HasPrefix(text, "20"):
		return false
	case len(text) == len("20060102"):
		return !strings.ContainsAny(text, "- ")
	}
	return len(text) >= len("2006-01-02") && len(text) <= len("2006-01-02 15") && text[4] == '-' && text[7] == '-'
}
