// Package jsontree reads documents in JSON, the form that functions get.
package jsontree

import (
	"bytes"
	"encoding/json"
	"errors"
	"strconv"
	"strings"

	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/workspace/internal/tree"
)

// What keeps a text from being a document. A document in YAML is the likeliest reason.
var (
	notJSON = message.Sentence{Code: "not-json", Text: message.Text{
		EN: "not JSON: {error}; functions read the JSON form of a document, which pai-notify json -w FILE prints",
		ZH: "不是 JSON（{error}）；函数读取文档的 JSON 形式，可用 pai-notify json -w FILE 生成",
		JA: "JSON ではありません（{error}）。関数はドキュメントの JSON 形式を読みます。pai-notify json -w FILE で出力できます",
	}}
	halfCharacter = message.Sentence{Code: "half-character", Text: message.Text{
		EN: `this text has half a character in it: escapes from \ud800 to \udfff come in pairs`,
		ZH: `此文本含有半个字符：\ud800 到 \udfff 的转义必须成对`,
		JA: `このテキストには文字の半分だけが含まれています：\ud800 から \udfff のエスケープは対で書きます`,
	}}
)

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
		return nil, &tree.Fault{At: cursor.At(at), Statement: notJSON.With("error", err.Error())}
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
		return nil, fail(n, err)
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
			return nil, &tree.Fault{At: n.At, Statement: halfCharacter.With()}
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
		return fail(n, err)
	}
	return nil
}

func fail(n *tree.Node, err error) *tree.Fault {
	return &tree.Fault{At: n.At, Statement: notJSON.With("error", err.Error())}
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
