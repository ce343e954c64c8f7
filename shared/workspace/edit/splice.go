package edit

import (
	"bytes"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// change puts item at position i of the list under key, after its end to add
// one; nil takes away what is there.
func (d *Document) change(key string, i int, item *yaml.Node) error {
	items := list(d.root, key)
	wanted := slices.Clone(items)
	switch {
	case item == nil:
		wanted = slices.Delete(wanted, i, i+1)
	case i == len(items):
		wanted = append(wanted, item)
	default:
		wanted[i] = item
	}
	spliced, err := d.splice(key, i, item)
	if err != nil {
		return err
	}
	return d.commit(withList(d.root, key, wanted), spliced)
}

// withList returns root with the list under key replaced; an empty one goes.
func withList(root *yaml.Node, key string, items []*yaml.Node) *yaml.Node {
	if len(items) == 0 {
		return with(root, key, nil)
	}
	l := yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq"}
	if old := value(root, key); old != nil {
		l = *old
		l.Anchor = ""
	}
	l.Content = items
	return with(root, key, &l)
}

// with returns a mapping with the value under key replaced, or added at the end;
// without the key when v is nil.
func with(root *yaml.Node, key string, v *yaml.Node) *yaml.Node {
	c := *root
	c.Content = nil
	for i := 0; i+1 < len(root.Content); i += 2 {
		if k := root.Content[i]; k.Value != key {
			c.Content = append(c.Content, k, root.Content[i+1])
		} else if v != nil {
			c.Content = append(c.Content, k, v)
		}
	}
	if v != nil && at(root, key) == nil {
		c.Content = append(c.Content, &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: key}, v)
	}
	return &c
}

// span is a range of lines, from 0, without its end.
type span struct{ from, to int }

// lines are those of the text, each with its end.
func (d *Document) lines() []string {
	lines := strings.SplitAfter(string(d.text), "\n")
	if last := len(lines) - 1; lines[last] != "" {
		lines[last] += "\n"
		return lines
	}
	return lines[:len(lines)-1]
}

// splice makes a change in the lines that it is about and leaves all others.
// It returns nil where the form of the document does not let it.
func (d *Document) splice(key string, i int, item *yaml.Node) ([]byte, error) {
	lines := d.lines()
	items := list(d.root, key)
	if len(items) == 0 {
		text, err := written(item, "  ")
		return []byte(strings.Join(lines, "") + gap(lines) + key + ":\n" + text), err
	}
	spans, ok := spansIn(d.root, len(lines), key, lines)
	if !ok {
		return nil, nil
	}
	switch {
	case item == nil && len(items) == 1:
		k := slices.IndexFunc(d.root.Content, func(n *yaml.Node) bool { return n.Value == key })
		return join(lines, span{d.root.Content[k].Line - 1, spans[0].to}, ""), nil
	case item == nil:
		s := spans[i]
		for s.from > spans[0].from && comment(lines[s.from-1]) {
			s.from-- // what stands right above it is about it
		}
		if blank(lines, s.from-1) {
			s.from--
		} else if i < len(items)-1 && blank(lines, s.to) {
			s.to++
		}
		return join(lines, s, ""), nil
	}
	return replaced(d.root, len(lines), key, lines, i, item)
}

// spansIn returns the lines of each item of a list in a mapping that ends before
// line end, without the comments around it; false when an item does not begin on
// a line of its own with a dash.
func spansIn(parent *yaml.Node, end int, key string, lines []string) ([]span, bool) {
	items := list(parent, key)
	for i := 0; i+1 < len(parent.Content); i += 2 {
		if parent.Content[i].Value == key && i+2 < len(parent.Content) {
			end = parent.Content[i+2].Line - 1
		}
	}
	spans := make([]span, len(items))
	for i := len(items) - 1; i >= 0; i-- {
		from := items[i].Line - 1
		if from < 0 || from >= end || !strings.HasPrefix(strings.TrimLeft(lines[from], " "), "- ") {
			return nil, false
		}
		to := end
		for to > from+1 && (comment(lines[to-1]) || blank(lines, to-1)) {
			to--
		}
		spans[i] = span{from, to}
		end = from
	}
	return spans, true
}

func comment(line string) bool { return strings.HasPrefix(strings.TrimLeft(line, " "), "#") }

func blank(lines []string, i int) bool {
	return i >= 0 && i < len(lines) && strings.TrimSpace(lines[i]) == ""
}

// gap is what stands before a list that is added at the end.
func gap(lines []string) string {
	if len(lines) == 0 || blank(lines, len(lines)-1) {
		return ""
	}
	return "\n"
}

func join(lines []string, s span, text string) []byte {
	var b bytes.Buffer
	for _, line := range lines[:s.from] {
		b.WriteString(line)
	}
	b.WriteString(text)
	for _, line := range lines[s.to:] {
		b.WriteString(line)
	}
	return b.Bytes()
}

// written returns the lines of one item. The comments above and below it stay
// in the document, so they are not written again.
func written(item *yaml.Node, indent string) (string, error) {
	item = uncommented(item)
	text, err := encode([]*yaml.Node{item})
	if err != nil {
		return "", err
	}
	var b strings.Builder
	for line := range strings.Lines(string(text)) {
		if strings.TrimSpace(line) != "" {
			b.WriteString(indent)
		}
		b.WriteString(line)
	}
	return b.String(), nil
}

// uncommented returns a copy of an item without the comments above and below it.
func uncommented(item *yaml.Node) *yaml.Node {
	item = plain(item)
	item.HeadComment = ""
	if len(item.Content) > 0 {
		item.Content[0].HeadComment = ""
	}
	for n := item; n != nil; {
		n.FootComment = ""
		last := len(n.Content) - 1
		if last > 0 && n.Kind == yaml.MappingNode {
			n.Content[last-1].FootComment = ""
		}
		if last < 0 {
			break
		}
		n = n.Content[last]
	}
	return item
}
