package edit

import (
	"encoding/json"
	"reflect"
	"slices"

	"go.yaml.in/yaml/v3"

	"github.com/pai-notify/pai-notify/shared/event"
)

// Facts are what a title is made of, or what a message shows, in any of the
// forms that a document may write them in.
type Facts []event.Fact

// factNode is a fact that is written as an object.
type factNode struct {
	Key   string    `yaml:"key,omitempty" json:"key,omitempty"`
	Path  string    `yaml:"path,omitempty" json:"path,omitempty"`
	Label labelNode `yaml:"label,omitempty" json:"label,omitzero"`
}

// labelNode is a label that is written as an object.
type labelNode struct {
	EN string `yaml:"en,omitempty" json:"en,omitempty"`
	ZH string `yaml:"zh,omitempty" json:"zh,omitempty"`
	JA string `yaml:"ja,omitempty" json:"ja,omitempty"`
}

// UnmarshalYAML reads a list, or a single fact without one.
func (f *Facts) UnmarshalYAML(n *yaml.Node) error {
	items := []*yaml.Node{n}
	if n.Kind == yaml.SequenceNode {
		items = n.Content
	}
	*f = nil
	for _, item := range items {
		var one factNode
		item = resolve(item)
		if item.Kind == yaml.ScalarNode {
			one.Key = item.Value
		} else if err := item.Decode(&one); err != nil {
			return err
		}
		*f = append(*f, event.Fact{Key: one.Key, Path: one.Path, Label: event.Label(one.Label)})
	}
	return nil
}

// UnmarshalYAML reads a label from one text for every language or from an object.
func (l *labelNode) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.ScalarNode {
		*l = labelNode{n.Value, n.Value, n.Value}
		return nil
	}
	type plain labelNode
	return n.Decode((*plain)(l))
}

// MarshalYAML writes a fact as its key where that says all of it, and facts
// without labels in one line.
func (f Facts) MarshalYAML() (any, error) {
	written := yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq", Style: yaml.FlowStyle}
	for _, one := range f {
		if one.Label != (event.Label{}) {
			written.Style = 0
		}
		var item yaml.Node
		if err := item.Encode(shortest(one)); err != nil {
			return nil, err
		}
		if item.Kind == yaml.MappingNode {
			item.Style = yaml.FlowStyle
		}
		written.Content = append(written.Content, &item)
	}
	return &written, nil
}

// MarshalJSON writes facts in the form that MarshalYAML does.
func (f Facts) MarshalJSON() ([]byte, error) {
	written := make([]any, len(f))
	for i, one := range f {
		written[i] = shortest(one)
	}
	return json.Marshal(written)
}

// shortest is a fact as its key where that says all of it.
func shortest(f event.Fact) any {
	if f.Path == "" && f.Label == (event.Label{}) {
		return f.Key
	}
	return factNode{f.Key, f.Path, labelNode(f.Label)}
}

// MarshalJSON writes a label in the form that MarshalYAML does.
func (l labelNode) MarshalJSON() ([]byte, error) {
	written, _ := l.MarshalYAML() // which never fails
	return json.Marshal(written)
}

// MarshalYAML writes a label as one text where it is the same in every language.
func (l labelNode) MarshalYAML() (any, error) {
	if l.EN == l.ZH && l.EN == l.JA {
		return l.EN, nil
	}
	type plain labelNode
	return plain(l), nil
}

// mergeFacts is merge for facts, each of which keeps its form and its comments
// wherever it stands in the list, also under another label.
func mergeFacts(old, fresh *yaml.Node) *yaml.Node {
	if sameFacts(old, fresh) {
		return old
	}
	if old.Kind != yaml.SequenceNode || fresh.Kind != yaml.SequenceNode {
		return merge(old, fresh)
	}
	merged := *old
	merged.Content = slices.Clone(fresh.Content)
	for i, item := range merged.Content {
		if at := slices.IndexFunc(old.Content, func(o *yaml.Node) bool { return sameFacts(o, item) }); at >= 0 {
			merged.Content[i] = old.Content[at]
		} else if at = slices.IndexFunc(old.Content, func(o *yaml.Node) bool { return samePart(o, item) }); at >= 0 {
			merged.Content[i] = relabelled(old.Content[at], item)
		}
	}
	return &merged
}

// relabelled is a fact under another label, with the comments that it had.
func relabelled(old, fresh *yaml.Node) *yaml.Node {
	merged := merge(old, fresh)
	if merged.HeadComment == "" && merged.LineComment == "" && merged.FootComment == "" {
		commented := *merged
		commented.HeadComment, commented.LineComment, commented.FootComment = old.HeadComment, old.LineComment, old.FootComment
		return &commented
	}
	return merged
}

// samePart tells that two nodes are one fact each, of the same key or path.
func samePart(a, b *yaml.Node) bool {
	var x, y Facts
	return a.Decode(&x) == nil && b.Decode(&y) == nil && len(x) == 1 && len(y) == 1 && x[0].Key == y[0].Key && x[0].Path == y[0].Path
}

// sameFacts tells that two nodes are the same facts, in two forms perhaps.
func sameFacts(a, b *yaml.Node) bool {
	var x, y Facts
	return a.Decode(&x) == nil && b.Decode(&y) == nil && reflect.DeepEqual(x, y)
}
