package message

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

// Text is a short text in every language.
type Text struct{ EN, ZH, JA string }

// and returns the text with another sentence behind it.
func (t Text) and(more Text) Text {
	return Text{t.EN + " " + more.EN, t.ZH + more.ZH, t.JA + more.JA}
}

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
