package editor

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/frame"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/rules/form"
	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/message"
)

// tried is the event that a form is tried with, and what the catalogue knows of
// it; there tells that there is one.
type tried struct {
	event  event.Event
	source event.Source
	typ    event.Type
	there  bool
}

// title is what messages in l about the event say first.
func (t tried) title(l message.Language, rule event.Rule) string {
	if !t.there {
		return ""
	}
	return message.Render(t.event, t.source, t.typ, l, rule).Title
}

// value is what messages in l show of the event for a fact; "" for nothing.
func (t tried) value(l message.Language, fact event.Fact) string {
	const asked = "asked" // tells it from what every message shows
	fact.Label = event.Label{EN: asked, ZH: asked, JA: asked}
	m := message.Render(t.event, t.source, t.typ, l, event.Rule{Fields: []event.Fact{fact}})
	for _, shown := range m.Fields {
		if shown.Label == asked {
			return shown.Value
		}
	}
	return ""
}

// What is offered of an event: so many paths, of values so deep in it, and of the
// first elements of its lists, which are alike.
const (
	pathsMost    = 100
	pathsDeepest = 8
	elementsMost = 5
)

// paths are the ways to the values inside the event's data, with what messages
// in l show of them.
func (t tried) paths(l message.Language) []frame.Choice {
	if !t.there {
		return nil
	}
	var list []frame.Choice
	seen := map[string]bool{}
	var walk func(path string, value json.RawMessage, depth int)
	walk = func(path string, value json.RawMessage, depth int) {
		switch {
		case len(value) == 0, depth > pathsDeepest, len(list) == pathsMost:
		case value[0] == '{':
			for name, member := range event.Each(value) {
				if inner := strings.TrimPrefix(path+"."+name, "."); name != "*" && !strings.Contains(name, ".") && strings.IndexFunc(name, frame.Turns) < 0 && event.CheckPath(inner) == nil {
					walk(inner, member, depth+1)
				}
			}
		case value[0] == '[':
			count := 0
			for element := range event.Elements(value) {
				if count++; count > elementsMost {
					break
				}
				walk(strings.TrimPrefix(path+".*", "."), element, depth+1)
			}
		case path != "" && !seen[path]:
			seen[path] = true
			if shown := t.value(l, event.Fact{Path: path}); shown != "" {
				list = append(list, frame.Choice{Value: path, Title: message.Clip(shown, nameMost)})
			}
		}
	}
	walk("", t.event.Data(), 0)
	return list
}

// try shows what the event has of each fact, as messages in l show it.
func try(f *form.Rule, l message.Language, t tried) {
	for _, list := range f.Lists() {
		for _, fact := range list.Facts {
			if t.there && fact.Key+fact.Path != "" {
				fact.Value = t.value(l, fact.Fact())
				fact.Missing = fact.Value == ""
			}
		}
	}
}

// nameMost bounds, in bytes, what a path is called beside its field.
const nameMost = 64

// offer names the facts, and offers the fields that messages know of the
// source, and those that the event has besides.
func offer(f *form.Rule, names frame.Titles, s event.Source, t tried) {
	l := names.Language
	var of, besides []frame.Choice
	for _, field := range s.Fields {
		of = append(of, frame.Choice{Value: field.Label, Title: message.LabelOf(field.Label, l)})
	}
	for _, key := range message.Keys() {
		if t.there && t.value(l, event.Fact{Key: key}) != "" {
			besides = append(besides, frame.Choice{Value: key, Title: message.LabelOf(key, l)})
		}
	}
	for _, list := range f.Lists() {
		taken := map[string]bool{}
		for i, fact := range list.Facts {
			taken[fact.Key] = true
			fact.ID = list.At(i)
			fact.Title = message.Clip(cmp.Or(fact.Path, Book.Say(l, "fact.path")), nameMost)
			if fact.Key != "" {
				fact.Title = message.LabelOf(fact.Key, l)
			}
			fact.Moves = []form.Move{
				{Value: "up", Sign: "↑", Idle: i == 0}, {Value: "down", Sign: "↓", Idle: i == len(list.Facts)-1}, {Value: "remove", Sign: "×"},
			}
		}
		for _, some := range []form.Choices{{Title: names.Source(s.Name), Choices: of}, {Title: Book.Say(l, "shows.besides"), Choices: besides}} {
			some.Choices = slices.DeleteFunc(slices.Clone(some.Choices), func(c frame.Choice) bool {
				before := taken[c.Value]
				taken[c.Value] = true
				return before
			})
			if len(some.Choices) > 0 {
				list.Offered = append(list.Offered, some)
			}
		}
	}
}
