package form

import (
	"cmp"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/censor"
	"github.com/pai-notify/pai-notify/shared/target"
	"github.com/pai-notify/pai-notify/shared/workspace/edit"
)

// A state of a rule travels with its form, so that a form which somebody else's change
// overtook can be put together with it, field by field. It is the rule as decoded from
// JSON, with tokens in the place of secrets, and with an id for each target, by which
// one is known whatever of it changes.

// token is what a state and a form have for a secret.
func token(_ *Target, _, token string) string { return token }

// stateOf returns the state of a rule, with the ids of its targets.
func stateOf(r edit.Rule, ids []string) any {
	text, err := r.JSON()
	made := map[string]any{}
	if err != nil || json.Unmarshal(text, &made) != nil {
		return nil
	}
	list, _ := made["targets"].([]any)
	for i, one := range list {
		if t, ok := one.(map[string]any); ok {
			t["id"] = ids[i]
		}
	}
	return made
}

// state of a rule of the document.
func documentState(r edit.Rule, specs []target.Spec, entries []edit.Receiver, ids func(i int, t edit.Target) string) any {
	f := Load(r, specs, entries)
	var list []string
	for _, t := range f.Targets {
		list = append(list, ids(t.Was, t.old))
	}
	return stateOf(f.Rule(token), list)
}

// Snapshot writes the state of a rule of the document into a form.
func Snapshot(r edit.Rule, specs []target.Spec, entries []edit.Receiver, c *censor.Censor) string {
	return written(documentState(r, specs, entries, func(i int, _ edit.Target) string { return strconv.Itoa(i) }), c)
}

func written(state any, c *censor.Censor) string {
	text, err := json.Marshal(each(state, "", func(key, text string) string { return c.Cover(text, key) }))
	if err != nil {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(text)
}

// read returns the state that a form brings; nil when it brings none.
func read(snapshot string, c *censor.Censor) any {
	var state any
	text, err := base64.RawURLEncoding.DecodeString(snapshot)
	if err != nil || json.Unmarshal(text, &state) != nil {
		return nil
	}
	return each(state, "", func(_, text string) string {
		text, _ = c.Reveal(text)
		return text
	})
}

// each returns a value with other texts in it.
func each(v any, key string, other func(key, text string) string) any {
	switch v := v.(type) {
	case map[string]any:
		made := map[string]any{}
		for k, one := range v {
			made[k] = each(one, k, other)
		}
		return made
	case []any:
		made := make([]any, len(v))
		for i, one := range v {
			made[i] = each(one, key, other)
		}
		return made
	case string:
		return other(key, v)
	}
	return v
}

// targetsOf are the targets of a state.
func targetsOf(state any) []map[string]any {
	var all []map[string]any
	list, _ := edit.At(state, []string{"targets"}).([]any)
	for _, one := range list {
		m, _ := one.(map[string]any)
		all = append(all, m)
	}
	return all
}

func idOf(t map[string]any) string { return fmt.Sprint(t["id"]) }

// state is that of the form; base is where its targets come from.
func (f *Rule) state(base any) any {
	were := targetsOf(base)
	var ids []string
	for i, t := range f.Targets {
		if t.Was >= 0 && t.Was < len(were) {
			ids = append(ids, idOf(were[t.Was]))
		} else {
			ids = append(ids, "new-"+strconv.Itoa(i))
		}
	}
	return stateOf(f.Rule(token), ids)
}

// follow returns the state of the document's rule in which the targets of base keep
// their ids.
func follow(base any, now edit.Rule, specs []target.Spec, entries []edit.Receiver) any {
	known := map[string]string{}
	for _, t := range targetsOf(base) {
		receiver, _ := t["receiver"].(string)
		name, _ := t["name"].(string)
		typ, _ := t["type"].(string)
		known[called(known, receiver, name, typ)] = idOf(t)
	}
	seen := map[string]string{}
	return documentState(now, specs, entries, func(_ int, t edit.Target) string {
		key := called(seen, t.Receiver, t.Name, t.Type)
		seen[key] = key
		return cmp.Or(known[key], "theirs-"+rand.Text()[:6])
	})
}

// called is what a target is known by: the receiver that it refers to, its name, or
// its place among those of its type.
func called(taken map[string]string, receiver, name, typ string) string {
	switch {
	case receiver != "":
		return "receiver " + receiver
	case name != "":
		return "name " + name
	}
	for n := 1; ; n++ {
		key := typ + " " + strconv.Itoa(n)
		if _, there := taken[key]; !there {
			return key
		}
	}
}

// Overtaken tells whether the rule is another in the document by now than it was when
// the form was made.
func (f *Rule) Overtaken(now edit.Rule, specs []target.Spec, entries []edit.Receiver, c *censor.Censor) bool {
	base := read(f.Base, c)
	return len(edit.Differences(base, follow(base, now, specs, entries))) > 0
}

// Unchanged tells whether the form says what the document's rule says.
func (f *Rule) Unchanged(now edit.Rule, specs []target.Spec, entries []edit.Receiver, c *censor.Censor) bool {
	base := read(f.Base, c)
	return len(edit.Differences(follow(base, now, specs, entries), f.state(base))) == 0
}

// Orphan makes the form one of a new rule, when somebody has deleted the one it was
// about: secrets that stood in the document are gone, and each is called with their
// fields.
func (f *Rule) Orphan(each func(field string)) {
	for _, t := range append(slices.Clone(f.Targets), f.Unfit...) {
		t.Was, t.old = -1, edit.Target{}
		for _, field := range t.Fields {
			if field.Token == censor.KeptToken {
				field.Token = ""
				each(field.ID)
			}
		}
	}
}

// Meet puts the form together with what the rule is in the document by now.
func (f *Rule) Meet(now edit.Rule, specs []target.Spec, entries []edit.Receiver, c *censor.Censor) error {
	base := read(f.Base, c)
	theirs := follow(base, now, specs, entries)
	combined, _ := edit.Combine(base, f.state(base), theirs)
	f.Met = cmp.Or(f.Met, f.Base)
	return f.become(combined, theirs, now, specs, entries, c)
}

// TakeTheirs puts what the document says into a field of the form.
func (f *Rule) TakeTheirs(path string, now edit.Rule, specs []target.Spec, entries []edit.Receiver, c *censor.Censor) error {
	theirs := read(f.Base, c)
	return f.become(edit.Take(f.state(theirs), theirs, strings.Split(path, "/")), theirs, now, specs, entries, c)
}

// become makes the form that of a state; theirs is that of now, the document's rule.
func (f *Rule) become(state, theirs any, now edit.Rule, specs []target.Spec, entries []edit.Receiver, c *censor.Censor) error {
	var ids []string
	state = each(state, "", func(_, text string) string { return text }) // a copy
	for _, t := range targetsOf(state) {
		ids = append(ids, idOf(t))
		delete(t, "id")
	}
	r, err := edit.RuleOf(state)
	if err != nil {
		return err
	}
	made := Load(r, specs, entries)
	there := targetsOf(theirs)
	for _, t := range made.Targets {
		at := slices.IndexFunc(there, func(one map[string]any) bool { return idOf(one) == ids[t.Was] })
		t.Was, t.old = at, edit.Target{}
		if at >= 0 {
			t.old = now.Targets[at]
		}
		t.Errors = f.Errors
	}
	made.Was, made.ID, made.Base, made.Met, made.Errors = now.Name, now.ID, written(theirs, c), f.Met, f.Errors
	made.Unfit, made.Sample, made.Words, made.At, made.Zone = f.Unfit, f.Sample, f.Words, f.At, f.Zone
	for _, t := range made.Unfit {
		t.Was, t.old = -1, edit.Target{}
	}
	*f = *made
	return nil
}

// Theirs is one thing that somebody else changed while the form was open.
type Theirs struct {
	// Path leads to it. Field and Target are the last parts of it as people know
	// them; Target is "" for what is not of a target.
	Path, Field, Target string
	// Was is what it was, Now what it is in the document, and Yours what the form
	// has; "" for nothing.
	Was, Now, Yours string
	// Taken tells that the form has what the document has.
	Taken bool
}

// Changes are what somebody else changed while the form was open.
func (f *Rule) Changes(c *censor.Censor) []Theirs {
	if f.Met == "" {
		return nil
	}
	met, base := read(f.Met, c), read(f.Base, c)
	mine := f.state(base)
	var all []Theirs
	for _, d := range edit.Differences(met, base) {
		if len(d.Path) == 0 {
			continue // what the form brought was no state: nobody can tell what changed
		}
		yours := edit.At(mine, d.Path)
		one := Theirs{
			Path: strings.Join(d.Path, "/"), Field: d.Path[len(d.Path)-1], Was: said(d.Base), Now: said(d.Theirs), Yours: said(yours),
			Taken: len(edit.Differences(yours, d.Theirs)) == 0,
		}
		if len(d.Path) > 1 && d.Path[0] == "targets" {
			for _, state := range []any{base, met} {
				if t, ok := edit.At(state, d.Path[:2]).(map[string]any); ok && one.Target == "" {
					if one.Target = fmt.Sprint(t["type"]); t["name"] != nil {
						one.Target += " · " + fmt.Sprint(t["name"])
					}
				}
			}
			if len(d.Path) == 2 {
				one.Field = "target"
			}
		}
		all = append(all, one)
	}
	return all
}

// said is a value as people read it, without secrets.
func said(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		if v == censor.KeptToken || censor.IsToken(v) {
			return "••••"
		}
		return censor.Redacted(v)
	case []any:
		var parts []string
		for _, one := range v {
			parts = append(parts, said(one))
		}
		return strings.Join(parts, ", ")
	case map[string]any:
		var parts []string
		for _, key := range slices.Sorted(maps.Keys(v)) {
			if key != "id" {
				parts = append(parts, key+": "+said(v[key]))
			}
		}
		return strings.Join(parts, ", ")
	}
	return fmt.Sprint(v)
}
