package edit

import (
	"maps"
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Rebase makes in the document onto the change that leads from one text to another,
// and leaves what else onto has. It returns the places where onto says something
// else than from and to do; then there is no text. Whether the document is right
// afterwards is for package workspace.
func Rebase(from, to, onto []byte) ([]byte, []Clash, error) {
	switch string(onto) {
	case string(from):
		return to, nil, nil
	case string(to):
		return onto, nil, nil
	}
	var values [3]map[string]any
	var documents [3]*Document
	for i, text := range [][]byte{from, to, onto} {
		d, err := Open(text)
		if err == nil {
			err = unreadable(d.root.Decode(&values[i]))
		}
		if err != nil {
			return nil, nil, err
		}
		documents[i] = d
	}
	combined, clashes := Combine(values[0], values[2], values[1])
	if len(clashes) > 0 {
		return nil, clashes, nil
	}
	want, _ := combined.(map[string]any)
	for key, v := range want {
		if l, ok := v.([]any); ok && len(l) == 0 {
			delete(want, key)
		} else if m, ok := v.(map[string]any); ok && len(m) == 0 {
			delete(want, key)
		}
	}
	d := documents[2]
	for _, key := range sections(documents[1].root, d.root) {
		if reflect.DeepEqual(values[2][key], want[key]) {
			continue
		}
		if err := d.rebase(key, want[key], documents[0], documents[1]); err != nil {
			return nil, nil, err
		}
	}
	return d.text, nil, nil
}

// sections are the keys at the top of two documents.
func sections(a, b *yaml.Node) []string {
	var keys []string
	for _, root := range []*yaml.Node{a, b} {
		for i := 0; i+1 < len(root.Content); i += 2 {
			if key := root.Content[i].Value; !slices.Contains(keys, key) {
				keys = append(keys, key)
			}
		}
	}
	return keys
}

// rebase gives a section its new value. Its lines are those of to where nobody else
// changed the section, comments included; else it is changed item by item.
func (d *Document) rebase(key string, want any, from, to *Document) error {
	if at(d.root, key) == nil {
		to = to.only(key, want)
	}
	node, err := nodeOf(want, at(to.root, key))
	if err != nil {
		return err
	}
	wanted := with(d.root, key, node)
	if node == nil || at(d.root, key) == nil || from.section(key) == d.section(key) {
		return d.commit(wanted, d.withSection(key, to))
	}
	if done, err := d.rebaseItems(key, want, to); done || err != nil {
		return err
	}
	return d.commit(wanted, nil)
}

// only returns the document without the items of a list that are not wanted.
func (d *Document) only(key string, want any) *Document {
	wanted, ok := itemsOf(want)
	here, list := itemsOf(decoded(value(d.root, key)))
	if !ok || !list {
		return d
	}
	made := *d
	for i, name := range slices.Backward(here.names) {
		if _, stays := wanted.by[name]; stays {
			continue
		}
		if err := made.change(key, i, nil); err != nil {
			return d
		}
	}
	return &made
}

// nodeOf returns the node of a value: like where that means the same.
func nodeOf(v any, like *yaml.Node) (*yaml.Node, error) {
	if v == nil {
		return nil, nil
	}
	if like != nil {
		if said, err := meaning(like); err == nil && reflect.DeepEqual(said, v) {
			return like, nil
		}
	}
	made := &yaml.Node{}
	return made, made.Encode(v)
}

// extent returns the lines of a section, without the comments around it.
func (d *Document) extent(key string, lines []string) (span, bool) {
	for i := 0; i+1 < len(d.root.Content); i += 2 {
		k := d.root.Content[i]
		if k.Value != key {
			continue
		}
		s := span{k.Line - 1, len(lines)}
		if i+2 < len(d.root.Content) {
			s.to = d.root.Content[i+2].Line - 1
		}
		for s.to > s.from+1 && (comment(lines[s.to-1]) || blank(lines, s.to-1)) {
			s.to--
		}
		return s, s.from >= 0 && s.from < s.to && strings.HasPrefix(lines[s.from], key)
	}
	return span{}, false
}

// section is the text of a section; "" for none.
func (d *Document) section(key string) string {
	lines := d.lines()
	s, ok := d.extent(key, lines)
	if !ok {
		return ""
	}
	return strings.ReplaceAll(strings.Join(lines[s.from:s.to], ""), "\r\n", "\n")
}

// withSection returns the text with a section as another document has it.
func (d *Document) withSection(key string, to *Document) []byte {
	lines, text := d.lines(), to.section(key)
	if s, ok := d.extent(key, lines); ok {
		if text == "" && blank(lines, s.from-1) {
			s.from--
		}
		return join(lines, s, text)
	}
	// A new one comes after the section that it follows there.
	keys, place := sections(to.root, to.root), len(lines)
	for _, before := range slices.Backward(keys[:max(0, slices.Index(keys, key))]) {
		if s, ok := d.extent(before, lines); ok {
			if here := sections(d.root, d.root); here[len(here)-1] != before {
				place = s.to
			}
			break
		}
	}
	if place > 0 && strings.Count(text, "\n") > 1 {
		text = "\n" + text
	}
	end := place
	if blank(lines, place) && blank(lines, place+1) {
		end++ // one of those that stood around it
	}
	return join(lines, span{place, end}, text)
}

// rebaseItems changes a list of named items where the document writes it in lines.
func (d *Document) rebaseItems(key string, want any, to *Document) (bool, error) {
	wanted, ok := itemsOf(want)
	now, isList := itemsOf(decoded(value(d.root, key)))
	if !ok || !isList || len(wanted.names) == 0 {
		return false, nil
	}
	*d = *d.only(key, want)
	now, _ = itemsOf(decoded(value(d.root, key)))
	theirs, _ := itemsOf(decoded(value(to.root, key)))
	for i, name := range wanted.names {
		var like *yaml.Node
		if j := slices.Index(theirs.names, name); j >= 0 {
			like = list(to.root, key)[j]
		}
		node, err := nodeOf(wanted.by[name], like)
		if err != nil {
			return false, err
		}
		at := slices.Index(now.names, name)
		switch {
		case at < 0:
			err = d.insert(key, i, node, to, slices.Index(theirs.names, name))
			now.names = slices.Insert(now.names, i, name)
		case at != i:
			return false, nil // put in another order
		default:
			old := list(d.root, key)[i]
			if merged := merge(old, node); merged != old {
				err = d.change(key, i, merged)
			}
		}
		if err != nil {
			return false, err
		}
	}
	return reflect.DeepEqual(decoded(value(d.root, key)), want), nil
}

func decoded(n *yaml.Node) any {
	if n == nil {
		return nil
	}
	v, _ := meaning(n)
	return v
}

// insert puts an item before position i, in the lines of another document, where
// it is at position j, with the comments right above it.
func (d *Document) insert(key string, i int, item *yaml.Node, from *Document, j int) error {
	items, lines, others := list(d.root, key), d.lines(), from.lines()
	spans, ok := spansIn(d.root, len(lines), key, lines)
	theirs, same := spansIn(from.root, len(others), key, others)
	if !ok || !same || j < 0 || len(spans) == 0 {
		if i == len(items) {
			return d.change(key, i, item)
		}
		return d.commit(withList(d.root, key, slices.Insert(slices.Clone(items), i, item)), nil)
	}
	s := theirs[j]
	for comment(others[s.from-1]) {
		s.from--
	}
	place := spans[max(0, i-1)].to
	if i == 0 {
		place = spans[0].from
		for comment(lines[place-1]) {
			place--
		}
		// What stands above the first item stayed when the item went.
		for comment(lines[place]) && strings.TrimRight(lines[place], "\r\n") == strings.TrimRight(others[s.from], "\r\n") {
			place, s.from = place+1, s.from+1
		}
	}
	text := strings.ReplaceAll(strings.Join(others[s.from:s.to], ""), "\r\n", "\n")
	switch {
	case i > 0 && (blank(others, s.from-1) || blank(others, s.to)):
		text = "\n" + text
	case i == 0 && blank(others, s.to):
		text += "\n"
	}
	return d.commit(withList(d.root, key, slices.Insert(slices.Clone(items), i, item)), join(lines, span{place, place}, text))
}

// Items names what two texts of a document have different: the items of lists by their
// names, and other sections by their keys; nothing where one of them cannot be read.
func Items(from, to []byte) []string {
	var a, b map[string]any
	if yaml.Unmarshal(from, &a) != nil || yaml.Unmarshal(to, &b) != nil {
		return nil
	}
	var names []string
	keys := slices.Sorted(maps.Keys(a))
	for _, key := range slices.Sorted(maps.Keys(b)) {
		if _, there := a[key]; !there {
			keys = append(keys, key)
		}
	}
	for _, key := range keys {
		if reflect.DeepEqual(a[key], b[key]) {
			continue
		}
		was, one := itemsOf(a[key])
		is, other := itemsOf(b[key])
		if !one && !other {
			names = append(names, key)
			continue
		}
		for _, name := range append(was.names, is.names...) {
			if !reflect.DeepEqual(was.by[name], is.by[name]) && !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return names
}
