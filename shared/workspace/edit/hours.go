package edit

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// PutQuiet replaces the quiet hours of the name was, or adds them at the end when
// was is empty. A new name is put into the rules and contacts that have the old one.
// It fails with [ErrNone] when there are none of that name.
func (d *Document) PutQuiet(was, name string, i Interval) error {
	var fresh yaml.Node
	if err := fresh.Encode(i); err != nil {
		return err
	}
	fresh.Style = yaml.FlowStyle
	k := d.hours(was)
	switch {
	case was == "":
		return d.changeHours(-1, &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: name}, &fresh)
	case k < 0:
		return ErrNone
	}
	entries := value(d.root, "quiet").Content
	key := *entries[k]
	key.Value = name
	merged := merge(entries[k+1], &fresh)
	if name != was || merged != entries[k+1] {
		if err := d.changeHours(k, &key, merged); err != nil {
			return err
		}
	}
	if name == was {
		return nil
	}
	return d.renameHours(was, name)
}

// RemoveQuiet takes quiet hours out of the document, or fails with [ErrNone].
func (d *Document) RemoveQuiet(name string) error {
	k := d.hours(name)
	if k < 0 {
		return ErrNone
	}
	return d.changeHours(k, nil, nil)
}

// hours returns the position of the quiet hours of that name, or -1.
func (d *Document) hours(name string) int {
	all := value(d.root, "quiet")
	if all == nil || all.Kind != yaml.MappingNode || name == "" {
		return -1
	}
	for k := 0; k+1 < len(all.Content); k += 2 {
		if all.Content[k].Value == name {
			return k
		}
	}
	return -1
}

// renameHours has rules and contacts name quiet hours by their new name.
func (d *Document) renameHours(was, name string) error {
	rules, err := d.Rules()
	if err != nil {
		return err
	}
	for _, r := range rules {
		if at := slices.Index(r.Quiet, was); at >= 0 {
			r.Quiet[at] = name
			if err := d.PutRule(r.Name, r); err != nil {
				return err
			}
		}
	}
	contacts, err := d.Contacts()
	if err != nil {
		return err
	}
	for _, c := range contacts {
		if at := slices.Index(c.Quiet, was); at >= 0 {
			c.Quiet[at] = name
			if err := d.PutContact(c.Name, c); err != nil {
				return err
			}
		}
	}
	return nil
}

// changeHours puts an entry at position k of the quiet hours, or at their end for a
// negative one; nil takes away what is there.
func (d *Document) changeHours(k int, key, v *yaml.Node) error {
	all := yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
	if old := value(d.root, "quiet"); old != nil && old.Kind == yaml.MappingNode {
		all = *old
		all.Anchor = ""
		all.Content = slices.Clone(old.Content)
	}
	spliced, err := d.spliceHours(k, key, v)
	if err != nil {
		return err
	}
	switch {
	case v == nil:
		all.Content = slices.Delete(all.Content, k, k+2)
	case k < 0:
		all.Content = append(all.Content, key, v)
	default:
		all.Content[k], all.Content[k+1] = key, v
	}
	if len(all.Content) == 0 {
		return d.commit(with(d.root, "quiet", nil), spliced)
	}
	return d.commit(with(d.root, "quiet", &all), spliced)
}

// spliceHours changes the lines of one entry. It returns nil where the form of the
// document does not let it.
func (d *Document) spliceHours(k int, key, v *yaml.Node) ([]byte, error) {
	lines := d.lines()
	top := slices.IndexFunc(d.root.Content, func(n *yaml.Node) bool { return n.Value == "quiet" })
	if top < 0 {
		text, err := entryText(key, v, "  ")
		return []byte(strings.Join(lines, "") + gap(lines) + "quiet:\n" + text), err
	}
	all, end := d.root.Content[top+1], len(lines)
	if top+2 < len(d.root.Content) {
		end = d.root.Content[top+2].Line - 1
	}
	if all.Kind != yaml.MappingNode || all.Style&yaml.FlowStyle != 0 || len(all.Content) == 0 || all.Line <= d.root.Content[top].Line {
		return nil, nil
	}
	at := k
	if k < 0 {
		at = len(all.Content) - 2
	}
	from := all.Content[at].Line - 1
	if at+2 < len(all.Content) {
		end = all.Content[at+2].Line - 1
	}
	for end > from+1 && (comment(lines[end-1]) || blank(lines, end-1)) {
		end--
	}
	switch {
	case v == nil && len(all.Content) == 2:
		return join(lines, span{d.root.Content[top].Line - 1, end}, ""), nil
	case v == nil:
		for from > all.Content[0].Line-1 && comment(lines[from-1]) {
			from-- // what stands right above it is about it
		}
		return join(lines, span{from, end}, ""), nil
	case k < 0:
		from = end
	}
	text, err := entryText(key, v, strings.Repeat(" ", all.Column-1))
	return join(lines, span{from, end}, text), err
}

// entryText writes an entry of a mapping. The comments above and below it stay in
// the document.
func entryText(key, v *yaml.Node, indent string) (string, error) {
	if v == nil {
		return "", nil
	}
	text, err := encode(uncommented(&yaml.Node{Kind: yaml.MappingNode, Tag: "!!map", Content: []*yaml.Node{key, v}}))
	if err != nil {
		return "", err
	}
	var b strings.Builder
	for line := range strings.Lines(string(text)) {
		b.WriteString(indent + line)
	}
	return b.String(), nil
}
