package yaml

import (
	"github.com/pai-notify/pai-notify/shared/workspace/internal/tree"
)

// inPlace returns a document that was found right with its receivers in the places of
// what refers to them.
func inPlace(root *tree.Node) *tree.Node {
	receivers := under(root, "receivers")
	if receivers == nil {
		return root
	}
	named := map[string]*tree.Node{}
	for _, r := range receivers.Items {
		named[under(r, "name").Text] = r.Resolve()
	}
	targets := func(list *tree.Node) *tree.Node {
		return each(list, func(t *tree.Node) *tree.Node {
			if name := under(t, "receiver"); name != nil {
				return asTarget(named[name.Text], t.Resolve())
			}
			return t
		})
	}
	made := *root
	made.Members = nil
	for _, m := range root.Members {
		switch m.Key.Text {
		case "receivers":
			continue
		case "rules":
			m.Value = each(m.Value, func(rule *tree.Node) *tree.Node {
				changed := *rule.Resolve()
				changed.Members = nil
				for _, m := range rule.Resolve().Members {
					if m.Key.Text == "targets" {
						m.Value = targets(m.Value)
					}
					changed.Members = append(changed.Members, m)
				}
				return &changed
			})
		}
		made.Members = append(made.Members, m)
	}
	return &made
}

// asTarget is a receiver as a target, with what refers to it in place of its own.
func asTarget(receiver, reference *tree.Node) *tree.Node {
	made := *receiver
	made.Members = nil
	id := under(receiver, "id")
	for _, m := range receiver.Members {
		switch own := under(reference, m.Key.Text); {
		case m.Key.Text == "id":
			continue
		case m.Key.Text == "name" && id != nil: // which is what targets are known by
			m.Value = id
		case own != nil:
			m.Value = own
		}
		made.Members = append(made.Members, m)
	}
	for _, m := range reference.Members {
		if m.Key.Text != "receiver" && under(receiver, m.Key.Text) == nil {
			made.Members = append(made.Members, m)
		}
	}
	return &made
}

// under returns what stands under a key of an object; nil for nothing.
func under(n *tree.Node, key string) *tree.Node {
	for _, m := range n.Resolve().Members {
		if m.Key.Text == key {
			return m.Value.Resolve()
		}
	}
	return nil
}

// each returns a list with its items changed.
func each(list *tree.Node, change func(*tree.Node) *tree.Node) *tree.Node {
	made := *list.Resolve()
	made.Items = make([]*tree.Node, len(list.Resolve().Items))
	for i, item := range list.Resolve().Items {
		made.Items[i] = change(item)
	}
	return &made
}
