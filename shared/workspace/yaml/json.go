package yaml

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf16"

	"github.com/pai-notify/pai-notify/shared/target"
	"github.com/pai-notify/pai-notify/shared/workspace"
	"github.com/pai-notify/pai-notify/shared/workspace/internal/tree"
)

// JSON returns the JSON form of a workspace document, which functions read:
// one line of printable ASCII, because an environment variable of Function
// Compute holds nothing else. Keys keep their order; aliases are written out, and so
// are receivers where rules refer to them, which functions of earlier versions do not
// know; comments are gone. The document is checked first, and its warnings are
// returned beside it. The error is a [workspace.Findings], also when the form
// has more than [workspace.MaxDocumentBytes].
func JSON(document []byte, file string, specs ...target.Spec) (text []byte, warnings []workspace.Finding, err error) {
	w := &writer{}
	checked, err := workspace.Read(document, file, func(text []byte) (*tree.Node, *tree.Fault) {
		root, fault := read(text)
		w.root = root
		return root, fault
	}, specs...)
	if err != nil {
		return nil, nil, err
	}
	w.value(inPlace(w.root))
	if w.text.Len() > workspace.MaxDocumentBytes {
		return nil, nil, workspace.Unreadable(file, fmt.Sprintf("the JSON form has more than the %d bytes that are read, aliases written out: write less", workspace.MaxDocumentBytes))
	}
	return w.text.Bytes(), checked.Warnings, nil
}

// writer writes a tree that was found right, so that its aliases end and its
// numbers are those of JSON. It stops soon after the most bytes allowed.
type writer struct {
	root *tree.Node
	text bytes.Buffer
}

func (w *writer) value(n *tree.Node) {
	if w.text.Len() > workspace.MaxDocumentBytes {
		return
	}
	switch n = n.Resolve(); n.Kind {
	case tree.List:
		w.text.WriteByte('[')
		for i, item := range n.Items {
			w.separate(i)
			w.value(item)
		}
		w.text.WriteByte(']')
	case tree.Object:
		w.text.WriteByte('{')
		for i, m := range n.Members {
			w.separate(i)
			w.value(m.Key)
			w.text.WriteByte(':')
			w.value(m.Value)
		}
		w.text.WriteByte('}')
	case tree.Null:
		w.text.WriteString("null")
	case tree.Boolean:
		w.text.WriteString(strings.ToLower(n.Text))
	case tree.Number:
		w.text.WriteString(n.Text)
	default:
		w.quoted(n.Text)
	}
}

func (w *writer) separate(i int) {
	if i > 0 {
		w.text.WriteByte(',')
	}
}

// quoted writes a text in quotes, with an escape for all that is not
// printable ASCII.
func (w *writer) quoted(text string) {
	var quoted bytes.Buffer
	e := json.NewEncoder(&quoted)
	e.SetEscapeHTML(false)
	_ = e.Encode(text) // a text always encodes
	for _, r := range strings.TrimSuffix(quoted.String(), "\n") {
		if r >= ' ' && r <= '~' {
			w.text.WriteRune(r)
			continue
		}
		for _, unit := range utf16.Encode([]rune{r}) {
			fmt.Fprintf(&w.text, `\u%04x`, unit)
		}
	}
}
