package learn

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/pai-notify/pai-notify/shared/event"
)

// found is an event that is of an entry of the catalogue, or looks like it.
type found struct {
	event  event.Event
	data   shape
	prefix string
}

// at returns where the event has what the catalogue has at a path, when that is
// another path; "" when it is not. Scopes compare names exactly; what is shown
// is found whatever the case and however the words of a name are joined.
func (f found) at(path string, exact bool) string {
	at := f.data.find(f.prefix, path)
	if at == path || !exact && f.event.Lookup(path) != "" {
		return ""
	}
	return at
}

// has tells whether the event has what the catalogue looks for at a path.
func (f found) has(path string, exact bool) bool {
	if exact {
		return f.data.find("", path) == path
	}
	return f.event.Lookup(path) != ""
}

// paths proposes other paths where the data has what the catalogue looks for
// under another name, from all events of an entry: one says why a job failed, and
// another does not. A path that an event has stays.
func (p *proposer) paths(entry event.Source) {
	var events []found
	for _, k := range p.report.Kinds {
		if cmp.Or(k.KnownSource, k.Looks) == entry.Name {
			for i, e := range k.whole {
				events = append(events, found{e, k.shapes[i], k.shapes[i].inside(entry)})
			}
		}
	}
	// other returns another path, and whether the path that there is has to stay.
	other := func(path string, exact bool) (at string, stays bool) {
		for _, f := range events {
			at = cmp.Or(at, f.at(path, exact))
			stays = stays || path != "" && f.has(path, exact)
		}
		return at, stays
	}
	change := event.Source{Name: entry.Name}
	var evidence []string
	for _, m := range []struct {
		path  string
		to    *string
		exact bool
	}{
		{entry.ID, &change.ID, false}, {entry.Title, &change.Title, false}, {entry.Workspace, &change.Workspace, false},
		{entry.CreatedBy, &change.CreatedBy, true}, {entry.Flow, &change.Flow, true}, {entry.Model, &change.Model, true},
	} {
		switch at, stays := other(m.path, m.exact); {
		case at == "":
		case stays:
			p.undecided("some data of %s has %q and some has %q: the catalogue can name one of them", entry.Name, m.path, at)
		default:
			*m.to = at
			evidence = append(evidence, fmt.Sprintf("data has %q where the catalogue looks for %q", at, m.path))
		}
	}
	var fields []event.Field
	moved := 0
	for _, f := range entry.Fields {
		at, stays := other(f.Path, false)
		if slices.ContainsFunc(entry.Fields, func(f event.Field) bool { return f.Path == at }) {
			at = "" // it is shown already
		}
		if at == "" || stays {
			fields = append(fields, f)
		}
		if at != "" {
			fields, moved = append(fields, event.Field{Label: f.Label, Path: at}), moved+1
		}
	}
	if moved > 0 {
		change.Fields = fields
		evidence = append(evidence, fmt.Sprintf("%d of the fields that are shown have other names", moved))
	}
	if len(evidence) == 0 {
		return
	}
	p.put(entry, nil, evidence)
	source := p.sources[entry.Name].Source
	change.Pattern = source.Pattern
	*source = change
}
