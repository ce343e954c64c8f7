package form

import (
	"cmp"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/censor"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/frame"
	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/message"
)

// FactList is one of the two lists of facts that a rule may choose for its
// messages: those of the title, or the fields.
type FactList struct {
	// Name is the list's in the document and in the form.
	Name  string
	Facts []*Fact
	// Add is the field that is chosen to be added, and Offered are those that can
	// be.
	Add     string
	Offered []Choices
}

// Choices are some of what a form offers, under a title.
type Choices struct {
	Title   string
	Choices []frame.Choice
}

// Fact is one fact of a list as a form holds it.
type Fact struct {
	// Key is that of a field that messages know. A fact without one is a path of
	// the rule's own.
	Key, Path string
	// Label is what it is called in every language, and EN, ZH and JA where the
	// languages differ.
	Label, EN, ZH, JA string
	// ID is its name in the form, such as "fields.2", and Title what the form
	// calls it.
	ID, Title string
	// Value is what messages show of it, and Missing tells that this is nothing.
	Value   string
	Missing bool
	// Moves are the buttons that move it or take it out.
	Moves []Move
}

// Move is a button of a fact; an idle one leads nowhere.
type Move struct {
	Value, Sign string
	Idle        bool
}

// FactLabel is a label of a fact in one language; "" for all languages.
type FactLabel struct {
	Name     string
	Language message.Language
	Text     string
}

// Labels are the labels of a fact, that for all languages first.
func (f *Fact) Labels() []FactLabel {
	return []FactLabel{
		{"label", "", f.Label}, {"en", message.English, f.EN}, {"zh", message.Chinese, f.ZH}, {"ja", message.Japanese, f.JA},
	}
}

// Own tells of a path of the rule's own.
func (f *Fact) Own() bool { return f.Key == "" }

// Labelled tells whether it has a label of the rule's own.
func (f *Fact) Labelled() bool { return f.Label+f.EN+f.ZH+f.JA != "" }

// Fact returns it as a rule has it.
func (f *Fact) Fact() event.Fact {
	return event.Fact{Key: f.Key, Path: f.Path, Label: event.Label{
		EN: cmp.Or(f.EN, f.Label), ZH: cmp.Or(f.ZH, f.Label), JA: cmp.Or(f.JA, f.Label),
	}}
}

// loadFacts makes the form of a list of a rule.
func loadFacts(name string, facts []event.Fact) FactList {
	l := FactList{Name: name}
	for _, fact := range facts {
		made := &Fact{Key: fact.Key, Path: fact.Path}
		if of := fact.Label; of.EN == of.ZH && of.EN == of.JA {
			made.Label = of.EN
		} else {
			made.EN, made.ZH, made.JA = of.EN, of.ZH, of.JA
		}
		l.Facts = append(l.Facts, made)
	}
	return l
}

// readFacts makes the form of what was posted.
func readFacts(name string, form url.Values) FactList {
	l := FactList{Name: name, Add: form.Get(name + ".add")}
	for i := 0; form.Has(l.At(i) + ".key"); i++ {
		text := func(of string) string { return strings.TrimSpace(form.Get(l.At(i) + "." + of)) }
		l.Facts = append(l.Facts, &Fact{
			Key: text("key"), Path: text("path"), Label: text("label"), EN: text("en"), ZH: text("zh"), JA: text("ja"),
		})
	}
	return l
}

// At is the name of a position in the form.
func (l *FactList) At(i int) string { return l.Name + "." + strconv.Itoa(i) }

// facts returns the list as a rule has it.
func (l *FactList) facts() []event.Fact {
	var facts []event.Fact
	for _, f := range l.Facts {
		facts = append(facts, f.Fact())
	}
	return facts
}

// AddChosen puts the field that is chosen at the end.
func (l *FactList) AddChosen() {
	if l.Add != "" {
		l.Facts = append(l.Facts, &Fact{Key: l.Add})
		l.Add = ""
	}
}

// change does what a button of the list asks for at a position, and returns the
// part of the form where the keyboard goes on.
func (l *FactList) change(what string, at int) string {
	last := len(l.Facts) - 1
	switch {
	case what == "add":
		l.AddChosen()
		return l.Name + ".add"
	case what == "path":
		l.Facts = append(l.Facts, &Fact{})
		return l.At(last+1) + ".path"
	case at < 0 || at > last:
		return ""
	case what == "remove" && last == 0:
		l.Facts = nil
		return l.Name + ".add"
	case what == "remove":
		l.Facts = slices.Delete(l.Facts, at, at+1)
		at = min(at, last-1)
	case what == "up" && at > 0:
		l.Facts[at-1], l.Facts[at] = l.Facts[at], l.Facts[at-1]
		at--
	case what == "down" && at < last:
		l.Facts[at+1], l.Facts[at] = l.Facts[at], l.Facts[at+1]
		at++
	}
	return l.At(at) + "." + what
}

// Lists are the two lists of a form.
func (f *Rule) Lists() []*FactList { return []*FactList{&f.Title, &f.Shown} }

// ChangeFacts does what a button of a list asks for, such as "up" at "fields.2".
func (f *Rule) ChangeFacts(what, of string) {
	name, at, _ := strings.Cut(of, ".")
	for _, l := range f.Lists() {
		if l.Name == name {
			f.Focus = l.change(what, frame.Atoi(at, -1))
		}
	}
}

// KnownFact tells whether a list has a field of that name.
func (f *Rule) KnownFact(field string) bool {
	for _, l := range f.Lists() {
		for i := range l.Facts {
			if rest, ok := strings.CutPrefix(field, l.At(i)); ok && (rest == "" || rest == ".path" || rest == ".label") {
				return true
			}
		}
	}
	return false
}

// Prose are the texts of a form that are no secrets by their place.
func (f *Rule) Prose() []*string {
	texts := []*string{&f.Description}
	for _, l := range f.Lists() {
		for _, fact := range l.Facts {
			texts = append(texts, &fact.Path, &fact.Label, &fact.EN, &fact.ZH, &fact.JA)
		}
	}
	return texts
}

// Open tells that the lists are not folded away.
func (f *Rule) Open() bool {
	return f.Focus != "" || slices.ContainsFunc(f.Lists(), func(l *FactList) bool { return len(l.Facts) > 0 || l.Add != "" })
}

// Carried is what messages that are shown here have to know of the rule: without
// facts that are still empty, and without what may be a secret.
func (f *Rule) Carried() event.Rule {
	open := func(l FactList) []event.Fact {
		var facts []event.Fact
		for _, fact := range l.facts() {
			if fact.Label == (event.Label{}) && censor.Redacted(fact.Path) != fact.Path {
				fact.Label.EN = censor.Redacted(fact.Path)
			}
			fact.Label = event.Label{EN: censor.Redacted(fact.Label.EN), ZH: censor.Redacted(fact.Label.ZH), JA: censor.Redacted(fact.Label.JA)}
			if fact.Key+fact.Path != "" {
				facts = append(facts, fact)
			}
		}
		return facts
	}
	return event.Rule{Name: cmp.Or(f.Name, "rule"), Description: censor.Redacted(f.Description), Title: open(f.Title), Fields: open(f.Shown)}
}
