package learn

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pai-notify/pai-notify/shared/event"
)

// mostValues is how many values a proposed pattern has in a field at most:
// Alibaba Cloud documents 5 expressions for each (EventBridge, Limits).
const mostValues = 5

// propose finds the overrides that would make the kinds known. What an entry
// matches now, it goes on matching where one pattern can say both: a guess that
// was right and silent for a day must not be lost.
func (r *Report) propose(c *event.Catalogue) {
	r.Proposals, r.Undecided = nil, nil
	bySource := map[string][]*Kind{}
	var order []string
	for i := range r.Kinds {
		k := &r.Kinds[i]
		if bySource[k.Source] == nil {
			order = append(order, k.Source)
		}
		bySource[k.Source] = append(bySource[k.Source], k)
	}
	p := proposer{catalogue: c, report: r, sources: map[string]*Proposal{}, types: map[string]*Proposal{}}
	for _, source := range order {
		p.source(source, bySource[source])
	}
	for i := range r.Kinds {
		p.typ(&r.Kinds[i])
	}
	for _, s := range c.Sources {
		p.paths(s)
	}
	for _, s := range c.Sources {
		if found := p.sources[s.Name]; found != nil {
			r.Proposals = append(r.Proposals, *found)
		}
	}
	for _, t := range c.Types {
		if found := p.types[t.Name]; found != nil {
			r.Proposals = append(r.Proposals, *found)
		}
	}
}

type proposer struct {
	catalogue *event.Catalogue
	report    *Report
	sources   map[string]*Proposal
	types     map[string]*Proposal
}

func (p *proposer) undecided(format string, arguments ...any) {
	said := fmt.Sprintf(format, arguments...)
	if len(p.report.Undecided) < shownRefusals && !slices.Contains(p.report.Undecided, said) {
		p.report.Undecided = append(p.report.Undecided, said)
	}
}

// source proposes that an entry of the catalogue has this source too.
func (p *proposer) source(source string, kinds []*Kind) {
	looks := map[string][]*Kind{}
	evidence := map[string][]string{}
	for _, k := range kinds {
		if k.KnownSource != "" {
			return
		}
		var why []string
		if k.Looks, why = resembles(p.catalogue, k); k.Looks != "" {
			looks[k.Looks] = append(looks[k.Looks], k)
			evidence[k.Looks] = appendNew(evidence[k.Looks], why)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(looks)) {
		entry, of := p.entry(name), looks[name]
		if len(looks) > 1 || len(of) < len(kinds) && !says(source, name) {
			p.shared(entry, source, of, kinds, evidence[name])
			continue
		}
		for _, k := range kinds {
			k.Looks = name // what a source sends besides is the source's as well
		}
		was := cmp.Or(string(p.pattern(entry)), string(entry.Pattern))
		pattern, ok := with(json.RawMessage(was), map[string]string{"source": source})
		if !ok {
			p.undecided("source %q looks like %s, whose pattern in the catalogue cannot take it too: change it by hand", source, name)
			continue
		}
		p.put(entry, pattern, evidence[name])
	}
}

// says tells of the name of a source, or of the beginning of a type, that it has
// an entry's own word, and so is about that one.
func says(text, name string) bool {
	list := words(text)
	return slices.Contains(list, "pai"+name) || slices.Contains(list, name) && !slices.Contains(general, name)
}

func (p *proposer) entry(name string) event.Source {
	entry, _ := p.catalogue.Source(name)
	return entry
}

// shared proposes a pattern for an entry whose events come from a source that
// sends others too: its types begin with something that no other's do. Such a
// pattern takes the place of the one there is, so that one must not have been seen.
func (p *proposer) shared(entry event.Source, source string, of, all []*Kind, evidence []string) {
	prefix := of[0].Type
	for _, k := range of {
		prefix = common(prefix, k.Type)
	}
	prefix = prefix[:strings.LastIndexAny(prefix, ":./-_")+1]
	own := says(prefix, entry.Name)
	taken := slices.ContainsFunc(all, func(k *Kind) bool {
		return k.Looks != entry.Name && strings.HasPrefix(k.Type, prefix) && (k.Looks != "" || !own)
	})
	builtin, _ := event.Builtin().Source(entry.Name)
	if prefix == "" || taken || p.seen(entry.Name) || string(builtin.Pattern) != string(entry.Pattern) || p.sources[entry.Name] != nil {
		p.undecided("source %q sends events that look like %s and others, and no beginning of their types tells them apart: write the patterns by hand", source, entry.Name)
		return
	}
	for _, k := range all {
		if strings.HasPrefix(k.Type, prefix) {
			k.Looks = entry.Name
		}
	}
	pattern, err := json.Marshal(map[string]any{"source": []string{source}, "type": []any{map[string]string{"prefix": prefix}}})
	if err == nil {
		p.put(entry, pattern, append(evidence, fmt.Sprintf("of this source, the types that begin with %q; in place of the pattern there is, which matched nothing that passed", prefix)))
	}
}

// seen tells whether an event passed that an entry matches already.
func (p *proposer) seen(source string) bool {
	return slices.ContainsFunc(p.report.Kinds, func(k Kind) bool { return k.KnownSource == source })
}

func (p *proposer) pattern(s event.Source) json.RawMessage {
	if found := p.sources[s.Name]; found != nil {
		return found.Source.Pattern
	}
	return nil
}

func (p *proposer) put(entry event.Source, pattern json.RawMessage, evidence []string) {
	found := p.sources[entry.Name]
	if found == nil {
		found = &Proposal{Name: entry.Name, Source: &event.Source{Name: entry.Name}, Was: entry.Pattern}
		p.sources[entry.Name] = found
	}
	if pattern != nil {
		found.Source.Pattern = pattern
	}
	found.Evidence = appendNew(found.Evidence, evidence)
}

// typ proposes that event types of the catalogue have the type of this kind too.
func (p *proposer) typ(k *Kind) {
	source := cmp.Or(k.KnownSource, k.Looks)
	if source == "" || len(k.KnownTypes) > 0 {
		return
	}
	entry := p.entry(source)
	types := p.catalogue.TypesOf(source)
	if t, why, ok := named(types, k); ok {
		if outcome := contradicts(t, entry, k); outcome != "" {
			p.undecided("type %q looks like %s, but its data says %q", k.Type, t.Name, outcome)
			return
		}
		was := t.Pattern
		if found := p.types[t.Name]; found != nil {
			was = found.Type.Pattern
		}
		pattern, ok := with(was, map[string]string{"source": k.Source, "type": k.Type})
		if !ok {
			p.undecided("type %q looks like %s, whose pattern in the catalogue cannot take it too: change it by hand", k.Type, t.Name)
			return
		}
		p.putType(t, pattern, why)
		return
	}
	p.byStatus(k, entry, types)
}

// byStatus proposes patterns for a type that the catalogue splits into several by
// what their data says. A pattern of that form takes the place of
// the one there is, so that one must be the guess that nothing matched.
func (p *proposer) byStatus(k *Kind, entry event.Source, types []event.Type) {
	for i, e := range k.whole {
		path, value := status(entry, e, k.shapes[i])
		t, ok := outcome(types, k, value)
		if !ok || p.types[t.Name] != nil {
			continue
		}
		builtin, _ := event.Builtin().Type(t.Name)
		matched := slices.ContainsFunc(p.report.Kinds, func(k Kind) bool { return slices.Contains(k.KnownTypes, t.Name) })
		if matched || string(builtin.Pattern) != string(t.Pattern) {
			p.undecided("type %q with %s %q looks like %s, which the catalogue tells by another pattern already: change it by hand", k.Type, path, value, t.Name)
			continue
		}
		pattern, err := json.Marshal(bury(path, value, map[string]any{"source": []string{k.Source}, "type": []string{k.Type}}))
		if err == nil {
			p.putType(t, pattern, []string{fmt.Sprintf("type %q has %s %q; in place of the pattern there is, which matched nothing that passed", k.Type, path, value)})
		}
	}
}

func (p *proposer) putType(t event.Type, pattern json.RawMessage, evidence []string) {
	found := p.types[t.Name]
	if found == nil {
		found = &Proposal{Name: t.Name, Type: &event.Type{Name: t.Name}, Was: t.Pattern}
		p.types[t.Name] = found
	}
	found.Type.Pattern = pattern
	found.Evidence = appendNew(found.Evidence, evidence)
}
