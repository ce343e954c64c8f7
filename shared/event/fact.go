package event

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Fact is a piece of an event that a rule chose to show: a field of the
// catalogue by its key, or a path of the rule's own.
type Fact struct {
	// Key is that of a field that messages know, such as "reason"; empty where
	// Path is set.
	Key string
	// Path leads to a value inside data, as that of a [Field].
	Path string
	// Label is what the value is called; empty for what the field is always
	// called, or for the path itself.
	Label Label
}

// Label is a name in each language. One that is empty is not said, and another
// one stands for it.
type Label struct {
	EN string `json:"en,omitempty"`
	ZH string `json:"zh,omitempty"`
	JA string `json:"ja,omitempty"`
}

// MaxPath is the most characters of a path that a document names.
const MaxPath = 200

var errPath = errors.New("a path is names inside the event's data joined by dots, such as JobSpecs.*.Image, where a number is the place in a list and * all of it")

// MaxStars is how many "*" a path has at most: what is looked at grows with each.
const MaxStars = 4

// CheckPath refuses a path that can lead nowhere: one that begins with "*",
// because the data of an event is no list, and one with a name that is empty, has
// blanks around it or holds a bracket, a "*" or a character that is not printed,
// or that begins with a "$" as those of other notations do; and one with more "*"
// than [MaxStars].
func CheckPath(path string) error {
	if utf8.RuneCountInString(path) > MaxPath {
		return fmt.Errorf("a path has at most %d characters", MaxPath)
	}
	stars := 0
	for i, name := range strings.Split(path, ".") {
		if name == "*" && i > 0 {
			if stars++; stars > MaxStars {
				return fmt.Errorf("a path has at most %d \"*\"", MaxStars)
			}
			continue
		}
		blank := func(r rune) bool { return unicode.Is(unicode.Z, r) || unicode.IsControl(r) }
		strange := func(r rune) bool {
			return strings.ContainsRune("*[]", r) || unicode.IsControl(r) || unicode.In(r, unicode.Zl, unicode.Zp)
		}
		if name == "" || name[0] == '$' || strings.TrimFunc(name, blank) != name || strings.ContainsFunc(name, strange) {
			return errPath
		}
	}
	return nil
}

// factObject is a fact that is more than a key.
type factObject struct {
	Key   string `json:"key,omitempty"`
	Path  string `json:"path,omitempty"`
	Label Label  `json:"label,omitzero"`
}

// MarshalJSON writes a fact as its key where that says all of it.
func (f Fact) MarshalJSON() ([]byte, error) {
	if f.Path == "" && f.Label == (Label{}) {
		return plainly(f.Key), nil
	}
	return plainly(factObject(f)), nil
}

// UnmarshalJSON reads a fact from its key alone or from an object.
func (f *Fact) UnmarshalJSON(text []byte) (err error) {
	*f, err = readFact(text)
	return err
}

// UnmarshalJSON reads a label from one text for every language or from an object.
func (l *Label) UnmarshalJSON(text []byte) (err error) {
	*l, err = readLabel(text)
	return err
}

var errFact = errors.New(`event: a field to show is a key such as "reason", or an object with a key or a path and perhaps a label`)

// readFacts reads a list of facts, whose text must be valid JSON.
func readFacts(text json.RawMessage) (facts []Fact, err error) {
	switch {
	case len(text) == 0 || text[0] == 'n':
		return nil, nil
	case text[0] != '[':
		return nil, errFact
	}
	for element := range elements(text) {
		f, err := readFact(element)
		if err != nil {
			return nil, err
		}
		facts = append(facts, f)
	}
	return facts, nil
}

func readFact(text json.RawMessage) (f Fact, err error) {
	switch text[0] {
	case '"':
		return Fact{Key: Unquote(text)}, nil
	case '{':
	default:
		return f, errFact
	}
	for name, value := range Each(text) {
		switch name {
		case "key":
			f.Key, err = readText(value)
		case "path":
			f.Path, err = readText(value)
		case "label":
			f.Label, err = readLabel(value)
		}
		if err != nil {
			return f, err
		}
	}
	return f, nil
}

func readLabel(text json.RawMessage) (l Label, err error) {
	switch text[0] {
	case '"':
		all := Unquote(text)
		return Label{all, all, all}, nil
	case '{':
	default:
		return l, errFact
	}
	for name, value := range Each(text) {
		switch name {
		case "en":
			l.EN, err = readText(value)
		case "zh":
			l.ZH, err = readText(value)
		case "ja":
			l.JA, err = readText(value)
		}
		if err != nil {
			return l, err
		}
	}
	return l, nil
}

func readText(text json.RawMessage) (string, error) {
	if text[0] != '"' {
		return "", errFact
	}
	return Unquote(text), nil
}

// MarshalJSON writes a label as one text where it is the same in every language.
func (l Label) MarshalJSON() ([]byte, error) {
	if l.EN == l.ZH && l.EN == l.JA {
		return plainly(l.EN), nil
	}
	type plain Label
	return plainly(plain(l)), nil
}
