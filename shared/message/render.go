package message

import (
	"cmp"
	"net/url"
	"slices"
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
	h := about(e, s, t)
	said := h.said(l)
	id := h.raw("id")
	m := Message{
		Language: l,
		Severity: said.severity,
		What:     said.what,
		Name:     cmp.Or(h.title(rule.Title, l), h.name()),
		Next:     said.next,
		Ran:      h.ran(),
		Subject:  h.subject(),
		Type:     cmp.Or(t.Name, Clip(clean(e.Type()), maxName)),
		Rule:     rule.Name,
		About:    Clip(clean(rule.Description), maxValue),
		Time:     e.Time(),
		of:       h,
	}
	m.Title = m.What
	if m.Name != "" {
		m.Title += Colon(l) + m.Name
	}
	m.Fields = h.sumUp(h.fields(&m, rule, id), rule.Policy, l)
	m.Brief = brief(m.Fields, h.raw("id"), len(rule.Fields) > 0, l)
	if !m.Time.IsZero() && !slices.ContainsFunc(m.Fields, func(f Field) bool { return f.Key == "time" }) {
		m.Fields = append(m.Fields, field("time", clock(m.Time), l))
	}
	if m.Link = h.link(); m.Link != "" {
		m.LinkText = linkText(s).In(l)
	}
	return m
}

// SubjectOf returns the identity of what an event is about, as [Message.Subject]
// has it.
func SubjectOf(e event.Event, s event.Source, t event.Type) string { return about(e, s, t).subject() }

func (h *happening) subject() string {
	return Clip(cmp.Or(h.raw("id"), clean(h.whole.Subject())), maxValue)
}

// title is what a rule puts in the place of the name; "" where it does not, or
// where the event has nothing of it.
func (h *happening) title(parts []event.Fact, l Language) string {
	if len(parts) == 0 {
		return ""
	}
	var texts []string
	for _, part := range parts {
		if text := translated(part.Key, h.fact(part, l), l); text != "" {
			texts = append(texts, text)
		}
	}
	return Clip(strings.Join(texts, " · "), maxName)
}

// name is what the event is about, by the name that people gave it, or else by its
// id; "" where the event has neither.
func (h *happening) name() string {
	name := cmp.Or(h.raw("name"), h.raw("id"), withoutAccount(clean(h.event.Subject())))
	if version := h.raw("version"); version != "" {
		name += " " + version
	}
	return Clip(strings.TrimSpace(name), maxName)
}

// withoutAccount returns the subject of an event of Alibaba Cloud, which is
// "acs:<product>:<region>:<account>:<resource>", as its resource alone.
func withoutAccount(subject string) string {
	if parts := strings.SplitN(subject, ":", 5); len(parts) == 5 && parts[0] == "acs" && parts[4] != "" {
		return parts[4]
	}
	return subject
}

// ran is how long it ran.
func (h *happening) ran() time.Duration {
	n, ok := whole(h.raw("duration"))
	if !ok {
		return 0
	}
	return min(time.Duration(n), maxRan/time.Second) * time.Second
}

// maxRan keeps a duration within what it can hold.
const maxRan = 100 * 365 * 24 * time.Hour

func field(key, value string, l Language) Field {
	return Field{Key: key, Label: labelFor(key).text.In(l), Value: Clip(translated(key, value, l), maxValue)}
}

// link fills the console's address; it is "" when the event lacks a part of it.
func (h *happening) link() string {
	address := h.source.Console
	if address == "" {
		return ""
	}
	workspace := func() string {
		f, _ := h.look(h.source.Workspace)
		return cmp.Or(f.text, h.raw("workspace_id"))
	}
	for _, part := range [...]struct {
		name  string
		value func() string
	}{
		{"{region}", func() string { return clean(h.event.Extension("aliyunregionid")) }},
		{"{workspace}", workspace},
		{"{id}", func() string { return h.raw("id") }},
	} {
		if !strings.Contains(address, part.name) {
			continue
		}
		value := part.value()
		if value == "" || len(value) > maxName {
			return ""
		}
		// A space as %20 is right before and after the # of the address; "+" is not.
		address = strings.ReplaceAll(address, part.name, strings.ReplaceAll(url.QueryEscape(value), "+", "%20"))
	}
	return address
}
