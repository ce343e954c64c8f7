package workspace

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/rule"
	"github.com/pai-notify/pai-notify/shared/target"
	"github.com/pai-notify/pai-notify/shared/workspace/internal/document"
)

// maxEvents bounds how many event types a rule names.
const maxEvents = 250

// patterns compiles a rule: the union of its event types' patterns, narrowed
// by its scope.
func (b *builder) patterns(c *event.Catalogue, d document.Rule, path string) ([]*rule.Pattern, []fields) {
	source, ok := c.Source(d.Source)
	if !ok {
		if d.Source != "" {
			b.add(sourceUnknown, path+".source", "name", shown(d.Source), "hint", suggestOrAdd(d.Source, sources(c), "catalogue.sources"))
		}
		return nil, nil
	}
	if len(d.Events) > maxEvents {
		b.add(manyTypes, path+".events", "count", len(d.Events), "most", maxEvents)
		return nil, nil
	}
	wanted := b.union(c, source, d.Events, path+".events")
	conditions := b.scope(source, d.Scope, path+".scope")
	if len(wanted) == 0 || b.failed(path+".events") || b.failed(path+".scope") {
		return nil, nil
	}
	for _, f := range wanted {
		for at, values := range conditions {
			if f.occupies(at) {
				b.add(scopeTaken, path+".scope", "field", strings.ReplaceAll(at, pathSeparator, "."))
				return nil, nil
			}
			f[at] = values
		}
	}
	compiled := make([]*rule.Pattern, 0, len(wanted))
	for _, text := range texts(wanted) {
		p, err := compile([]byte(text))
		if err != nil {
			b.add(ruleUnusable, path, "reason", err.Error())
			return nil, nil
		}
		compiled = append(compiled, p)
	}
	return compiled, wanted
}

// texts writes patterns in one order: that in which the events stand changes
// nothing.
func texts(patterns []fields) []string {
	list := make([]string, len(patterns))
	for i, f := range patterns {
		list[i] = string(f.JSON())
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// union returns patterns that together match the event types.
func (b *builder) union(c *event.Catalogue, source event.Source, events []string, path string) []fields {
	var patterns []fields
	for i, what := range events {
		at := fmt.Sprintf("%s[%d]", path, i)
		pattern := source.Pattern
		switch {
		case what == "":
			continue // reported when it was read
		case what != document.Everything:
			t, ok := c.Type(source.Name + "." + what)
			if !ok {
				b.add(typeUnknown, at, "name", shown(what), "source", source.Name, "hint", suggestOrAdd(what, append(whats(c, source.Name), document.Everything), "catalogue.types"))
				continue
			}
			pattern = t.Pattern
		case len(events) > 1:
			b.add(everyEvent, at, "source", source.Name)
			continue
		}
		f, err := takeApart(pattern)
		if err != nil {
			b.add(catalogueRefused, at, "reason", err.Error())
			continue
		}
		patterns = f.with(patterns)
	}
	for i, f := range patterns {
		if slices.ContainsFunc(patterns[:i], func(g fields) bool { return !g.excludes(f) }) {
			b.add(overlapping, path)
		}
	}
	return patterns
}

// scope returns the conditions of a scope by path.
func (b *builder) scope(source event.Source, s document.Scope, path string) fields {
	conditions := fields{}
	for _, key := range []struct {
		name, at string
		ids      []string
		hint     message.Statement
	}{
		{"created_by", source.CreatedBy, s.CreatedBy, useWorkspace.With()},
		{"flows", source.Flow, s.Flows, otherScope.With("source", "flow")},
		{"models", source.Model, s.Models, otherScope.With("source", "model")},
	} {
		switch {
		case len(key.ids) == 0:
		case key.at == "":
			b.add(scopeUnfit, path+"."+key.name, "source", source.Name, "field", strings.TrimSuffix(key.name, "s"), "hint", key.hint)
		default:
			at := "data" + pathSeparator + strings.ReplaceAll(key.at, ".", pathSeparator)
			for i, id := range key.ids {
				if err := target.CheckPlain(id); err != nil {
					b.add(misreference, fmt.Sprintf("%s.%s[%d]", path, key.name, i), "reason", err.Error())
				}
				conditions[at] = append(conditions[at], string(compact(id)))
			}
			slices.Sort(conditions[at])
			conditions[at] = slices.Compact(conditions[at])
		}
	}
	return conditions
}

func sources(c *event.Catalogue) []string {
	var list []string
	for _, s := range c.Sources {
		list = append(list, s.Name)
	}
	return list
}

func whats(c *event.Catalogue, source string) []string {
	var list []string
	for _, t := range c.TypesOf(source) {
		list = append(list, t.What())
	}
	return list
}
