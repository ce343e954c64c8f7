// Package jsontree reads documents in JSON, the form that functions get.
package jsontree

import (
	"bytes"
	"encoding/json"
	"errors"
	"strconv"
	"strings"

	"github.com/pai-notify/pai-notify/shared/workspace/internal/tree"
)

// advice ends every error: a document in YAML is the likeliest reason.
const advice = "; functions read the JSON form of a document, which pai-notify json -w FILE prints"

// Read makes a tree of a document in JSON; see [tree.Reader].
func Read(text []byte) (*tree.Node, *tree.Fault) {
	cursor := tree.NewCursor(text)
	start := tree.Mark(text)
	if len(bytes.TrimSpace(text[start:])) == 0 {
		return nil, nil
	}
	// The decoder's tokens alone say less about what is wrong, and where.
	var whole json.RawMessage
	if err := json.Unmarshal(text[start:], &whole); err != nil {
		at := start
		if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
			at += int(syntax.Offset) - 1
		}
		return nil, &tree.Fault{At: cursor.At(at), Reason: "not JSON: " + err.Error() + advice}
	}
	r := &reader{text: text, start: start, decoder: json.NewDecoder(bytes.NewReader(text[start:])), cursor: cursor}
	r.decoder.UseNumber()
	root, fault := r.value()
	if fault != nil || root.Kind == tree.Null {
		return nil, fault
	}
	return root, nil
}

// reader follows the decoder through a text that is JSON, because the decoder
// tells only where a token ends.
type reader struct {
	text    []byte
	start   int // of what the decoder reads
	decoder *json.Decoder
	cursor  *tree.Cursor
}

func (r *reader) offset() int { return r.start + int(r.decoder.InputOffset()) }

// value reads the next value and all inside it. The check of the whole text
// bounds the depth.
func (r *reader) value() (*tree.Node, *tree.Fault) {
	begin := r.offset()
	for strings.IndexByte(" \t\r\n,:", r.text[begin]) >= 0 {
		begin++
	}
	n := &tree.Node{At: r.cursor.At(begin)}
	token, err := r.decoder.Token()
	if err != nil {
		return nil, r.fail(n, "not JSON")
	}
	switch token := token.(type) {
	case nil:
		n.Kind = tree.Null
	case bool:
		n.Kind, n.Text = tree.Boolean, strconv.FormatBool(token)
	case json.Number:
		n.Kind, n.Text = tree.Number, token.String()
	case string:
		n.Kind, n.Text = tree.Text, token
		if halved(token, r.text[begin:r.offset()]) {
			return nil, r.fail(n, `this text has half a character in it: escapes from \ud800 to \udfff come in pairs`)
		}
	case json.Delim:
		n.Kind = tree.List
		if token == '{' {
			n.Kind = tree.Object
		}
		return n, r.inside(n)
	}
	return n, nil
}

// inside reads what stands in a list or an object, and its end.
func (r *reader) inside(n *tree.Node) *tree.Fault {
	for r.decoder.More() {
		item, fault := r.value()
		if fault != nil {
			return fault
		}
		if n.Kind == tree.List {
			n.Items = append(n.Items, item)
			continue
		}
		value, fault := r.value()
		if fault != nil {
			return fault
		}
		n.Members = append(n.Members, tree.Member{Key: item, Value: value})
	}
	if _, err := r.decoder.Token(); err != nil {
		return r.fail(n, "not JSON")
	}
	return nil
}

func (r *reader) fail(n *tree.Node, reason string) *tree.Fault {
	return &tree.Fault{At: n.At, Reason: reason + advice}
}

// halved tells whether a text lost half a surrogate pair when it was decoded:
// the decoder puts U+FFFD in its place, and the text would be another one.
func halved(decoded string, raw []byte) bool {
	const replacement = "\ufffd"
	found := strings.Count(decoded, replacement)
	if found == 0 {
		return false
	}
	written := bytes.Count(raw, []byte(replacement))
	for i := 0; i < len(raw); i++ {
		if raw[i] != '\\' {
			continue
		}
		if i++; raw[i] == 'u' && strings.EqualFold(string(raw[i+1:i+5]), "fffd") {
			written++
		}
	}
	return found != written
}
