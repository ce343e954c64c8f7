package editor

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"html/template"
	"strings"
	"time"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/backend"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/frame"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/problems"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/rules/form"
	"github.com/pai-notify/pai-notify/events"
	"github.com/pai-notify/pai-notify/shared/bus/aws"
	"github.com/pai-notify/pai-notify/shared/bus/local"
	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/provision"
	"github.com/pai-notify/pai-notify/shared/rule"
	"github.com/pai-notify/pai-notify/shared/target"
	"github.com/pai-notify/pai-notify/shared/workspace"
)

// previewed is what stands beside the form of a rule: what it would do.
type previewed struct {
	Samples  []frame.Choice
	Recorded []frame.Choice
	Sample   string
	Words    string
	// Ready tells that source and events are chosen, so that the rest is known.
	Ready      bool
	Matches    bool
	Conditions []rule.Condition
	// Failed is the first condition that does not hold.
	Failed   string
	Messages []shown
	// Fired of Asked events of the last 7 days would have matched; Asked is -1
	// where nothing is remembered.
	Fired, Asked int
	// Most tells that there were more events than are asked.
	Most bool
	// tried is the event.
	tried tried
}

// shown is a message as a target's platform shows it.
type shown struct {
	Index    int
	Type     string
	Name     string
	Language message.Language
	HTML     template.HTML
	Problem  string
}

// recordedMost is how many recorded events a form offers, and replayMost how
// many of the last 7 days it asks.
const (
	recordedMost = 10
	replayMost   = 2000
	replayDays   = 7
)

func (h *handlers) preview(ctx context.Context, l message.Language, s *backend.State, f *form.Rule, patterns []*rule.Pattern) *previewed {
	p := &previewed{Sample: f.Sample, Words: f.Words, Asked: -1}
	names := frame.NewTitles(l, s.Catalogue())
	for _, file := range backend.SampleNames {
		name := strings.TrimSuffix(file, ".json")
		if source, what, ok := strings.Cut(name, "-"); ok && source == f.Source {
			p.Samples = append(p.Samples, frame.Choice{Value: "sample:" + name, Title: names.Event(source, what)})
			if f.Sample == "" && f.Asks(what) {
				p.Sample = "sample:" + name // the last one is the worst
			}
		}
	}
	if len(p.Samples) > 0 {
		p.Samples = append(p.Samples, frame.Choice{Value: "unknown:" + f.Source, Title: Book.Say(l, "preview.unknown")})
	}
	p.Ready = len(patterns) > 0
	h.replay(ctx, s, p, f.Source, patterns)
	if p.Sample == "" || !h.offers(p) {
		p.Sample = ""
		if len(p.Samples) > 0 {
			p.Sample = p.Samples[0].Value
		}
	}
	e, ok := h.sample(ctx, p.Sample)
	if ok {
		p.tried.event, p.tried.there = e, true
		p.tried.source, p.tried.typ = backend.Classify(s.Catalogue(), e)
	}
	if !ok || !p.Ready {
		return p
	}
	judged, text := patterns, e.JSON()
	if h.Options.Cloud.Name == provision.AWS { // whose rules have a dialect and a form of the event of their own
		var err, untaken error
		if judged, err = aws.Patterns(patterns); err == nil {
			text, untaken = aws.Envelope(e)
		}
		if err := errors.Join(err, untaken); err != nil {
			p.Failed = frame.Visible(err.Error())
			return p
		}
	}
	refusal, err := rule.Refusal(text, judged...)
	p.Matches, p.Failed = err == nil && refusal == "", frame.Visible(refusal)
	p.Conditions = explained(text, judged)
	for i := range p.Conditions {
		p.Conditions[i].Seen = frame.Visible(p.Conditions[i].Seen)
	}
	if p.Matches {
		p.Messages = h.messages(ctx, s, f, e)
	}
	return p
}

func (h *handlers) offers(p *previewed) bool {
	for _, list := range [][]frame.Choice{p.Samples, p.Recorded} {
		for _, one := range list {
			if one.Value == p.Sample {
				return true
			}
		}
	}
	return false
}

// patterns are what a form asks for; none while that is not complete, whatever else
// of the form is.
func patterns(r workspace.Rule, findings workspace.Findings) []*rule.Pattern {
	for _, found := range findings {
		part := problems.FieldOf(strings.TrimPrefix(found.Path, "rules[0]."))
		if part == "source" || part == "events" || strings.HasPrefix(part, "scope") {
			return nil
		}
	}
	return r.Patterns()
}

// sample returns the event of a choice.
func (h *handlers) sample(ctx context.Context, chosen string) (event.Event, bool) {
	kind, of, _ := strings.Cut(chosen, ":")
	var text []byte
	switch kind {
	case "sample":
		read, err := events.Files.ReadFile(of + ".json")
		if err != nil {
			return event.Event{}, false
		}
		text = read
	case "unknown":
		read, err := unknownSample(of)
		if err != nil {
			return event.Event{}, false
		}
		text = read
	case "recorded":
		if h.Options.History == nil {
			return event.Event{}, false
		}
		_, _, body, err := h.Options.History.Life(ctx, of)
		if err != nil {
			return event.Event{}, false
		}
		text = body
	}
	e, err := event.Parse(text)
	return e, err == nil
}

// unknownSample is a sample of a source, its worst, under a type that no catalogue
// has: PAI does not publish its types, and there may be more.
func unknownSample(source string) ([]byte, error) {
	worst := ""
	for _, file := range backend.SampleNames {
		what, ours := strings.CutPrefix(strings.TrimSuffix(file, ".json"), source+"-")
		typ, _ := event.Builtin().Type(source + "." + what)
		if ours && (worst == "" || typ.Severity == event.Critical) {
			worst = file
		}
	}
	text, err := events.Files.ReadFile(worst)
	if err != nil {
		return nil, err
	}
	e, err := event.Parse(text)
	if err != nil {
		return nil, err
	}
	service, _, _ := strings.Cut(e.Type(), ":")
	return backend.Changed(text, map[string]string{"type": service + ":StatusChanged"})
}

// replay asks the patterns about what was recorded, and offers recorded events
// to try.
func (h *handlers) replay(ctx context.Context, s *backend.State, p *previewed, source string, patterns []*rule.Pattern) {
	if h.Options.History == nil {
		return
	}
	bus := s.Workspace.Bus()
	if recording, ok := h.Options.History.(backend.Recording); ok && len(patterns) > 0 {
		set := rule.NewSet(patterns...)
		var matched []int
		p.Asked = 0
		err := recording.Bodies(ctx, bus, h.Now().Add(-replayDays*24*time.Hour), replayMost, func(_ int64, body []byte) {
			p.Asked++
			if found, err := set.Match(body, matched[:0]); err == nil && len(found) > 0 {
				p.Fired++
			}
		})
		if err != nil {
			h.Log.Error("recorded events could not be read", "error", err.Error())
			p.Asked = -1
		}
		p.Most = p.Asked == replayMost
	}
	recent, err := h.Options.History.History(ctx, local.Query{Bus: bus, Limit: 100})
	if err != nil {
		h.Log.Error("the history could not be read", "error", err.Error())
		return
	}
	from, _ := s.Catalogue().Source(source)
	compiled, err := rule.Compile(rule.Alibaba, from.Pattern)
	if err != nil {
		return
	}
	seen := map[string]bool{}
	for _, n := range recent {
		key := n.EventSource + " " + n.EventID
		probe, _ := json.Marshal(map[string]string{"source": n.EventSource, "type": n.EventType})
		if ours, err := compiled.Match(probe); seen[key] || err != nil || !ours || len(p.Recorded) >= recordedMost {
			continue
		}
		seen[key] = true
		p.Recorded = append(p.Recorded, frame.Choice{Value: "recorded:" + n.ID, Title: frame.Visible(frame.When(n.Accepted) + " · " + n.EventType + " · " + n.EventID)})
	}
}

// explained returns the conditions of the pattern in which most hold.
func explained(text []byte, patterns []*rule.Pattern) []rule.Condition {
	var best []rule.Condition
	most := -1
	for _, p := range patterns {
		conditions, err := p.Explain(text)
		if err != nil {
			continue
		}
		held := 0
		for _, one := range conditions {
			if one.Holds {
				held++
			}
		}
		if held > most {
			best, most = conditions, held
		}
	}
	return best
}

// messages shows what each target would show of the event, one contact for
// those that are sent to contacts.
func (h *handlers) messages(ctx context.Context, s *backend.State, f *form.Rule, e event.Event) []shown {
	source, typ := backend.Classify(s.Catalogue(), e)
	carried := f.Carried()
	var list []shown
	for _, t := range f.Targets {
		one := shown{Index: t.Index, Type: t.Type, Name: cmp.Or(t.Receiver, t.Name)}
		whole, _ := t.Target(h.literal).Resolved(s.Entries)
		instead := h.Options.Preview.Instead(whole)
		instead.Name = ""
		if t.Addressed && len(instead.Contacts) == 0 {
			one.Problem = "preview.contact"
			list = append(list, one)
			continue
		}
		if t.Addressed {
			instead.Contacts = instead.Contacts[:1]
		}
		receivers, findings := h.Documents.CheckTarget(s, f.Source, instead)
		if len(findings) > 0 || len(receivers) == 0 {
			one.Problem = "preview.incomplete"
			list = append(list, one)
			continue
		}
		receiver := receivers[0]
		one.Language = receiver.Language
		if chosen, ok := frame.KnownLanguage(f.Words); ok {
			one.Language = chosen
		}
		got, err := h.Options.Preview.Show(ctx, t.Spec, receiver, target.Notification{
			ID: strings.Repeat("0", 32), Rule: carried.Name, Event: e, Message: message.Render(e, source, typ, one.Language, carried),
		})
		if err == nil {
			one.HTML, err = got.HTML()
		}
		if err != nil {
			one.Problem = "preview.refused"
			h.Log.Warn("a preview failed", "type", t.Type, "error", err.Error())
		}
		list = append(list, one)
	}
	return list
}
