package edit

import (
	"slices"

	"go.yaml.in/yaml/v3"
)

// Interval is an entry of a document's quiet hours.
type Interval struct {
	From string   `yaml:"from"`
	To   string   `yaml:"to"`
	Zone string   `yaml:"zone"`
	Days []string `yaml:"days,omitempty,flow"`
}

// Group folds what happens to one thing.
type Group struct {
	By   string `yaml:"by" json:"by"`
	Wait string `yaml:"wait,omitempty" json:"wait,omitempty"`
}

// Names are those of quiet hours, in any of the forms that a document may write them
// in.
type Names []string

// UnmarshalYAML reads a list, or a single name without one.
func (l *Names) UnmarshalYAML(n *yaml.Node) error {
	if n = resolve(n); n.Kind == yaml.ScalarNode {
		*l = Names{n.Value}
		return nil
	}
	return n.Decode((*[]string)(l))
}

// MarshalYAML writes a single name without the list around it.
func (l Names) MarshalYAML() (any, error) {
	if len(l) == 1 {
		return l[0], nil
	}
	written := yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq", Style: yaml.FlowStyle}
	for _, name := range l {
		var item yaml.Node
		item.SetString(name)
		written.Content = append(written.Content, &item)
	}
	return &written, nil
}

// mergeNames is merge for names, which keep their form where they are the same.
func mergeNames(old, fresh *yaml.Node) *yaml.Node {
	var was, is Names
	if old.Decode(&was) == nil && fresh.Decode(&is) == nil && slices.Equal(was, is) {
		return old
	}
	if old.Kind != fresh.Kind { // with a list around it or without
		fresh.LineComment = old.LineComment
	}
	return merge(old, fresh)
}

// Quiet returns the quiet hours of the document by their names.
func (d *Document) Quiet() (map[string]Interval, error) {
	n := value(d.root, "quiet")
	if n == nil {
		return nil, nil
	}
	var all map[string]Interval
	err := n.Decode(&all)
	return all, unreadable(err)
}
