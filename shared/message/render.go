package message

import (
	"cmp"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pai-notify/pai-notify/shared/event"
)

// Render says in l what e means. s and t are what the catalogue knows of its
// source and of its type; either may be the zero value. Then the message is
// plainer, and shows the event's own source, type, subject and id instead of
// what could not be read. It does not fail: an event nobody expected must
// still reach the people who asked for it.
//
// Texts that come from the event are cleaned: each is one line of visible
// text, cut when it is absurdly long. rule is the rule that asked.
func Render(e event.Event, s event.Source, t event.Type, l Language, rule event.Rule) Message {
	h := happening{e, s, t}
	id := clean(e.Lookup(s.ID))
	said := h.said(l)
	m := Message{
		Language: l,
		Severity: said.severity,
		What:     said.what,
		Name:     h.name(),
		Next:     said.next,
		Fields:   fields(e, s, l),
		Ran:      h.ran(),
		Subject:  Clip(cmp.Or(id, clean(e.Subject())), maxValue),
		Type:     cmp.Or(t.Name, Clip(clean(e.Type()), maxName)),
		Rule:     rule.Name,
		About:    Clip(clean(rule.Description), maxValue),
		Time:     e.Time(),
	}
	m.Title = m.What
	if m.Name != "" {
		m.Title += Colon(l) + m.Name
	}
	m.Brief = h.brief(l)
	if id == "" || t.Name == "" {
		m.Fields = appendFacts(m.Fields, e, l)
	}
	if !m.Time.IsZero() {
		m.Fields = append(m.Fields, field("time", clock(m.Time), l))
	}
	if m.Link = link(e, s); m.Link != "" {
		m.LinkText = linkText.In(l)
	}
	return m
}

// happening is an event with what the catalogue knows of it.
type happening struct {
	event  event.Event
	source event.Source
	typ    event.Type
}

// raw returns the value of the field of that key, as the event has it; "" when it
// has none.
func (h happening) raw(key string) string {
	return clean(lookup(h.event, h.source, key))
}

// name is what the event is about, by the name that people gave it.
func (h happening) name() string {
	name := cmp.Or(clean(h.event.Lookup(h.source.Title)), clean(h.event.Lookup(h.source.ID)), clean(h.event.Subject()), clean(h.event.ID()))
	if version := h.raw("version"); version != "" {
		name += " " + version
	}
	return Clip(name, maxName)
}

// ran is how long it ran.
func (h happening) ran() time.Duration {
	n, err := strconv.ParseInt(h.raw("duration"), 10, 64)
	if err != nil || n < 0 || n > maxDuration {
		return 0
	}
	return min(time.Duration(n), maxRan/time.Second) * time.Second
}

// maxRan keeps a duration within what it can hold.
const maxRan = 100 * 365 * 24 * time.Hour

// brief is the reason, then what else decides at a glance.
func (h happening) brief(l Language) string {
	var parts []string
	for _, key := range [...]string{"reason", "duration", "restarts"} {
		if value := labelFor(key).unit.written(h.raw(key), l, time.Time{}); value != "" {
			parts = append(parts, value)
		}
	}
	return Clip(strings.Join(parts, " · "), maxValue)
}

// saying is what is said of an event in one language.
type saying struct {
	severity event.Severity
	// what happened, and what the reader can do about it.
	what, next string
}

// said finds the words for an event.
func (h happening) said(l Language) saying {
	if w, ok := wordsFor(h.typ.Name); ok {
		return saying{cmp.Or(h.typ.Severity, event.Info), w.title.In(l), w.next.In(l)}
	}
	what := serviceName(cmp.Or(h.source.Name, h.typ.Source())).In(l) + " " + cmp.Or(h.typ.What(), Clip(clean(h.event.Type()), maxName))
	return saying{severity: cmp.Or(h.typ.Severity, event.Info), what: what}
}

// fields returns what the event has of its source's fields. Of several with
// one label the first counts, so that a name can stand before the id that
// replaces it.
func fields(e event.Event, s event.Source, l Language) []Field {
	shown := make([]Field, 0, len(s.Fields)+1)
	happened := e.Time()
	for _, f := range s.Fields {
		if slices.ContainsFunc(shown, func(before Field) bool { return before.Key == f.Label }) {
			continue
		}
		value := labelFor(f.Label).unit.written(clean(e.Lookup(f.Path)), l, happened)
		if value == "" {
			continue
		}
		shown = append(shown, field(f.Label, value, l))
	}
	// Data that has no members is shown as it is.
	if text := clean(e.Text()); text != "" {
		shown = append(shown, field("data", text, l))
	}
	return shown
}

// appendFacts adds what the envelope says, for an event whose data or whose
// type is not the one expected.
func appendFacts(to []Field, e event.Event, l Language) []Field {
	for _, fact := range [...]struct{ key, value string }{
		{"source", e.Source()}, {"type", e.Type()}, {"subject", e.Subject()}, {"event_id", e.ID()},
	} {
		if value := clean(fact.value); value != "" {
			to = append(to, field(fact.key, value, l))
		}
	}
	return to
}

func field(key, value string, l Language) Field {
	return Field{Key: key, Label: labelFor(key).text.In(l), Value: Clip(value, maxValue)}
}

func lookup(e event.Event, s event.Source, key string) string {
	for _, f := range s.Fields {
		if f.Label == key {
			if value := e.Lookup(f.Path); value != "" {
				return value
			}
		}
	}
	return ""
}

// link fills the console's address; it is "" when the event lacks a part of it.
func link(e event.Event, s event.Source) string {
	region := e.Extension("aliyunregionid")
	address := s.Console
	for _, part := range [...]struct{ name, value string }{
		{"{region}", region}, {"{workspace}", e.Lookup(s.Workspace)}, {"{id}", e.Lookup(s.ID)},
	} {
		if !strings.Contains(address, part.name) {
			continue
		}
		value := clean(part.value)
		if value == "" || len(value) > maxName {
			return ""
		}
		// A space as %20 is right before and after the # of the address; "+" is not.
		address = strings.ReplaceAll(address, part.name, strings.ReplaceAll(url.QueryEscape(value), "+", "%20"))
	}
	return address
}
