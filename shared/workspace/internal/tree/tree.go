// Package tree represents a document as values with their positions in the text.
// Readers of YAML and JSON produce a tree, and everything that checks documents
// works on the tree alone.
package tree

import "github.com/pai-notify/pai-notify/shared/message"

// Kind is what a value is.
type Kind string

// The kinds.
const (
	Null    Kind = "null"
	Boolean Kind = "boolean" // the text true or false, in any case
	Number  Kind = "number"  // its text, unchanged: digits are never lost
	Text    Kind = "text"
	List    Kind = "list"
	Object  Kind = "object"
	Alias   Kind = "alias" // of YAML: stands for another value of the document
	Merge   Kind = "merge" // of YAML: the key << for the members of another object
	Other   Kind = "other" // of YAML: a value with a tag of its own
)

// Position is a place in a document. Both count from 1; columns are characters.
type Position struct{ Line, Column int }

// Node is one value.
type Node struct {
	Kind Kind
	At   Position
	// Text is what stands in the document for a value that is no list, object
	// or alias, without quotes and escapes.
	Text string
	// Items are the values of a list.
	Items []*Node
	// Members are those of an object, in order; a key may stand in it twice.
	Members []Member
	// Target is the value an alias stands for. It may be around the alias.
	Target *Node
}

// Member is one key of an object with its value.
type Member struct{ Key, Value *Node }

// Resolve returns the value that a node is or stands for.
func (n *Node) Resolve() *Node {
	if n.Kind == Alias {
		return n.Target
	}
	return n
}

// Single tells whether a node is a value without others inside.
func (n *Node) Single() bool { return n.Kind != List && n.Kind != Object && n.Kind != Alias }

// Fault is what keeps a text from becoming a tree.
type Fault struct {
	At Position
	// Statement says what is wrong and what to do. It never holds a secret.
	message.Statement
}

// Reader makes a tree of a document, which is UTF-8 text of a bounded size. It
// returns neither a tree nor a fault for a document without a value.
type Reader func(text []byte) (*Node, *Fault)
