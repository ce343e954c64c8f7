package provision

import (
	"bytes"
	"cmp"
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/target"
)

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

func describe(r bus.Rule) []Difference { return compareRules(bus.Rule{Enabled: !r.Enabled}, r) }

func compareRules(is, want bus.Rule) []Difference {
	var list []Difference
	if !sameJSON(is.Pattern, want.Pattern) {
		list = append(list, Difference{"pattern", is.Pattern, want.Pattern})
	}
	if is.Enabled != want.Enabled {
		d := Difference{"enabled", yesNo(is.Enabled), yesNo(want.Enabled)}
		if is.Name == "" {
			d.Old = ""
		}
		list = append(list, d)
	}
	if is.Description != want.Description {
		oldText, oldOwner := unmarked(is.Description)
		newText, newOwner := unmarked(want.Description)
		if oldText != newText {
			list = append(list, Difference{"description", oldText, newText})
		}
		if oldOwner != newOwner {
			list = append(list, Difference{"owner", oldOwner, newOwner})
		}
		if oldText == newText && oldOwner == newOwner {
			list = append(list, Difference{"description", is.Description, want.Description})
		}
	}
	return list
}

func describeTarget(t bus.Target) []Difference {
	list := []Difference{{Property: "function", New: t.Function}}
	for _, c := range t.List {
		list = append(list, Difference{Property: "rule " + c.Rule.Key(), New: named(c)})
	}
	if len(t.List) > 0 {
		return list
	}
	list = append(list, Difference{Property: "receiver", New: shown(t.Receiver)})
	if len(t.Patterns) > 0 {
		list = append(list, Difference{Property: "filtered by", New: strings.Join(t.Patterns, " or ")})
	}
	return list
}

// named lists the receivers that a list carries for a rule.
func named(c bus.Carried) string {
	names := make([]string, len(c.Receivers))
	for i, r := range c.Receivers {
		names[i] = shown(r)
	}
	return strings.Join(names, ", ")
}

// compareTargets returns what differs. A target on the bus may hold a secret,
// whoever wrote it, so only values that cannot be secrets are shown.
func (types targetTypes) compareTargets(is, want bus.Target) []Difference {
	if is.Altered != want.Altered {
		return []Difference{{"target", is.Altered, "as this document has it"}}
	}
	list := differing(Difference{"function", is.Function, want.Function})
	if len(is.List)+len(want.List) > 0 {
		return append(list, types.compareLists(is, want)...)
	}
	list = append(list, compareCarried(is.Rule, want.Rule)...)
	list = append(list, comparePatterns(is.Patterns, want.Patterns)...)
	return append(list, types.compareReceivers(is.Receiver, want.Receiver)...)
}

// differing returns the properties that change.
func differing(all ...Difference) []Difference {
	return slices.DeleteFunc(all, func(d Difference) bool { return d.Old == d.New })
}

func compareCarried(is, want event.Rule) (list []Difference) {
	list = differing(
		Difference{"rule", is.Name, want.Name}, Difference{"rule id", is.ID, want.ID}, Difference{"owner", is.Owner, want.Owner},
		Difference{"on the bus", is.OnBus, want.OnBus}, Difference{"description in messages", is.Description, want.Description},
	)
	list = append(list, compareFacts("title of messages", is.Title, want.Title)...)
	list = append(list, compareFacts("fields of messages", is.Fields, want.Fields)...)
	list = append(list, comparePolicies(is.Policy, want.Policy)...)
	if !sameCatalogue(is.Catalogue, want.Catalogue) {
		list = append(list, Difference{"catalogue", counted(is.Catalogue), counted(want.Catalogue)})
	}
	return list
}

// compareFacts shows long lists only from where they differ.
func compareFacts(property string, is, want []event.Fact) []Difference {
	if slices.Equal(is, want) {
		return nil
	}
	before := 0
	if old, new := facts(is), facts(want); characters(old) > longestShown || characters(new) > longestShown {
		for before < min(len(is), len(want)) && is[before] == want[before] {
			before++
		}
	}
	show := func(list []event.Fact) string {
		if before == 0 {
			return shortened(facts(list))
		}
		return shortened(strings.TrimSuffix("…, "+facts(list[before:]), ", "))
	}
	return []Difference{{property, show(is), show(want)}}
}

// facts formats the fields that a rule shows: reason, user as
// {"en":"Who","zh":"谁"}. A path that could be taken for a key is in braces.
func facts(list []event.Fact) string {
	texts := make([]string, len(list))
	for i, f := range list {
		texts[i] = cmp.Or(f.Key, f.Path)
		if f.Path != "" && !strings.Contains(f.Path, ".") {
			texts[i] = "{path: " + f.Path + "}"
		}
		if f.Label != (event.Label{}) {
			label, _ := f.Label.MarshalJSON() // texts can always be written
			texts[i] += " as " + string(label)
		}
	}
	return strings.Join(texts, ", ")
}

func comparePatterns(is, want []string) []Difference {
	if slices.EqualFunc(is, want, sameJSON) {
		return nil
	}
	return []Difference{{"filtered by", strings.Join(is, " or "), strings.Join(want, " or ")}}
}

func (types targetTypes) compareReceivers(is, want target.Receiver) (list []Difference) {
	list = differing(Difference{"type", is.Type, want.Type}, Difference{"name", is.Name, want.Name}, Difference{"language", string(is.Language), string(want.Language)})
	if !bytes.Equal(is.Parameters, want.Parameters) {
		list = append(list, types.compareParameters(want.Type, is.Parameters, want.Parameters)...)
	}
	return list
}

// compareLists compares what two targets carry, rule by rule and receiver by
// receiver, in any order.
func (types targetTypes) compareLists(is, want bus.Target) (list []Difference) {
	find := func(in bus.Target, key string) (all []carriedTo) {
		for _, c := range in.Carries() {
			if c.Rule.Key() == key {
				for _, r := range c.Receivers {
					all = append(all, carriedTo{c, r})
				}
			}
		}
		slices.SortStableFunc(all, func(a, b carriedTo) int { return strings.Compare(shown(a.receiver), shown(b.receiver)) })
		return all
	}
	seen := map[string]bool{}
	for _, c := range slices.Concat(is.Carries(), want.Carries()) {
		key := c.Rule.Key()
		if seen[key] {
			continue
		}
		seen[key] = true
		old, new := find(is, key), find(want, key)
		if !slices.EqualFunc(old, new, func(a, b carriedTo) bool { return shown(a.receiver) == shown(b.receiver) }) {
			list = append(list, Difference{"rule " + key, listed(old), listed(new)})
			continue
		}
		under := func(what string, differences []Difference) {
			for _, d := range differences {
				d.Property = what + ": " + d.Property
				if !slices.Contains(list, d) { // of another receiver of the rule
					list = append(list, d)
				}
			}
		}
		for i, o := range old {
			under("rule "+key, compareCarried(o.carried.Rule, new[i].carried.Rule))
			under("rule "+key, comparePatterns(o.carried.Patterns, new[i].carried.Patterns))
			under(key+"/"+shown(o.receiver), types.compareReceivers(o.receiver, new[i].receiver))
		}
	}
	if len(list) == 0 && (len(is.List) == 0) != (len(want.List) == 0) {
		list = append(list, Difference{"target", "one rule", "a list of rules"})
	}
	return list
}

// carriedTo is a receiver with the element of a list that it stands in.
type carriedTo struct {
	carried  bus.Carried
	receiver target.Receiver
}

func listed(all []carriedTo) string {
	names := make([]string, len(all))
	for i, one := range all {
		names[i] = shown(one.receiver)
	}
	return strings.Join(names, ", ")
}

func sameCatalogue(a, b event.Catalogue) bool {
	if len(a.Sources)+len(a.Types)+len(b.Sources)+len(b.Types) == 0 {
		return true
	}
	x, _ := json.Marshal(a) // catalogues were read from JSON
	y, _ := json.Marshal(b)
	return sameJSON(string(x), string(y))
}

func counted(c event.Catalogue) string {
	text, _ := json.Marshal(c)
	return shortened(string(text))
}

func (types targetTypes) compareParameters(typ string, is, want json.RawMessage) []Difference {
	var a, b map[string]json.RawMessage
	_ = json.Unmarshal(is, &a) // what is no object has no members
	_ = json.Unmarshal(want, &b)
	keys := map[string]bool{}
	for k := range a {
		keys[k] = true
	}
	for k := range b {
		keys[k] = true
	}
	var list []Difference
	for _, k := range slices.Sorted(maps.Keys(keys)) {
		if !sameJSON(string(a[k]), string(b[k])) {
			list = append(list, Difference{k, types.shownParameter(typ, k, a[k]), types.shownParameter(typ, k, b[k])})
		}
	}
	if len(list) == 0 && !sameJSON(string(is), string(want)) {
		list = append(list, Difference{"parameters", "<not shown>", "as this document has them"})
	}
	return list
}

// shownParameter formats a parameter for people. It shows references to secrets,
// but nothing that may be a secret itself.
func (types targetTypes) shownParameter(typ, key string, value json.RawMessage) string {
	if len(value) == 0 {
		return ""
	}
	var text string
	if json.Unmarshal(value, &text) == nil {
		if text != "" && !target.Secret(text).Literal() {
			return text
		}
	} else {
		text = string(value)
	}
	if !types.harmless(typ, key) {
		return "<not shown>"
	}
	return shortened(text)
}

func member(t reflect.Type, key string) (reflect.Type, bool) {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct {
		return nil, false
	}
	for i := range t.NumField() {
		f := t.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == key {
			return f.Type, true
		}
		if f.Anonymous && name == "" {
			if found, ok := member(f.Type, key); ok {
				return found, true
			}
		}
	}
	return nil, false
}

func holdsSecret(t reflect.Type, depth int) bool {
	if t == reflect.TypeFor[target.Secret]() || t == reflect.TypeFor[json.RawMessage]() || depth > 8 {
		return true
	}
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Array:
		return holdsSecret(t.Elem(), depth+1)
	case reflect.Map:
		return holdsSecret(t.Elem(), depth+1) || holdsSecret(t.Key(), depth+1)
	case reflect.Struct:
		for i := range t.NumField() {
			if holdsSecret(t.Field(i).Type, depth+1) {
				return true
			}
		}
	case reflect.Interface:
		return true
	}
	return false
}

// longestShown is how many characters of a value a plan shows.
const longestShown = 200

func shortened(s string) string { return shortenedTo(s, longestShown) }

func shortenedTo(s string, longest int) string {
	if utf8.RuneCountInString(s) <= longest {
		return s
	}
	return string([]rune(s)[:longest-1]) + "…"
}
