package workspace

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/rule"
)

// merge returns the built-in catalogue with the document's entries in it.
func (b *builder) merge() *event.Catalogue {
	c := event.Builtin()
	seen := map[string]bool{}
	put := func(path, name string, pattern json.RawMessage, entry event.Catalogue) {
		if b.failed(path) {
			return
		}
		if seen[name] {
			b.add(catalogueTwice, path+".name", "name", shown(name))
			return
		}
		seen[name] = true
		changed, err := c.With(entry)
		if err != nil {
			b.add(catalogueRefused, path, "reason", strings.TrimPrefix(err.Error(), "event: catalogue: "))
			return
		}
		if len(pattern) > 0 {
			if _, err := compile(pattern); err != nil {
				b.add(catalogueRefused, path+".pattern", "reason", err.Error())
				return
			}
		}
		c = changed
	}
	for i, s := range b.document.Catalogue.Sources {
		b.paths(s, fmt.Sprintf("catalogue.sources[%d]", i))
		put(fmt.Sprintf("catalogue.sources[%d]", i), s.Name, s.Pattern, event.Catalogue{Sources: []event.Source{s}})
	}
	for i, t := range b.document.Catalogue.Types {
		put(fmt.Sprintf("catalogue.types[%d]", i), t.Name, t.Pattern, event.Catalogue{Types: []event.Type{t}})
	}
	for i, t := range b.document.Catalogue.Types {
		for j, name := range t.RecoveredBy {
			if r, ok := c.Type(name); name != "" && (!ok || r.Source() != t.Source()) {
				var known []string
				for _, o := range c.TypesOf(t.Source()) {
					known = append(known, o.Name)
				}
				b.add(typeUnknown, fmt.Sprintf("catalogue.types[%d].recovered_by[%d]", i, j), "name", shown(name), "source", shown(t.Source()), "hint", suggestOrAdd(name, known, "catalogue.types"))
			}
		}
	}
	return c
}

// paths checks the paths of a source.
func (b *builder) paths(s event.Source, at string) {
	check := func(key, path string, compared bool) {
		switch err := event.CheckPath(path); {
		case path == "":
		case err != nil:
			b.add(catalogueRefused, at+"."+key, "reason", err.Error())
		case compared && strings.Contains(path, "*"):
			b.add(scopePath, at+"."+key)
		}
	}
	check("id", s.ID, false)
	check("title", s.Title, false)
	check("workspace", s.Workspace, false)
	check("created_by", s.CreatedBy, true)
	check("flow", s.Flow, true)
	check("model", s.Model, true)
	for i, f := range s.Fields {
		check(fmt.Sprintf("fields[%d].path", i), f.Path, false)
	}
}

// compile makes a pattern that both clouds can hold, or says why not.
func compile(pattern []byte) (*rule.Pattern, error) {
	p, err := rule.Compile(rule.Alibaba, pattern)
	if err != nil {
		return nil, err
	}
	if err := p.Portable(); err != nil {
		return nil, err
	}
	return p, nil
}
