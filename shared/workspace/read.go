package workspace

import (
	"unicode/utf8"

	"github.com/pai-notify/pai-notify/shared/workspace/internal/tree"
)

// MaxDocumentBytes bounds a document. The rules of one bus fit many times.
const MaxDocumentBytes = 1 << 20

// read returns the root of the one document in text; nil when there is none,
// and then it has noted why.
func read(text []byte, as tree.Reader, r *report) *tree.Node {
	if len(text) > MaxDocumentBytes {
		r.add(tooLong, "", "bytes", len(text), "most", MaxDocumentBytes)
		return nil
	}
	if !utf8.Valid(text) {
		r.addAt(tree.NewCursor(text).At(valid(text)), notUTF8, "")
		return nil
	}
	root, fault := as(text)
	switch {
	case fault != nil:
		r.addAt(fault.At, unreadable, "", "reason", fault.Statement)
		return nil
	case root == nil:
		r.add(empty, "")
		return nil
	}
	return root
}

// valid returns how many bytes at the beginning of text are UTF-8.
func valid(text []byte) int {
	n := 0
	for n < len(text) {
		r, size := utf8.DecodeRune(text[n:])
		if r == utf8.RuneError && size <= 1 {
			break
		}
		n += size
	}
	return n
}
