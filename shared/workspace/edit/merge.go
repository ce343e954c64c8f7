package edit

import (
	"bytes"
	"reflect"
	"slices"

	"go.yaml.in/yaml/v3"
)

// merge returns fresh with as much of old as means the same: the comments, the
// order of keys, quotes and brackets.
func merge(old, fresh *yaml.Node) *yaml.Node {
	if a, err := meaning(old); err == nil {
		if b, err := meaning(fresh); err == nil && reflect.DeepEqual(a, b) {
			return old
		}
	}
	if old.Kind != fresh.Kind {
		return fresh
	}
	merged := *old
	switch old.Kind {
	case yaml.MappingNode:
		merged.Content = nil
		kept := map[string]bool{}
		for i := 0; i+1 < len(old.Content); i += 2 {
			key := old.Content[i]
			if v := at(fresh, key.Value); v != nil {
				kept[key.Value] = true
				how := merge
				switch key.Value {
				case "title", "fields":
					how = mergeFacts
				case "quiet":
					how = mergeNames
				}
				merged.Content = append(merged.Content, key, how(old.Content[i+1], v))
			}
		}
		for i := 0; i+1 < len(fresh.Content); i += 2 {
			switch key := fresh.Content[i]; {
			case kept[key.Value]:
			case key.Value == "id" && len(merged.Content) > 1 && merged.Content[0].Value == "name":
				merged.Content = slices.Insert(merged.Content, 2, key, fresh.Content[i+1])
			default:
				merged.Content = append(merged.Content, key, fresh.Content[i+1])
			}
		}
		if slices.Equal(merged.Content, old.Content) {
			return old
		}
	case yaml.SequenceNode:
		merged.Content = nil
		for i, v := range fresh.Content {
			if i < len(old.Content) {
				v = merge(old.Content[i], v)
			}
			merged.Content = append(merged.Content, v)
		}
	default:
		merged.Value, merged.Tag, merged.Style = fresh.Value, fresh.Tag, fresh.Style
	}
	return &merged
}

// at is value without following an alias.
func at(n *yaml.Node, key string) *yaml.Node {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return n.Content[i+1]
		}
	}
	return nil
}

// plain returns a copy in which aliases are written out, so that an anchor may
// go while what referred to it stays.
func plain(n *yaml.Node) *yaml.Node {
	n = resolve(n)
	c := *n
	c.Anchor = ""
	c.Content = make([]*yaml.Node, len(n.Content))
	for i, child := range n.Content {
		c.Content[i] = plain(child)
	}
	return &c
}

func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	e := yaml.NewEncoder(&b)
	e.SetIndent(2)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	if err := e.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}
