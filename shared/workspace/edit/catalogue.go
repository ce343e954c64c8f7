package edit

import (
	"encoding/json"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/pai-notify/pai-notify/shared/event"
)

// PutCatalogue adds entries to the catalogue of the document, or changes those
// of the same names: members that an entry does not have stay as they are.
func (d *Document) PutCatalogue(c event.Catalogue) error {
	for _, s := range c.Sources {
		if err := d.putEntry("sources", s.Name, s); err != nil {
			return err
		}
	}
	for _, t := range c.Types {
		if err := d.putEntry("types", t.Name, t); err != nil {
			return err
		}
	}
	return nil
}

func (d *Document) putEntry(key, name string, entry any) error {
	fresh, err := entryNode(entry)
	if err != nil {
		return err
	}
	catalogue := value(d.root, "catalogue")
	if catalogue == nil || catalogue.Kind != yaml.MappingNode {
		catalogue = &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
	}
	items := list(catalogue, key)
	i := find(items, name)
	wanted := slices.Clone(items)
	if i < 0 {
		i = len(items)
		wanted = append(wanted, fresh)
	} else if wanted[i] = overlaid(items[i], fresh); wanted[i] == items[i] {
		return nil
	}
	changed := withList(catalogue, key, wanted)
	spliced, err := d.spliceEntry(catalogue, key, i, wanted[i])
	if err != nil {
		return err
	}
	return d.commit(with(d.root, "catalogue", changed), spliced)
}

// overlaid returns an entry with the members of fresh in it; old itself when
// that changes nothing.
func overlaid(old, fresh *yaml.Node) *yaml.Node {
	all := *fresh
	all.Content = slices.Clone(fresh.Content)
	of := resolve(old)
	for i := 0; i+1 < len(of.Content); i += 2 {
		if at(fresh, of.Content[i].Value) == nil {
			all.Content = append(all.Content, of.Content[i], of.Content[i+1])
		}
	}
	return merge(old, &all)
}

// entryNode writes an entry as people do: its members one a line, and what they
// hold in brackets.
func entryNode(entry any) (*yaml.Node, error) {
	text, err := json.Marshal(entry)
	if err != nil {
		return nil, err
	}
	var top yaml.Node
	if err := yaml.Unmarshal(text, &top); err != nil {
		return nil, unreadable(err)
	}
	n := top.Content[0]
	n.Style = 0
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, v := n.Content[i], n.Content[i+1]
		switch {
		case key.Value == "fields":
			v.Style = 0
		case v.Kind == yaml.ScalarNode:
			v.Style = 0 // in quotes where it must be
		}
	}
	bare(n)
	return n, nil
}

// bare writes keys without quotes where they need none.
func bare(n *yaml.Node) {
	for i, inner := range n.Content {
		if n.Kind == yaml.MappingNode && i%2 == 0 {
			inner.Style = 0
		}
		bare(inner)
	}
}

// spliceEntry changes the lines of one entry. It returns nil where the form of
// the document does not let it.
func (d *Document) spliceEntry(catalogue *yaml.Node, key string, i int, item *yaml.Node) ([]byte, error) {
	lines := d.lines()
	k := slices.IndexFunc(d.root.Content, func(n *yaml.Node) bool { return n.Value == "catalogue" })
	if k < 0 {
		text, err := written(item, "    ")
		return []byte(strings.Join(lines, "") + gap(lines) + "catalogue:\n  " + key + ":\n" + text), err
	}
	if catalogue.Style&yaml.FlowStyle != 0 || len(catalogue.Content) == 0 || catalogue.Line <= d.root.Content[k].Line {
		return nil, nil
	}
	end := len(lines)
	if k+2 < len(d.root.Content) {
		end = d.root.Content[k+2].Line - 1
	}
	if len(list(catalogue, key)) == 0 {
		if at(catalogue, key) != nil {
			return nil, nil
		}
		for end > 0 && (comment(lines[end-1]) || blank(lines, end-1)) {
			end--
		}
		indent := strings.Repeat(" ", catalogue.Column-1)
		text, err := written(item, indent+"  ")
		return join(lines, span{end, end}, indent+key+":\n"+text), err
	}
	return replaced(catalogue, end, key, lines, i, item)
}

// replaced puts an item into a list, or after its end.
func replaced(parent *yaml.Node, end int, key string, lines []string, i int, item *yaml.Node) ([]byte, error) {
	spans, ok := spansIn(parent, end, key, lines)
	if !ok {
		return nil, nil
	}
	indent := lines[spans[0].from][:strings.Index(lines[spans[0].from], "-")]
	text, err := written(item, indent)
	if err != nil {
		return nil, err
	}
	if i < len(spans) {
		return join(lines, spans[i], text), nil
	}
	last := spans[i-1]
	before := last.from - 1
	for before > 0 && comment(lines[before]) {
		before--
	}
	if blank(lines, before) {
		text = "\n" + text
	}
	return join(lines, span{last.to, last.to}, text), nil
}
