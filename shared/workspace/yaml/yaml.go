// Package yaml reads workspace documents in YAML, which includes JSON. Functions
// do not link it: they read the JSON form, which this package writes.
package yaml

import (
	"bytes"
	"errors"
	"io"

	"go.yaml.in/yaml/v3"

	"github.com/pai-notify/pai-notify/shared/target"
	"github.com/pai-notify/pai-notify/shared/workspace"
	"github.com/pai-notify/pai-notify/shared/workspace/internal/tree"
)

// Parse reads a workspace document, YAML or JSON of at most
// [workspace.MaxDocumentBytes], whose targets are of the given types. It is
// strict: what it does not know is an error. The error is a
// [workspace.Findings] with all that is wrong, each with its place in the
// file, which is only named, not read.
func Parse(document []byte, file string, specs ...target.Spec) (*workspace.Workspace, error) {
	return workspace.Read(document, file, read, specs...)
}

// read makes a tree of a document in YAML; see [tree.Reader].
func read(text []byte) (*tree.Node, *tree.Fault) {
	nodes, err := decode(text)
	switch {
	case err != nil:
		at, what := locate(text, err)
		return nil, &tree.Fault{At: at, Statement: notYAML.With("what", what.With())}
	case len(nodes) == 0 || nodes[0].ShortTag() == "!!null":
		return nil, nil
	case len(nodes) > 1:
		return nil, &tree.Fault{At: position(nodes[1]), Statement: secondDocument.With()}
	}
	return plant{}.node(nodes[0]), nil
}

// decode returns the roots of the first two documents in text.
func decode(text []byte) (nodes []*yaml.Node, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = errors.New("the document cannot be read")
		}
	}()
	d := yaml.NewDecoder(bytes.NewReader(text))
	for len(nodes) < 2 {
		var n yaml.Node
		if err := d.Decode(&n); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, err
		}
		if len(n.Content) > 0 {
			nodes = append(nodes, n.Content[0])
		}
	}
	return nodes, nil
}
