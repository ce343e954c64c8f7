package rule

import (
	"bytes"
	"hash/maphash"
	"math/bits"
	"strings"
)

// paths is the tree of all names that lead to fields. Node 0 is the event
// itself. A name of a pattern that has dots is as many steps.
type paths struct {
	seed  maphash.Seed
	nodes []pathNode
	slots []int32 // hash tables of children; 0 is free
}

type pathNode struct {
	name        string
	parent      int32
	field       int32  // -1 when no pattern asks for this path
	slot, mask  uint32 // slots[slot:slot+mask+1] when there are children
	lengths     uint64 // bit n: a child's name has n bytes, or at least 63
	firsts      uint64 // bits of the first bytes of the children's names
	dotted      uint64 // bits of the first bytes of names that dots may follow
	hasChildren bool
}

// lookup returns the child of n with that name, or 0. Most names are turned away
// by their length or first byte.
func (t *paths) lookup(n *pathNode, name []byte) int32 {
	if n.lengths>>min(len(name), 63)&1 == 0 || len(name) > 0 && n.firsts>>(name[0]&63)&1 == 0 {
		return 0
	}
	if n.mask < 8 {
		for _, c := range t.slots[n.slot : n.slot+n.mask+1] {
			if c != 0 && t.nodes[c].name == string(name) {
				return c
			}
		}
		return 0
	}
	at := uint32(maphash.Bytes(t.seed, name))
	for {
		c := t.slots[n.slot+at&n.mask]
		if c == 0 || t.nodes[c].name == string(name) {
			return c
		}
		at++
	}
}

// walk is lookup for a name in which dots separate steps, after lookup failed.
func (t *paths) walk(n *pathNode, name []byte) int32 {
	if len(name) == 0 || n.dotted>>(name[0]&63)&1 == 0 {
		return 0
	}
	for {
		dot := bytes.IndexByte(name, '.')
		if dot < 0 {
			return t.lookup(n, name)
		}
		c := t.lookup(n, name[:dot])
		if c == 0 {
			return 0
		}
		n, name = &t.nodes[c], name[dot+1:]
	}
}

// newPaths makes the tree for fields with these paths; field i has path i.
func newPaths(list []string) (paths, []int32) {
	t := paths{seed: maphash.MakeSeed(), nodes: []pathNode{{field: -1}}}
	type step struct {
		parent int32
		name   string
	}
	known := map[step]int32{}
	children := map[int32][]int32{}
	at := make([]int32, len(list)) // the nodes of the fields
	for i, path := range list {
		n := int32(0)
		for name := range strings.SplitSeq(path, ".") {
			c, ok := known[step{n, name}]
			if !ok {
				c = int32(len(t.nodes))
				known[step{n, name}] = c
				children[n] = append(children[n], c)
				t.nodes = append(t.nodes, pathNode{name: name, parent: n, field: -1})
			}
			n = c
		}
		t.nodes[n].field = int32(i)
		at[i] = n
	}
	for n := range t.nodes {
		list := children[int32(n)]
		if len(list) == 0 {
			continue
		}
		node := &t.nodes[n]
		node.hasChildren = true
		size := 1 << bits.Len(uint(2*len(list)))
		node.slot, node.mask = uint32(len(t.slots)), uint32(size-1)
		t.slots = append(t.slots, make([]int32, size)...)
		for _, c := range list {
			name := t.nodes[c].name
			node.lengths |= 1 << min(len(name), 63)
			if name != "" {
				node.firsts |= 1 << (name[0] & 63)
			}
			if len(children[c]) > 0 {
				node.dotted |= 1 << ((name + ".")[0] & 63)
			}
			h := uint32(maphash.Bytes(t.seed, []byte(name)))
			for t.slots[node.slot+h&node.mask] != 0 {
				h++
			}
			t.slots[node.slot+h&node.mask] = c
		}
	}
	return t, at
}
