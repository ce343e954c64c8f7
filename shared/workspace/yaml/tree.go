package yaml

import (
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/pai-notify/pai-notify/shared/workspace/internal/tree"
)

// plant makes a tree of the library's nodes. It remembers what it made of
// those with an anchor, so that aliases lead to the same value: one written
// out for each alias could have no end.
type plant map[*yaml.Node]*tree.Node

func (p plant) node(n *yaml.Node) *tree.Node {
	made := &tree.Node{Kind: kind(n), At: position(n)}
	if n.Anchor != "" {
		p[n] = made // before what is inside, which may lead back here
	}
	switch made.Kind {
	case tree.Alias:
		made.Target = p[n.Alias]
	case tree.List:
		for _, item := range n.Content {
			made.Items = append(made.Items, p.node(item))
		}
	case tree.Object:
		for i := 0; i+1 < len(n.Content); i += 2 {
			made.Members = append(made.Members, tree.Member{Key: p.node(n.Content[i]), Value: p.node(n.Content[i+1])})
		}
	default:
		made.Text = n.Value
	}
	return made
}

func kind(n *yaml.Node) tree.Kind {
	switch n.Kind {
	case yaml.AliasNode:
		return tree.Alias
	case yaml.MappingNode:
		return tree.Object
	case yaml.SequenceNode:
		return tree.List
	}
	switch n.ShortTag() {
	case "!!str", "!!timestamp": // what the library takes for a date is text to others and to us
		return tree.Text
	case "!!int", "!!float":
		return tree.Number
	case "!!bool":
		if strings.EqualFold(n.Value, "true") || strings.EqualFold(n.Value, "false") {
			return tree.Boolean
		} // else something like !!bool yes
	case "!!null":
		return tree.Null
	case "!!merge":
		return tree.Merge
	}
	return tree.Other
}

func position(n *yaml.Node) tree.Position { return tree.Position{Line: n.Line, Column: n.Column} }
