package edit

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// Clash is a place that two changes of one state make into different things.
type Clash struct {
	// Path leads to the place. An item of a list is called by its id or name, or,
	// without either, by its type and its position among those of its type.
	Path []string
	// Ours and Theirs are what the two made of Base; nil where nothing is left.
	Base, Ours, Theirs any
}

// Combine puts together what two changes made of base, value by value and item by
// item, as decoded from YAML or JSON. Where they clash, ours stays.
func Combine(base, ours, theirs any) (any, []Clash) {
	c := &combining{}
	return c.combine(nil, base, ours, theirs), c.clashes
}

type combining struct{ clashes []Clash }

func (c *combining) combine(path []string, base, ours, theirs any) any {
	if len(path) == 1 {
		ours, theirs = filled(ours, base), filled(theirs, base)
	}
	switch {
	case reflect.DeepEqual(ours, theirs), reflect.DeepEqual(base, theirs):
		return ours
	case reflect.DeepEqual(base, ours):
		return theirs
	}
	if o, ok := ours.(map[string]any); ok {
		t, both := theirs.(map[string]any)
		if b, ok := base.(map[string]any); both && (ok || base == nil) {
			return c.mappings(path, b, o, t)
		}
	}
	if o, ok := itemsOf(ours); ok {
		t, both := itemsOf(theirs)
		b, ok := itemsOf(base)
		if both && (ok || base == nil) && o.numbered(b) && t.numbered(b) {
			return c.lists(path, b, o, t)
		}
	}
	c.clashes = append(c.clashes, Clash{slices.Clone(path), base, ours, theirs})
	return ours
}

// filled returns a section that is gone as one in which nothing is left: the last item
// of a document's section takes the section with it.
func filled(v, base any) any {
	if v == nil {
		switch base.(type) {
		case map[string]any:
			return map[string]any{}
		case []any:
			return []any{}
		}
	}
	return v
}

func (c *combining) mappings(path []string, base, ours, theirs map[string]any) any {
	made := map[string]any{}
	for _, of := range []map[string]any{ours, theirs} {
		for key := range of {
			if _, again := made[key]; again {
				continue
			}
			if v := c.combine(append(path, key), base[key], ours[key], theirs[key]); v != nil {
				made[key] = v
			}
		}
	}
	return made
}

// items are those of a list, in its order, by what they are called.
type items struct {
	names []string
	by    map[string]any
}

// numbered tells whether the items that only their type and position name are those of
// the list that it was made of. Where one of them came or went, it can be said only
// while the others stayed as they were.
func (l items) numbered(base items) bool {
	count, were := l.typed(), base.typed()
	for kind, n := range were {
		if count[kind] == n {
			continue
		}
		for i := range min(n, count[kind]) {
			if name := ordinal(kind, i+1); !reflect.DeepEqual(l.by[name], base.by[name]) {
				return false
			}
		}
	}
	return true
}

// typed is how many items of each type only their type and position name.
func (l items) typed() map[string]int {
	count := map[string]int{}
	for _, name := range l.names {
		if kind, _, ok := strings.Cut(name, "#"); ok && kind != "" {
			count[kind]++
		}
	}
	return count
}

func ordinal(kind string, n int) string { return kind + "#" + strconv.Itoa(n) }

// itemsOf tells apart the items of a list; false where two are called the same. A target
// that refers to a receiver is called as one in place of that name is, so that it is the
// same whatever else it says, and after it moved. One that nothing names is called by a
// digest, since what it says may be secret.
func itemsOf(v any) (items, bool) {
	list, ok := v.([]any)
	made, typed := items{by: map[string]any{}}, map[string]int{}
	for _, one := range list {
		name := fmt.Sprint(one)
		if m, is := one.(map[string]any); is {
			id, _ := m["id"].(string)
			called, _ := m["name"].(string)
			kind, _ := m["type"].(string)
			receiver, _ := m["receiver"].(string)
			switch {
			case id != "":
				name = id
			case called != "":
				name = called
			case receiver != "":
				name = receiver
			case kind != "":
				typed[kind]++
				name = ordinal(kind, typed[kind])
			default:
				sum := sha256.Sum256([]byte(name))
				name = "#" + hex.EncodeToString(sum[:4])
			}
		}
		if _, again := made.by[name]; again {
			return items{}, false
		}
		made.names, made.by[name] = append(made.names, name), one
	}
	return made, ok
}

// lists keeps our order, and puts what is theirs after the item that it follows.
func (c *combining) lists(path []string, base, ours, theirs items) any {
	order, made := []string{}, map[string]any{}
	for _, name := range ours.names {
		if v := c.combine(append(path, name), base.by[name], ours.by[name], theirs.by[name]); v != nil {
			order, made[name] = append(order, name), v
		}
	}
	for i, name := range theirs.names {
		if _, there := ours.by[name]; there {
			continue
		}
		v := c.combine(append(path, name), base.by[name], nil, theirs.by[name])
		if v == nil {
			continue
		}
		at := 0
		for _, before := range slices.Backward(theirs.names[:i]) {
			if k := slices.Index(order, before); k >= 0 {
				at = k + 1
				break
			}
		}
		order, made[name] = slices.Insert(order, at, name), v
	}
	list := make([]any, len(order))
	for i, name := range order {
		list[i] = made[name]
	}
	return list
}

// Differences are the places where two states are not the same, as deep as items of
// lists have names: Base is what was, and Theirs what is there now.
func Differences(from, to any) []Clash { return differences(nil, from, to) }

func differences(path []string, from, to any) []Clash {
	if reflect.DeepEqual(from, to) {
		return nil
	}
	a, b := parts(from), parts(to)
	if a == nil || b == nil {
		return []Clash{{Path: slices.Clone(path), Base: from, Theirs: to}}
	}
	names := a.names
	for _, name := range b.names {
		if _, there := a.by[name]; !there {
			names = append(names, name)
		}
	}
	var all []Clash
	for _, name := range names {
		all = append(all, differences(append(path, name), a.by[name], b.by[name])...)
	}
	return all
}

// parts are what a mapping holds, or a list of mappings; nil for other values.
func parts(v any) *items {
	if m, ok := v.(map[string]any); ok {
		return &items{slices.Sorted(maps.Keys(m)), m}
	}
	list, ok := v.([]any)
	if !ok || slices.ContainsFunc(list, func(one any) bool { _, is := one.(map[string]any); return !is }) {
		return nil
	}
	made, ok := itemsOf(v)
	if !ok {
		return nil
	}
	return &made
}

// At returns what stands at a path; nil for nothing.
func At(v any, path []string) any {
	for _, name := range path {
		p := parts(v)
		if p == nil {
			return nil
		}
		v = p.by[name]
	}
	return v
}

// Take returns ours with what theirs has at a path.
func Take(ours, theirs any, path []string) any {
	o, t := parts(ours), parts(theirs)
	if len(path) == 0 || o == nil || t == nil {
		return theirs
	}
	made := items{slices.Clone(o.names), maps.Clone(o.by)}
	name := path[0]
	v := Take(o.by[name], t.by[name], path[1:])
	at := slices.Index(made.names, name)
	switch {
	case v == nil && at >= 0:
		made.names = slices.Delete(made.names, at, at+1)
		delete(made.by, name)
	case v != nil:
		if made.by[name] = v; at < 0 {
			made.names = append(made.names, name)
		}
	}
	if _, is := ours.(map[string]any); is {
		return made.by
	}
	list := make([]any, len(made.names))
	for i, name := range made.names {
		list[i] = made.by[name]
	}
	return list
}
