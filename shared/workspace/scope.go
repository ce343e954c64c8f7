package workspace

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/rule"
	"github.com/pai-notify/pai-notify/shared/secret"
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
			b.add(KindUnknown, path+".source", "there is no event source %s%s", shown(d.Source), suggestOrAdd(d.Source, sources(c), "catalogue.sources"))
		}
		return nil, nil
	}
	if len(d.Events) > maxEvents {
		b.add(KindQuota, path+".events", "%d event types in one rule are more than %d: use [\"*\"]", len(d.Events), maxEvents)
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
				b.add(KindScope, path+".scope", "the pattern of these events already has a condition on %s: leave this scope out, or change the pattern under catalogue", strings.ReplaceAll(at, pathSeparator, "."))
				return nil, nil
			}
			f[at] = values
		}
	}
	compiled := make([]*rule.Pattern, 0, len(wanted))
	for _, text := range texts(wanted) {
		p, err := compile([]byte(text))
		if err != nil {
			b.add(KindCatalogue, path, "the events and scope of this rule make no usable pattern: %s", err.Error())
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
				b.add(KindUnknown, at, "there is no event type %s of %s%s", shown(what), source.Name, suggestOrAdd(what, append(whats(c, source.Name), document.Everything), "catalogue.types"))
				continue
			}
			pattern = t.Pattern
		case len(events) > 1:
			b.add(KindShape, at, `"*" is every event of %s: leave it alone in the list or out of it`, source.Name)
			continue
		}
		f, err := takeApart(pattern)
		if err != nil {
			b.add(KindCatalogue, at, "%s", err.Error())
			continue
		}
		patterns = f.with(patterns)
	}
	for i, f := range patterns {
		if slices.ContainsFunc(patterns[:i], func(g fields) bool { return !g.excludes(f) }) {
			b.add(KindOverlap, path, "the patterns of these event types may match one event twice, and a bus would then deliver it twice: make them tell the types apart by one field, under catalogue")
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
	}{
		{"created_by", source.CreatedBy, s.CreatedBy},
		{"flows", source.Flow, s.Flows},
		{"models", source.Model, s.Models},
	} {
		switch {
		case len(key.ids) == 0:
		case key.at == "":
			b.add(KindScope, path+"."+key.name, "events of %s have no %s to compare: %s", source.Name, strings.TrimSuffix(key.name, "s"), scopeAdvice[key.name])
		default:
			at := "data" + pathSeparator + strings.ReplaceAll(key.at, ".", pathSeparator)
			for i, id := range key.ids {
				if err := secret.CheckPlain(id); err != nil {
					b.add(KindReference, fmt.Sprintf("%s.%s[%d]", path, key.name, i), "%s", err.Error())
				}
				conditions[at] = append(conditions[at], string(compact(id)))
			}
			slices.Sort(conditions[at])
			conditions[at] = slices.Compact(conditions[at])
		}
	}
	return conditions
}

var scopeAdvice = map[string]string{
	"created_by": `use "scope: workspace"`,
	"flows":      `this scope is for the source flow; use "scope: workspace" or created_by`,
	"models":     `this scope is for the source model; use "scope: workspace" or created_by`,
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
