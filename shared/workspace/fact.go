package workspace

import (
	"fmt"
	"slices"

	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/secret"
	"github.com/pai-notify/pai-notify/shared/workspace/internal/document"
)

// title returns what a rule's titles are made of.
func (b *builder) title(c *event.Catalogue, d document.Rule, path string) []event.Fact {
	facts := make([]document.Fact, len(d.Title))
	for i, part := range d.Title {
		facts[i].Part = part
	}
	return b.facts(c, d.Source, facts, path)
}

// fields returns what a rule's messages show.
func (b *builder) fields(c *event.Catalogue, d document.Rule, path string) []event.Fact {
	return b.facts(c, d.Source, d.Fields, path)
}

// facts checks what the document's shape leaves open: whether the keys are known,
// and whether something comes twice.
func (b *builder) facts(c *event.Catalogue, source string, list []document.Fact, path string) []event.Fact {
	var facts []event.Fact
	known := keysOf(c, source)
	seen := map[document.Part]int{}
	for i, f := range list {
		at := fmt.Sprintf("%s[%d]", path, i)
		if b.failed(at) {
			continue
		}
		first, again := seen[f.Part]
		switch {
		case f.Key != "" && f.Path != "":
			b.add(fieldBoth, at)
		case f.Key == "" && f.Path == "":
			b.add(fieldNeither, at)
		case f.Key != "" && !slices.Contains(known, f.Key):
			b.add(fieldUnknown, at, "name", shown(f.Key), "source", shown(source), "hint", suggest(f.Key, known))
		case again:
			b.add(fieldRepeated, at, "first", first+1)
		default:
			b.plain(at+".path", f.Path)
			for _, text := range []string{f.Label.EN, f.Label.ZH, f.Label.JA} {
				b.plain(at+".label", text)
			}
			facts = append(facts, event.Fact{Key: f.Key, Path: f.Path, Label: event.Label(f.Label)})
		}
		seen[f.Part] = i
	}
	return facts
}

// plain refuses a text that looks like a reference, which nothing fills in.
func (b *builder) plain(at, text string) {
	if err := secret.CheckPlain(text); text != "" && err != nil {
		b.add(misreference, at, "reason", err.Error())
	}
}

// keysOf returns the keys that a rule over a source can name: those that the
// catalogue has for it, then what messages know of any event.
func keysOf(c *event.Catalogue, source string) []string {
	var keys []string
	add := func(key string) {
		if !slices.Contains(keys, key) {
			keys = append(keys, key)
		}
	}
	s, _ := c.Source(source)
	for _, f := range s.Fields {
		add(f.Label)
	}
	for _, key := range message.Keys() {
		add(key)
	}
	return keys
}
