package censor

import (
	"regexp"
	"strings"
	"unicode"
)

// prose decides what may be shown between the values of a document that is
// YAML: the signs of YAML, and comments as far as they are sentences. What was
// commented out, or says what a password was, is hidden.
type prose struct {
	*Censor
	anchors map[string]bool
	// goesOn tells that the comment of the line before named a secret that may
	// stand in this one.
	goesOn bool
}

// anchors are those of a text that something refers to. Others may be the
// beginning of a secret without quotes.
func anchors(text string) map[string]bool {
	used := map[string]bool{}
	for _, name := range anchor.FindAllStringSubmatch(text, -1) {
		used[name[1]] = true
	}
	shown := map[string]bool{}
	for name := range used {
		if other := map[byte]string{'&': "*", '*': "&"}[name[0]] + name[1:]; used[other] && !suspicious(name[1:], "") {
			shown[name] = true
		}
	}
	return shown
}

var anchor = regexp.MustCompile(`(?:^|[\s\[{,])([&*][\w-]+)`)

// gap hides in what stands between two values.
func (p *prose) gap(text string, base int) []Span {
	var spans []Span
	for line := range strings.Lines(text) {
		at := commentAt(line)
		spans = append(spans, p.lexed(line[:at], base, lexed{value: true, anchors: p.anchors})...)
		if at < len(line) {
			spans = append(spans, p.comment(line[at:], base+at)...)
		} else if strings.HasSuffix(line, "\n") {
			p.goesOn = false
		}
		base += len(line)
	}
	return spans
}

// commentAt is where the comment of a line between values begins, or its end.
func commentAt(line string) int {
	for i := range len(line) {
		if line[i] == '#' && (i == 0 || line[i-1] == ' ' || line[i-1] == '\t') {
			return i
		}
	}
	return len(line)
}

// block hides in a value of several lines, which means said, and in what stands
// after it.
func (p *prose) block(text string, base int, said string) []Span {
	var spans []Span
	for line := range strings.Lines(text) {
		if !strings.Contains(said, strings.TrimSpace(line)) {
			spans = append(spans, p.gap(line, base)...)
		}
		base += len(line)
	}
	return spans
}

// schemaLine is how editors are told of the schema.
var schemaLine = regexp.MustCompile(`^# yaml-language-server: \$schema=[a-z./:-]+\s*$`)

// comment hides in a comment, up to the end of the line.
func (p *prose) comment(text string, base int) []Span {
	if schemaLine.MatchString(text) {
		return nil
	}
	var spans []Span
	hide := func(from, to int) { spans = append(spans, Span{base + from, base + to, true}) }
	all := len(strings.TrimRight(text, " \t\r\n"))
	words := word.FindAllStringIndex(text[:all], -1)
	secret, value, first := p.goesOn, false, true
	p.goesOn = false
	for i, at := range words {
		w := text[at[0]:at[1]]
		bare := strings.Trim(w, marks)
		name, rest, assigns := assignment(w)
		if bare == "" {
			continue
		}
		begins := first
		first = false
		switch {
		case secret && assigns && p.key(name) && begins:
			// The next key of what was commented out.
			secret, value = secretive.MatchString(name), true
		case secret:
			hide(at[0], all)
			p.goesOn = begins
			return spans
		case assigns && rest == "":
			secret, value = secretive.MatchString(name), true
			if !wording(name) && !p.key(name) {
				hide(at[0], at[1])
			}
		case secretWord.MatchString(bare):
			secret = true
			if !ascii(bare) || !wording(bare) && !p.key(bare) {
				hide(at[0], all) // what is said of it may stand in the same word
				return spans
			}
		case p.harmless(bare), p.key(bare), date.MatchString(bare), structure.MatchString(w), p.anchors[w]:
		case value && i == len(words)-1, !wording(bare) && !address(bare):
			hide(at[0], at[1])
		default:
			value = value && i == len(words)-1
		}
	}
	p.goesOn = secret
	return spans
}

// word is what stands between blanks, and marks are what may stand around one.
var word = regexp.MustCompile(`[^\s\[\]{},]+`)

const marks = "#\"'`.,;:!?()[]{}<>|-–—*=。，；：！？（）【】《》「」、"

// assignment takes "key:", "key: value" and "key=value" apart.
func assignment(word string) (name, value string, ok bool) {
	at := strings.IndexAny(word, ":=：")
	if at <= 0 || strings.HasPrefix(word[at:], "://") {
		return "", "", false
	}
	return strings.Trim(word[:at], marks), strings.Trim(word[at:], marks), strings.Trim(word[:at], marks) != ""
}

// secretive are names of what is secret, misspelt ones among them, and
// secretWord the words that announce a secret without a colon.
var (
	secretive  = regexp.MustCompile(`(?i)pass|pas+w|psw|pwd|^pw$|secr|token|key$|credential|bearer|cookie|auth|signature|^pin$|密码|口令|密钥|令牌|パスワード|トークン|シークレット|キー$`)
	secretWord = regexp.MustCompile(`(?i)^pas+w\w*$|^passphrase$|^pwd$|^pw$|secret|token|key$|credential|^bearer$|^basic$|cookie|authorization|密码|口令|密钥|令牌|パスワード|トークン|シークレット`)
)

var date = regexp.MustCompile(`^([0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?|[0-9]{1,2}:[0-9]{2}|v?[0-9]{1,3}(\.[0-9]{1,3}){1,2})$`)

// wording tells that a text is of words of a language: no digits among the
// letters, and capitals as words have them.
func wording(word string) bool {
	for part := range strings.FieldsFuncSeq(word, func(r rune) bool {
		return strings.ContainsRune("/_'’+&.-–—，。、；：！？（）《》「」", r)
	}) {
		latin := 0
		for i, r := range []rune(part) {
			switch {
			case r > unicode.MaxLatin1 && (unicode.IsLetter(r) || unicode.IsMark(r)):
				latin = 0
				continue
			case !unicode.IsLetter(r), latin > mostLetters, latin > 0 && unicode.IsUpper(r) && !(latin < mostCapitals && unicode.IsUpper([]rune(part)[i-1])):
				return false
			}
			latin++
		}
	}
	return true
}

func ascii(word string) bool {
	return !strings.ContainsFunc(word, func(r rune) bool { return r > unicode.MaxASCII })
}

// Longer words, and words in capitals that are longer than names of things such
// as SMTP, may be keys.
const (
	mostLetters  = 20
	mostCapitals = 6
)

// address tells of an address that anybody may know: of a page without a query,
// or of a mailbox without digits.
func address(text string) bool {
	if mailbox.MatchString(text) {
		return true
	}
	scheme, rest, ok := strings.Cut(text, "://")
	return ok && wording(scheme) && wording(rest) && !strings.ContainsAny(rest, "@?#=&;") && !robotPath.MatchString(rest)
}

var (
	mailbox   = regexp.MustCompile(`^[\p{L}.-]+@[a-z-]+(\.[a-z]+)+$`)
	robotPath = regexp.MustCompile(`(?i)hook|robot|/send|/bot`)
)

// openKeys are those whose values look like secrets and are none.
var openKeys = map[string]bool{
	"created_by": true, "flows": true, "models": true, "origination_identity": true, "username": true,
	"template_code": true, "tts_code": true, "caller_id": true,
}

var (
	assigned = regexp.MustCompile(`(?i)(pas+w\w*|passphrase|pwd|secret|token|key|credentials?|authorization|pw|pin|密码|口令|密钥|令牌|パスワード|トークン|シークレット)["']?\s*(=|:|：|\bis\b|\bwas\b|是|为|は)\s*["']?([^\s"']+)|\b(bearer|basic)\s+([^\s"']+)`)
	random   = regexp.MustCompile(`[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|\b(AKIA|ASIA|LTAI|ghp_|gho_|xox[a-z]-|sk-|SEC|eyJ)[0-9A-Za-z_-]{10,}|-----BEGIN|[0-9A-Za-z+=]{20,}`)
	link     = regexp.MustCompile(`[A-Za-z][A-Za-z0-9+.-]*://[^\s"'<>]+`)
	userinfo = regexp.MustCompile(`://[^/\s]*@|[^\s:/@]+:[^\s:/@]+@`)
	longPath = regexp.MustCompile(`/[^/]*[0-9][^/]{7,}|/[^/]{20,}`)
)

// suspicious tells that a text which is no secret by its place holds what looks
// like one: an address with a login, a query or an unguessable path, a key by
// its form, or a word such as "password" with something after it that is one.
func suspicious(text, key string) bool {
	if userinfo.MatchString(text) {
		return true
	}
	for _, url := range link.FindAllString(text, -1) {
		_, path, _ := strings.Cut(url, "://")
		if strings.ContainsAny(url, "?=") || robotPath.MatchString(path) || longPath.MatchString(path) {
			return true
		}
	}
	for _, m := range assigned.FindAllStringSubmatch(text, -1) {
		if !IsReference(m[3] + m[5]) {
			return true
		}
	}
	announced := false
	for _, w := range strings.Fields(text) {
		bare := strings.Trim(w, marks)
		if announced && !wording(bare) && !date.MatchString(bare) && !number.MatchString(bare) && !IsReference(bare) {
			return true
		}
		announced = announced || secretWord.MatchString(bare)
	}
	if openKeys[key] {
		return false
	}
	for _, run := range random.FindAllString(text, -1) {
		if strings.ContainsAny(run, "0123456789") && strings.ContainsFunc(run, unicode.IsLetter) || strings.HasPrefix(run, "-") {
			return true
		}
	}
	return false
}
