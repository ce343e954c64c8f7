package deliver

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/rule"
)

// Classifier finds the catalogue entries that an event belongs to. An event
// type is an event pattern, so classifying an event is matching it. It is safe
// for concurrent use.
type Classifier struct {
	catalogue *event.Catalogue
	sources   []entry
	types     []entry
}

// entry is one pattern of the catalogue, compiled on first use: a function that
// starts for one event of a known type needs none of them.
type entry struct {
	name    string
	text    json.RawMessage
	compile func() (*rule.Pattern, error)
}

func newEntry(kind, name string, pattern json.RawMessage) entry {
	return entry{name, pattern, sync.OnceValues(func() (*rule.Pattern, error) {
		p, err := rule.Compile(rule.Alibaba, pattern)
		if err != nil {
			return nil, fmt.Errorf("deliver: catalogue: %s %q: %w", kind, name, err)
		}
		return p, nil
	})}
}

func newClassifier(c *event.Catalogue) *Classifier {
	classifier := &Classifier{catalogue: c}
	for _, s := range c.Sources {
		classifier.sources = append(classifier.sources, newEntry("source", s.Name, s.Pattern))
	}
	for _, t := range c.Types {
		classifier.types = append(classifier.types, newEntry("event type", t.Name, t.Pattern))
	}
	return classifier
}

// NewClassifier returns a classifier for a catalogue. It fails at the first entry
// that is not a valid event pattern, and names it.
func NewClassifier(c *event.Catalogue) (*Classifier, error) {
	classifier := newClassifier(c)
	for _, list := range [][]entry{classifier.sources, classifier.types} {
		for _, e := range list {
			if _, err := e.compile(); err != nil {
				return nil, err
			}
		}
	}
	return classifier, nil
}

// Classify returns the source and the type of e: the first entry that matches, or
// the zero value when none does.
func (c *Classifier) Classify(e event.Event) (event.Source, event.Type) {
	if i := first(c.types, e); i >= 0 {
		t := c.catalogue.Types[i]
		source, _ := c.catalogue.Source(t.Source())
		return source, t
	}
	if i := first(c.sources, e); i >= 0 {
		return c.catalogue.Sources[i], event.Type{}
	}
	return event.Source{}, event.Type{}
}

// recovers reports whether events of a type tell that something which failed runs or
// has succeeded.
func (c *Classifier) recovers(typ string) bool {
	return slices.ContainsFunc(c.catalogue.Types, func(t event.Type) bool { return slices.Contains(t.RecoveredBy, typ) })
}

// first returns the index of the first entry that e matches, or -1.
func first(entries []entry, e event.Event) int {
	literal := literalOf(e.Type())
	for i, entry := range entries {
		if asksExactly(entry.text, e) {
			return i
		}
		if asksForOtherTypes(entry.text, literal) {
			continue
		}
		p, err := entry.compile()
		if err != nil {
			continue // NewClassifier has reported it
		}
		// The event has been parsed, so matching it cannot fail.
		if ok, _ := p.Match(e.JSON()); ok {
			return i
		}
	}
	return -1
}

// asksExactly reports, from a pattern's text alone, whether it asks for the source
// and the type of e and nothing else, in the form of the built-in catalogue. Such
// a pattern need not be compiled to see that e matches it.
func asksExactly(pattern []byte, e event.Event) bool {
	if strings.ContainsAny(e.Source(), `"\`) || strings.ContainsAny(e.Type(), `"\`) {
		return false // it would have to be written otherwise
	}
	for _, part := range [...]string{`{"source": ["`, e.Source(), `"], "type": ["`, e.Type(), `"]}`} {
		if len(pattern) < len(part) || string(pattern[:len(part)]) != part {
			return false
		}
		pattern = pattern[len(part):]
	}
	return len(pattern) == 0
}

// literalOf returns an event type as a pattern writes it; nil if it could be
// written in several ways.
func literalOf(typ string) []byte {
	if strings.ContainsFunc(typ, func(r rune) bool { return r < ' ' || r >= utf8.RuneSelf || strings.ContainsRune(`"\<>&`, r) }) {
		return nil
	}
	return []byte(`"` + typ + `"`)
}

// asksForOtherTypes reports, from a pattern's text alone, whether it names event
// types and this one is not among them. The built-in catalogue's entries need not
// be compiled to see that. False means that the pattern must be matched.
func asksForOtherTypes(pattern, literal []byte) bool {
	if literal == nil || bytes.Contains(pattern, []byte(`"data"`)) {
		return false // "type" may be a member of the data, and one name have two spellings
	}
	_, types, ok := bytes.Cut(pattern, []byte(`"type": [`))
	if !ok {
		return false
	}
	types, _, ok = bytes.Cut(types, []byte("]"))
	return ok && !bytes.ContainsAny(types, `{\`) && !bytes.Contains(types, literal)
}

var builtinClassifier = sync.OnceValue(func() *Classifier {
	return newClassifier(event.Builtin())
})

// classifierFor returns the classifier of the built-in catalogue with changes.
func classifierFor(changes event.Catalogue) (*Classifier, error) {
	if changes.Sources == nil && changes.Types == nil {
		return builtinClassifier(), nil
	}
	c, err := event.Builtin().With(changes)
	if err != nil {
		return nil, err
	}
	return NewClassifier(c)
}
