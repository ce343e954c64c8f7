package message

import "strings"

// Language is a language that messages come in.
type Language string

// The languages.
const (
	English  Language = "en"
	Chinese  Language = "zh"
	Japanese Language = "ja"
)

// Languages lists them.
func Languages() []Language { return []Language{English, Chinese, Japanese} }

// ParseLanguage returns the language that a tag such as "zh", "zh-CN" or
// "ja_JP.UTF-8" names, and whether it is one that messages come in. Only the
// language itself is looked at: there is one Chinese.
func ParseLanguage(tag string) (Language, bool) {
	name := strings.TrimSpace(tag)
	if i := strings.IndexAny(name, "-_."); i >= 0 {
		name = name[:i]
	}
	for _, l := range Languages() {
		if strings.EqualFold(name, string(l)) {
			return l, true
		}
	}
	return "", false
}

// Text is a short text in every language.
type Text struct{ EN, ZH, JA string }

// In returns the text in l, in English for a language that is not known.
func (t Text) In(l Language) string {
	switch l {
	case Chinese:
		return t.ZH
	case Japanese:
		return t.JA
	}
	return t.EN
}
