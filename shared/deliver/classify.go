package deliver

import (
	"fmt"
	"sync"

	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/rule"
)

// Classifier finds the catalogue entries that an event belongs to. An event
// type is an event pattern, so classifying an event is matching it.
type Classifier struct {
	catalogue *event.Catalogue
	sources   *rule.Set
	types     *rule.Set
}

// NewClassifier compiles the catalogue's patterns. It fails on the first that
// is not an event pattern, naming the entry.
func NewClassifier(c *event.Catalogue) (*Classifier, error) {
	sources := make([]*rule.Pattern, len(c.Sources))
	for i, s := range c.Sources {
		p, err := rule.Compile(rule.Alibaba, s.Pattern)
		if err != nil {
			return nil, fmt.Errorf("deliver: catalogue: source %q: %w", s.Name, err)
		}
		sources[i] = p
	}
	types := make([]*rule.Pattern, len(c.Types))
	for i, t := range c.Types {
		p, err := rule.Compile(rule.Alibaba, t.Pattern)
		if err != nil {
			return nil, fmt.Errorf("deliver: catalogue: event type %q: %w", t.Name, err)
		}
		types[i] = p
	}
	return &Classifier{c, rule.NewSet(sources...), rule.NewSet(types...)}, nil
}

// Classify returns the source and the type of e, each the zero value when the
// catalogue has none that matches, and the first that does when several do.
func (c *Classifier) Classify(e event.Event) (event.Source, event.Type) {
	var source event.Source
	var typ event.Type
	// The event has been parsed, so matching it cannot fail.
	if found, _ := c.types.Match(e.JSON(), nil); len(found) > 0 {
		typ = c.catalogue.Types[found[0]]
		source, _ = c.catalogue.Source(typ.Source())
		return source, typ
	}
	if found, _ := c.sources.Match(e.JSON(), nil); len(found) > 0 {
		source = c.catalogue.Sources[found[0]]
	}
	return source, typ
}

var builtinClassifier = sync.OnceValues(func() (*Classifier, error) {
	return NewClassifier(event.Builtin())
})

// classifierFor returns the classifier of the builtin catalogue with changes.
func classifierFor(changes event.Catalogue) (*Classifier, error) {
	if changes.Sources == nil && changes.Types == nil {
		return builtinClassifier()
	}
	c, err := event.Builtin().With(changes)
	if err != nil {
		return nil, err
	}
	return NewClassifier(c)
}
