package provision

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/learn"
	"github.com/pai-notify/pai-notify/shared/workspace"
)

// What is named in findings; the rest is counted.
const (
	shownSources = 10
	shownNames   = 5
	// shownText is how many characters of a name that came with an event are shown.
	shownText = 80
)

// Quiet tells that all was read, and nothing passed.
func (p Passed) Quiet() bool { return p.Err == nil && p.Report.Events == 0 }

// Findings tell whether events pass, and of each source whether rules match its
// events. What could not be read is unknown, and so is a quiet bus: neither
// shows that rules match. A source is missing when the document's rules wait for
// events that come by another name.
func (p Passed) Findings(w *workspace.Workspace) []Finding {
	f := Finding{Check: "events", Verdict: OK, Traffic: true, Text: fmt.Sprintf("events in %d days: %d", passedDays, p.Report.Events)}
	switch {
	case p.Err != nil:
		f.Verdict, f.Text = Unknown, "cannot tell what passed the bus: "+p.Err.Error()
		f.Remedy = "pai-notify learn says what it takes to read it"
		if bus.KindOf(p.Err) == bus.Denied {
			f.Remedy = "add the permission to the policy of the user or role; pai-notify policy --learn prints it"
		}
	case p.Quiet():
		f.Verdict, f.Text = Unknown, fmt.Sprintf("no event in %d days", passedDays)
		f.Remedy = "have PAI send one, such as by stopping a job, and look again; if none comes, check the workspace's event notifications in the PAI console. A bus whose traces are off shows none either"
	case p.Report.Stopped != "":
		f.Text = fmt.Sprintf("events in %d days: more than %d, of which these were read", passedDays, p.Report.Events)
	}
	if p.Published > 0 {
		f.Text += fmt.Sprintf("; published with pai-notify and left out: %d", p.Published)
	}
	return append([]Finding{f}, p.sources(w)...)
}

// source is what passed of one source.
type source struct {
	name, known, looks string
	events             int
	// fired are the rules that match, narrow those that other data would match, and
	// might tells that data could not be read which a rule asks for.
	fired, narrow []string
	might         bool
	// unknown are the types that the catalogue does not know.
	unknown []string
	types   int
}

// sources returns a finding for each source, what is missing first.
func (p Passed) sources(w *workspace.Workspace) []Finding {
	fires := slices.ContainsFunc(p.Report.Rules, func(t learn.Tally) bool { return t.Kinds > 0 })
	var list []Finding
	events := map[string]int{}
	for _, s := range group(p.Report.Kinds) {
		f := s.finding(w, fires, p.Report)
		events[f.Check] = s.events
		list = append(list, f)
	}
	order := []Verdict{Missing, Unknown, OK}
	slices.SortStableFunc(list, func(a, b Finding) int {
		return cmp.Or(slices.Index(order, a.Verdict)-slices.Index(order, b.Verdict), events[b.Check]-events[a.Check])
	})
	if more := len(list) - shownSources; more > 0 {
		rest := Finding{Check: "further sources", Verdict: list[shownSources].Verdict, Traffic: true, Text: fmt.Sprintf("sources: %d", more), Remedy: "pai-notify learn lists them"}
		list = append(list[:shownSources], rest)
	}
	return list
}

// group puts the kinds of a source together; they stand side by side.
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

// finding says what the rules make of the source. fires tells that a rule
// matches events of any source.
func (s *source) finding(w *workspace.Workspace, fires bool, r learn.Report) Finding {
	f := Finding{Check: "source " + plain(s.name), Verdict: OK, Traffic: true}
	counted := fmt.Sprintf("events in %d days: %d", passedDays, s.events)
	name := cmp.Or(s.known, s.looks)
	asking, byType, byData := s.asking(w, name, r)
	switch {
	case len(byData) > 0:
		f.Verdict = Missing
		f.Text = fmt.Sprintf("the data of the source %s has other names than the catalogue says, and these rules match none of it: %s; %s", quoted(s.name), some(byData), counted)
	case len(s.fired) > 0 && len(byType) > 0:
		f.Verdict = Missing
		f.Text = fmt.Sprintf("the catalogue does not know these types of the source %s: %s; these rules wait: %s; rules that match: %s; %s", quoted(s.name), someQuoted(s.unknown), some(byType), some(s.fired), counted)
	case len(s.fired) > 0:
		f.Text = counted + "; rules that match: " + some(s.fired)
	case s.might:
		f.Verdict, f.Text = Unknown, counted+"; whether a rule matches depends on data that could not be read"
		f.Remedy = "pai-notify learn says what it takes to read it"
	case len(s.narrow) > 0:
		f.Verdict, f.Text = Unknown, fmt.Sprintf("source and type are what these rules ask for, and the data that was read is not: %s; %s", some(s.narrow), counted)
		f.Remedy = "pai-notify learn shows which condition fails first"
	case s.known == "" && len(asking) > 0:
		f.Verdict = Missing
		f.Text = fmt.Sprintf("PAI's source is %s, no rule matches it; it looks like %s, for which these rules wait: %s; %s", quoted(s.name), s.looks, some(asking), counted)
	case s.known == "" && s.looks == "" && !fires && enabled(w):
		f.Verdict = Missing
		f.Text = fmt.Sprintf("PAI's source is %s, no rule matches it; %s", quoted(s.name), counted)
	case s.known == "":
		f.Verdict = Unknown
		f.Text = fmt.Sprintf("no rule matches the source %s, which the catalogue does not know; %s", quoted(s.name), counted)
		f.Remedy = "if these events are PAI's, pai-notify learn shows what they are; if not, there is nothing to do"
	case len(asking) == 0:
		f.Text = fmt.Sprintf("%s; no enabled rule asks for %s", counted, s.known)
	case len(s.unknown) == s.types || len(byType) > 0:
		f.Verdict = Missing
		f.Text = fmt.Sprintf("no rule matches the source %s: the catalogue does not know its types %s; these rules wait: %s; %s", quoted(s.name), someQuoted(s.unknown), some(asking), counted)
	case len(s.unknown) > 0:
		f.Verdict = Unknown
		f.Text = fmt.Sprintf("no rule matches the source %s, and the catalogue does not know these types: %s; %s", quoted(s.name), someQuoted(s.unknown), counted)
		f.Remedy = "pai-notify learn shows what they are"
	default:
		f.Text = counted + "; the catalogue knows them, and enabled rules ask for other ones"
	}
	if f.Verdict == Missing {
		f.Remedy = "pai-notify learn shows what passed; then name the source and its types in the document's catalogue"
		if len(r.Proposals) > 0 {
			f.Remedy = "pai-notify learn shows an override of the catalogue, and puts it into the document with --write"
		}
	}
	return f
}

// asking returns the enabled rules for a source of the catalogue, and those of
// them that match nothing of what passed, and would by what is proposed: by other
// types, or by other names in the data.
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

// some names a few.
func some(names []string) string {
	if len(names) > shownNames {
		return fmt.Sprintf("%s … (%d)", strings.Join(names[:shownNames], ", "), len(names))
	}
	return strings.Join(names, ", ")
}

func someQuoted(names []string) string {
	list := make([]string, len(names))
	for i, name := range names {
		list[i] = quoted(name)
	}
	return some(list)
}

// quoted shows a name that came with an event: whoever sent it chose it.
func quoted(name string) string {
	if r := []rune(name); len(r) > shownText {
		name = string(r[:shownText]) + "…"
	}
	return strconv.Quote(name)
}

// plain is quoted without its quotes.
func plain(name string) string {
	q := quoted(name)
	return q[1 : len(q)-1]
}
