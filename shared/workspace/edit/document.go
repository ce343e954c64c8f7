// Package edit changes one rule, contact or value of a workspace document at a
// time, as a form does. All other lines stay as written, comments and blank lines
// included.
package edit

import (
	"bytes"
	"errors"
	"reflect"
	"regexp"

	"go.yaml.in/yaml/v3"
)

// Document is the text of a workspace document in YAML, with the changes made
// so far. It says nothing about whether the document is right: that is for
// package workspace, before and after a change.
type Document struct {
	text []byte
	root *yaml.Node
	// reflowed tells that a change could not be made line by line.
	reflowed bool
}

// Head is what a document says about the workspace as a whole.
type Head struct {
	Workspace string `yaml:"workspace"`
	Language  string `yaml:"language,omitempty"`
	Quota     int    `yaml:"quota,omitempty"`
}

// ErrNone is the error for a rule or a contact that is not in the document.
var ErrNone = errors.New("the document has none of that name")

// Open reads a document. It fails when text is not a mapping in YAML.
func Open(text []byte) (*Document, error) {
	d := &Document{}
	if err := d.read(text); err != nil {
		return nil, err
	}
	return d, nil
}

func (d *Document) read(text []byte) error {
	var top yaml.Node
	if err := yaml.Unmarshal(text, &top); err != nil {
		return unreadable(err)
	}
	if top.Kind != yaml.DocumentNode || len(top.Content) != 1 || top.Content[0].Kind != yaml.MappingNode {
		return errors.New(`edit: the document is not of the form "workspace: <name>"`)
	}
	d.text, d.root = text, top.Content[0]
	return nil
}

// Text returns the document as it stands.
func (d *Document) Text() []byte { return d.text }

// Reflowed tells that a change could not be made line by line, because the
// document uses aliases or lists in brackets there, so that it was written
// anew: with its comments, without its blank lines.
func (d *Document) Reflowed() bool { return d.reflowed }

// Head returns the values about the workspace as a whole.
func (d *Document) Head() (Head, error) {
	var h Head
	err := d.root.Decode(&h)
	return h, unreadable(err)
}

// place is where the library says that something is wrong.
var place = regexp.MustCompile(`\bline ([0-9]+)`)

// unreadable says where a document cannot be read. What the library says of it
// quotes values, which may be secrets.
func unreadable(err error) error {
	if err == nil {
		return nil
	}
	if at := place.FindStringSubmatch(err.Error()); at != nil {
		return errors.New("edit: the document cannot be read: look at line " + at[1] + " and those before it")
	}
	return errors.New("edit: the document cannot be read")
}

// value returns the node of a key at the top; nil when it is not there.
func value(root *yaml.Node, key string) *yaml.Node {
	if n := at(root, key); n != nil {
		return resolve(n)
	}
	return nil
}

func resolve(n *yaml.Node) *yaml.Node {
	for n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	return n
}

// list returns the items of a list at the top.
func list(root *yaml.Node, key string) []*yaml.Node {
	n := value(root, key)
	if n == nil || n.Kind != yaml.SequenceNode {
		return nil
	}
	return n.Content
}

// commit takes the first of the texts that means what wanted means.
func (d *Document) commit(wanted *yaml.Node, spliced []byte) error {
	want, err := meaning(wanted)
	if err != nil {
		return err
	}
	if spliced != nil && means(spliced, want) {
		return d.read(endings(d.text, spliced))
	}
	text, err := encode(plain(wanted))
	if err != nil {
		return err
	}
	if !means(text, want) {
		return errors.New("edit: this change cannot be written without changing something else: change the file by hand")
	}
	d.reflowed = true
	return d.read(endings(d.text, text))
}

// endings ends the lines of a new text as those of the old one end, where all
// do alike.
func endings(old, text []byte) []byte {
	breaks := bytes.Count(old, []byte("\n"))
	if breaks == 0 || bytes.Count(old, []byte("\r\n")) != breaks {
		return text
	}
	text = bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n"))
	return bytes.ReplaceAll(text, []byte("\n"), []byte("\r\n"))
}

func means(text []byte, want any) bool {
	var got any
	return yaml.Unmarshal(text, &got) == nil && reflect.DeepEqual(got, want)
}

func meaning(n *yaml.Node) (any, error) {
	var v any
	err := n.Decode(&v)
	return v, unreadable(err)
}
