// Package form holds a rule between two requests while somebody edits it: read
// from the document or from a posted form, and turned back into a rule.
package form

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/backend"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/censor"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/frame"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/problems"
	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/hold"
	"github.com/pai-notify/pai-notify/shared/target"
	"github.com/pai-notify/pai-notify/shared/workspace"
	"github.com/pai-notify/pai-notify/shared/workspace/edit"
)

// Rule is a rule as a form holds it.
type Rule struct {
	// Was is the rule's name in the document; "" for a new one. Base is the state of
	// it that the form was made of, and Met an older one that somebody has changed
	// since the form was opened.
	Was, Base, Met    string
	Name, Description string
	// ID is the rule's in the document; "" for none.
	ID      string
	Enabled bool
	Source  string
	Events  []string
	// CreatedBy, Flows and Models are ids, a line each.
	CreatedBy, Flows, Models string
	Targets                  []*Target
	// Unfit are targets that may not carry the chosen source. They stay in the form,
	// in case the source changes back, and out of the rule.
	Unfit []*Target
	// Title and Shown are what the rule's messages show of an event.
	Title, Shown FactList
	// Focus is the part of the form where the keyboard goes on.
	Focus string
	// Sample and Words are the event and the language of the preview.
	Sample, Words string
	Errors        problems.Complaints
	// Warnings do not keep the rule from being saved.
	Warnings problems.Complaints
	// GroupBy and GroupWait say what messages are grouped by, "" for nothing, and for
	// how long; Quiet names quiet hours.
	GroupBy, GroupWait string
	Quiet              edit.Names
	Recovered          bool
	// Summary tells that the message of a job's end sums it up.
	Summary bool
	// At is a time, in Zone, at which the rule is tried.
	At, Zone string
	// Waiting says what would never be sent if the form were saved.
	Waiting []string
}

// Asks tells whether an event type is chosen.
func (f *Rule) Asks(what string) bool { return slices.Contains(f.Events, what) }

// Load makes the form of a rule of a document with receivers.
func Load(r edit.Rule, specs []target.Spec, entries []edit.Receiver) *Rule {
	f := &Rule{
		Was: r.Name, Name: r.Name, ID: r.ID, Description: r.Description, Enabled: r.On(), Source: r.Source, Events: r.Events,
		CreatedBy: strings.Join(r.Scope.CreatedBy, "\n"), Flows: strings.Join(r.Scope.Flows, "\n"), Models: strings.Join(r.Scope.Models, "\n"),
		Title: loadFacts("title", r.Title), Shown: loadFacts("fields", r.Fields),
		Quiet: r.Quiet, Recovered: r.Recovered, Summary: r.Summary, Errors: problems.Complaints{},
	}
	if r.Group != nil {
		f.GroupBy, f.GroupWait = r.Group.By, r.Group.Wait
	}
	for i, t := range r.Targets {
		whole, _ := t.Resolved(entries)
		if spec, ok := backend.SpecOf(specs, whole.Type); ok {
			made := newTarget(spec, t.Receiver, entries, len(f.Targets), i)
			made.Load(t)
			f.Add(made)
		}
	}
	return f
}

// newTarget returns the empty form of a target that refers to a receiver of that name,
// or to none. One that is no more stays in the form, which says so.
func newTarget(spec target.Spec, receiver string, entries []edit.Receiver, index, was int) *Target {
	if receiver == "" {
		return NewTarget(spec, index, was)
	}
	entry := edit.Receiver{Name: receiver}
	if i := slices.IndexFunc(entries, func(r edit.Receiver) bool { return r.Name == receiver }); i >= 0 {
		entry = entries[i]
	}
	return NewReference(spec, entry, index, was)
}

// Add appends a target, numbered by its place.
func (f *Rule) Add(t *Target) {
	t.At(len(f.Targets))
	t.Errors = f.Errors
	f.Targets = append(f.Targets, t)
}

// Read makes the form of what was posted. old is the document's rule that
// it changes; literal secrets of it are kept from there.
func Read(form url.Values, old edit.Rule, specs []target.Spec, entries []edit.Receiver, p *censor.Censor) *Rule {
	text := func(name string) string {
		return strings.TrimSpace(strings.ReplaceAll(form.Get(name), "\r\n", "\n"))
	}
	f := &Rule{
		Was: form.Get("was"), Base: form.Get("base"), Met: form.Get("met"), Name: text("name"), ID: old.ID, Description: text("description"),
		Enabled: form.Get("enabled") != "", Source: form.Get("source"), Events: form["events"],
		CreatedBy: text("scope.created_by"), Flows: text("scope.flows"), Models: text("scope.models"),
		Title: readFacts("title", form), Shown: readFacts("fields", form),
		GroupBy: form.Get("group.by"), GroupWait: text("group.wait"), Quiet: backend.Ordered(old.Quiet, form["quiet"]), Recovered: form.Get("recovered") != "", Summary: form.Get("summary") != "",
		Sample: form.Get("sample"), Words: form.Get("words"), At: form.Get("at"), Zone: form.Get("zone"), Errors: problems.Complaints{},
	}
	if slices.Contains(f.Events, frame.Everything) {
		f.Events = []string{frame.Everything}
	}
	for i := 0; ; i++ {
		prefix := "t" + strconv.Itoa(i) + "."
		if !form.Has(prefix + "type") {
			break
		}
		spec, ok := backend.SpecOf(specs, form.Get(prefix+"type"))
		if !ok {
			continue
		}
		was := frame.Atoi(form.Get(prefix+"was"), -1)
		receiver := form.Get(prefix + "receiver")
		t := newTarget(spec, receiver, entries, i, was)
		if was >= 0 && was < len(old.Targets) && old.Targets[was].Receiver == receiver && (receiver != "" || old.Targets[was].Type == spec.Type) {
			t.old = old.Targets[was]
		}
		t.read(form, p)
		f.Add(t)
	}
	return f
}

// Normalize takes out what the chosen source does not have: its events and its scope.
// Targets that may not carry it are set apart. A form offers nothing else.
func (f *Rule) Normalize(c *event.Catalogue) {
	source, ok := c.Source(f.Source)
	if !ok {
		f.Events, f.CreatedBy, f.Flows, f.Models = nil, "", "", ""
		return
	}
	f.Events = slices.DeleteFunc(f.Events, func(what string) bool {
		_, ok := c.Type(source.Name + "." + what)
		return !ok && what != frame.Everything
	})
	for _, scope := range []struct {
		path string
		ids  *string
	}{{source.CreatedBy, &f.CreatedBy}, {source.Flow, &f.Flows}, {source.Model, &f.Models}} {
		if scope.path == "" {
			*scope.ids = ""
		}
	}
	if by := workspace.Groupings(f.Source); f.GroupBy != "" && !slices.Contains(by, hold.By(f.GroupBy)) {
		f.GroupBy = string(by[0]) // what these events are about
	}
	f.sortOut()
}

// Rule returns the rule with each secret as reveal makes it of its token.
func (f *Rule) Rule(reveal func(t *Target, key, token string) string) edit.Rule {
	r := edit.Rule{
		Name: f.Name, ID: f.ID, Description: f.Description, Source: f.Source, Events: f.Events,
		Scope: edit.Scope{CreatedBy: split(f.CreatedBy), Flows: split(f.Flows), Models: split(f.Models)},
		Title: f.Title.facts(), Fields: f.Shown.facts(), Quiet: f.Quiet, Recovered: f.Recovered, Summary: f.Summary,
	}
	if f.GroupBy != "" {
		r.Group = &edit.Group{By: f.GroupBy, Wait: f.GroupWait}
	}
	r.Enable(f.Enabled)
	for _, t := range f.Targets {
		r.Targets = append(r.Targets, t.Target(reveal))
	}
	return r
}

// Names are the fields of the form in its order.
func (f *Rule) Names() []string {
	names := []string{"name", "description", "source", "events", "scope.created_by", "scope.flows", "scope.models", "targets"}
	for _, t := range f.Targets {
		prefix := "t" + strconv.Itoa(t.Index)
		names = append(names, prefix, prefix+".receiver", prefix+".contacts")
		for _, p := range t.Fields {
			names = append(names, p.ID)
		}
		names = append(names, prefix+".name")
	}
	names = append(names, timing...)
	names = append(names, "summary")
	for _, l := range f.Lists() {
		names = append(names, l.Name)
		for i := range l.Facts {
			names = append(names, l.At(i), l.At(i)+".path", l.At(i)+".label")
		}
	}
	return names
}

// Known tells whether the form has a field of that name.
func (f *Rule) Known(field string) bool { return slices.Contains(f.Names(), field) }

// timing are the fields that say when messages are sent.
var timing = []string{"group.by", "group.wait", "quiet", "recovered"}

// KnownTiming tells whether a field of that name says when messages are sent.
func (*Rule) KnownTiming(field string) bool {
	return slices.Contains(timing, field) || field == "summary"
}

// Timed tells that the rule says when its messages are sent.
func (f *Rule) Timed() bool { return f.GroupBy != "" || len(f.Quiet) > 0 || f.Recovered }

// Complain hands the complaints about parameters to their fields, and what they
// need to know of the machine.
func (f *Rule) Complain(local bool) {
	for _, t := range f.Targets {
		t.Complain(f.Errors, local)
	}
}

// Complain hands complaints to the fields, and what they need to know of the machine.
func (t *Target) Complain(errors problems.Complaints, local bool) {
	for _, p := range t.Fields {
		p.Errors, p.local = errors[p.ID], local
	}
}

// Sum is one line of the arithmetic of the quota.
type Sum struct {
	Type  string
	Names []string
	Count int
}

// Quota is how many targets a rule has, as PAI counts them, and may have.
type Quota struct {
	Sums        []Sum
	Total, Most int
}

// Over tells that there are too many.
func (q Quota) Over() bool { return q.Total > q.Most }

// State is what the number of targets means: "free", "full" or "over".
func (q Quota) State() string {
	switch {
	case q.Over():
		return "over"
	case q.Total == q.Most:
		return "full"
	}
	return "free"
}

// defaultQuota is what PAI allows an account that was not granted more.
const defaultQuota = 5

// Quota counts the targets of the rule against what PAI granted; 0 stands for
// what it grants by default.
func (f *Rule) Quota(granted int) Quota {
	q := Quota{Most: granted}
	if q.Most == 0 {
		q.Most = defaultQuota
	}
	for _, t := range f.Targets {
		q.Sums = append(q.Sums, Sum{t.Type, t.Reached(), t.count()})
		q.Total += t.count()
	}
	return q
}
