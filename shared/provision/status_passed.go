package provision

import (
	"cmp"
	"errors"
	"slices"
	"strconv"

	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/learn"
	"github.com/pai-notify/pai-notify/shared/workspace"
)

// How much is named in findings; the rest is counted.
const (
	shownSources = 10
	// shownText is how many characters of a name from an event are shown.
	shownText = 80
)

// Quiet reports whether everything was read and nothing passed.
func (p Passed) Quiet() bool { return p.Err == nil && p.Report.Events == 0 }

// Findings say whether events pass, and for each source whether rules match its
// events. What could not be read is unknown, and so is a quiet bus: neither shows
// that rules match. A source is missing when the document's rules wait for events
// that arrive under another name.
func (p Passed) Findings(w *workspace.Workspace) []Finding {
	f := Finding{Check: theEvents.With(), Verdict: OK, Traffic: true, Text: passedCount.With("days", passedDays, "events", p.Report.Events)}
	switch {
	case p.Err != nil:
		var why any = p.Err.Error()
		if errors.Is(p.Err, errUnkept) {
			why = noRecord.With()
		}
		f.Verdict, f.Text, f.Remedy = Unknown, passedUnread.With("error", why), learnNeeds.With()
		if bus.KindOf(p.Err) == bus.Denied {
			f.Remedy = grantLearn.With()
		}
	case p.Quiet():
		f.Verdict, f.Text, f.Remedy = Unknown, quietBus.With("days", passedDays), sendOne.With()
	case p.Report.Stopped != "":
		f.Text = countedMore.With("days", passedDays, "events", p.Report.Events)
	}
	if p.Published > 0 {
		f.Text = byHand.With("events", f.Text, "count", p.Published)
	}
	list := append([]Finding{f}, p.sources(w)...)
	if !slices.ContainsFunc(list, func(f Finding) bool { return f.Verdict == Missing }) {
		list = append(list, p.unmatched(w)...) // otherwise what is missing says why
	}
	return list
}

// unmatched is the finding about the enabled rules that matched nothing that passed;
// none when not all could be judged.
func (p Passed) unmatched(w *workspace.Workspace) []Finding {
	if p.Err != nil || p.Report.Events == 0 || p.Report.Incomplete != "" {
		return nil
	}
	var names []string
	for i, r := range w.Rules {
		if r.Enabled && p.Report.Rules[i].Kinds == 0 {
			names = append(names, r.Name)
		}
	}
	if names == nil {
		return nil
	}
	f := Finding{Check: theUnmatched.With(), Verdict: Unknown, Traffic: true, Text: neverMatched.With("days", passedDays, "rules", names), Remedy: trySample.With()}
	if p.Report.Stopped != "" {
		f.Text = newestMatched.With("events", p.Report.Events, "rules", names)
	}
	return []Finding{f}
}

// source is what passed from one source.
type source struct {
	name, known, looks string
	events             int
	// fired are the rules that match, narrow those that would match other data,
	// and might is set when a rule asks for data that could not be read.
	fired, narrow []string
	might         bool
	// unknown are the types that the catalogue does not know.
	unknown []string
	types   int
}

// sources returns a finding for each source, missing ones first.
func (p Passed) sources(w *workspace.Workspace) []Finding {
	fires := slices.ContainsFunc(p.Report.Rules, func(t learn.Tally) bool { return t.Kinds > 0 })
	var list []Finding
	events := map[string]int{}
	for _, s := range group(p.Report.Kinds) {
		f := s.finding(w, fires, p.Report)
		events[f.Check.String()] = s.events
		list = append(list, f)
	}
	order := []Verdict{Missing, Unknown, OK}
	slices.SortStableFunc(list, func(a, b Finding) int {
		return cmp.Or(slices.Index(order, a.Verdict)-slices.Index(order, b.Verdict), events[b.Check.String()]-events[a.Check.String()])
	})
	if more := len(list) - shownSources; more > 0 {
		rest := Finding{Check: restSources.With(), Verdict: list[shownSources].Verdict, Traffic: true, Text: moreSources.With("count", more), Remedy: learnList.With()}
		list = append(list[:shownSources], rest)
	}
	return list
}

// group groups kinds, which are sorted by source.
func group(kinds []learn.Kind) []source {
	var list []source
	for _, k := range kinds {
		if len(list) == 0 || list[len(list)-1].name != k.Source {
			list = append(list, source{name: k.Source})
		}
		s := &list[len(list)-1]
		s.known, s.looks = cmp.Or(s.known, k.KnownSource), cmp.Or(s.looks, k.Looks)
		s.events += k.Events
		s.types++
		if len(k.KnownTypes) == 0 {
			s.unknown = append(s.unknown, k.Type)
		}
		for _, v := range k.Rules {
			s.might = s.might || v.Unknown
			if v.Fires > 0 && !slices.Contains(s.fired, v.Rule) {
				s.fired = append(s.fired, v.Rule)
			}
			if v.Data && !slices.Contains(s.narrow, v.Rule) {
				s.narrow = append(s.narrow, v.Rule)
			}
		}
	}
	return list
}

// finding says what the rules make of the source. fires is true when a rule
// matches events of any source.
func (s *source) finding(w *workspace.Workspace, fires bool, r learn.Report) Finding {
	f := Finding{Check: aSource.With("source", plain(s.name)), Verdict: OK, Traffic: true}
	events := passedCount.With("days", passedDays, "events", s.events)
	name := cmp.Or(s.known, s.looks)
	asking, byType, byData := s.asking(w, name, r)
	switch {
	case len(byData) > 0:
		f.Verdict = Missing
		f.Text = dataDiffers.With("name", quoted(s.name), "rules", byData, "events", events)
	case len(s.fired) > 0 && len(byType) > 0:
		f.Verdict = Missing
		f.Text = typesDiffer.With("name", quoted(s.name), "types", allQuoted(s.unknown), "rules", byType, "matching", s.fired, "events", events)
	case len(s.fired) > 0:
		f.Text = matched.With("events", events, "matching", s.fired)
	case s.might:
		f.Verdict, f.Text, f.Remedy = Unknown, dataUnread.With("events", events), learnNeeds.With()
	case len(s.narrow) > 0:
		f.Verdict, f.Text, f.Remedy = Unknown, dataUnmatched.With("rules", s.narrow, "events", events), learnCondition.With()
	case s.known == "" && len(asking) > 0:
		f.Verdict = Missing
		f.Text = looksLike.With("name", quoted(s.name), "known", s.looks, "rules", asking, "events", events)
	case s.known == "" && s.looks == "" && !fires && enabled(w):
		f.Verdict = Missing
		f.Text = unmatched.With("name", quoted(s.name), "events", events)
	case s.known == "":
		f.Verdict, f.Text, f.Remedy = Unknown, notCatalogued.With("name", quoted(s.name), "events", events), learnIfPAIs.With()
	case len(asking) == 0:
		f.Text = notAskedFor.With("events", events, "known", s.known)
	case len(s.unknown) == s.types || len(byType) > 0:
		f.Verdict = Missing
		f.Text = typesAwaited.With("name", quoted(s.name), "types", allQuoted(s.unknown), "rules", asking, "events", events)
	case len(s.unknown) > 0:
		f.Verdict, f.Text, f.Remedy = Unknown, typesUnknown.With("name", quoted(s.name), "types", allQuoted(s.unknown), "events", events), learnTypes.With()
	default:
		f.Text = othersAskedOf.With("events", events)
	}
	if f.Verdict == Missing {
		f.Remedy = learnCatalogue.With()
		if len(r.Proposals) > 0 {
			f.Remedy = learnOverride.With()
		}
	}
	return f
}

// asking returns the enabled rules for a source of the catalogue. byType and
// byData are those that match nothing that passed, but would with the proposed
// types or names of data.
func (s *source) asking(w *workspace.Workspace, name string, report learn.Report) (asking, byType, byData []string) {
	for i, r := range w.Rules {
		if !r.Enabled || r.Source != name {
			continue
		}
		asking = append(asking, r.Name)
		all := slices.Contains(r.Events, "*")
		if all && s.known != "" && !slices.Contains(s.fired, r.Name) && !slices.Contains(s.narrow, r.Name) {
			s.narrow = append(s.narrow, r.Name) // whatever the type, so it is the data
		}
		if report.Rules[i].Kinds > 0 {
			continue
		}
		asks := func(t event.Type) bool {
			return t.Source() == name && (all || slices.Contains(r.Events, t.What()))
		}
		if len(s.unknown) > 0 && slices.ContainsFunc(report.Proposals, func(p learn.Proposal) bool { return p.Type != nil && asks(*p.Type) }) {
			byType = append(byType, r.Name)
		}
		if slices.Contains(s.narrow, r.Name) && slices.ContainsFunc(report.Proposals, func(p learn.Proposal) bool {
			return p.Source != nil && p.Name == name && cmp.Or(p.Source.CreatedBy, p.Source.Flow, p.Source.Model) != ""
		}) {
			byData = append(byData, r.Name)
		}
	}
	return asking, byType, byData
}

func enabled(w *workspace.Workspace) bool {
	return slices.ContainsFunc(w.Rules, func(r workspace.Rule) bool { return r.Enabled })
}

func allQuoted(names []string) []string {
	list := make([]string, len(names))
	for i, name := range names {
		list[i] = quoted(name)
	}
	return list
}

// quoted shows a name from an event, which its sender chose, in quotes.
func quoted(name string) string {
	if r := []rune(name); len(r) > shownText {
		name = string(r[:shownText]) + "…"
	}
	return strconv.Quote(name)
}

// plain is quoted without the quotes.
func plain(name string) string {
	q := quoted(name)
	return q[1 : len(q)-1]
}
