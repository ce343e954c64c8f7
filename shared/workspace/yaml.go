package workspace

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// MaxDocumentBytes bounds a document. The rules of one bus fit many times.
const MaxDocumentBytes = 1 << 20

// parseYAML returns the root of the one document in text; nil when there is
// none, and then it has noted why.
func parseYAML(text []byte, r *report) *yaml.Node {
	if len(text) > MaxDocumentBytes {
		r.add(KindSyntax, "", "the document has %d bytes, more than the %d that are read: split the workspace's rules over fewer or shorter entries", len(text), MaxDocumentBytes)
		return nil
	}
	if !utf8.Valid(text) {
		ok := 0
		for rest := text; ; {
			c, size := utf8.DecodeRune(rest)
			if c == utf8.RuneError && size <= 1 {
				break
			}
			rest, ok = rest[size:], ok+size
		}
		r.addAt(positionOf(text, ok), KindSyntax, "", "the document is not UTF-8 text: save it as UTF-8")
		return nil
	}
	nodes, err := decode(text)
	switch {
	case err != nil:
		at, what := locate(text, err)
		r.addAt(at, KindSyntax, "", "not YAML: %s", what)
		return nil
	case len(nodes) == 0 || nodes[0].ShortTag() == "!!null":
		r.add(KindSyntax, "", `the document is empty: start it with "workspace: <name>" and "rules:"`)
		return nil
	case len(nodes) > 1:
		r.addAt(position{nodes[1].Line, nodes[1].Column}, KindSyntax, "", `a second document starts here: keep one workspace per file, without "---" between`)
		return nil
	}
	return nodes[0]
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

// locate finds where a syntax error is and words it. The library names the
// line in which the unfinished block began, or none; the culprit is the last
// line of the shortest beginning of the document that fails in the same way.
func locate(text []byte, err error) (position, string) {
	what := wording(err)
	ends := []int{0}
	for i, c := range text {
		if c == '\n' {
			ends = append(ends, i+1)
		}
	}
	ends = append(ends, len(text))
	good, bad := 0, len(ends)-1
	for bad-good > 1 {
		middle := (good + bad) / 2
		if _, err := decode(text[:ends[middle]]); err != nil && wording(err) == what {
			bad = middle
		} else {
			good = middle
		}
	}
	line := text[ends[good]:ends[bad]]
	column := 1 + len(line) - len(bytes.TrimLeft(line, " "))
	switch what {
	case unknownAnchor:
		if i := bytes.LastIndexByte(line, '*'); i >= 0 {
			column = 1 + utf8.RuneCount(line[:i])
		}
	case tabs:
		column = 1 + bytes.IndexByte(line, '\t')
	}
	return position{bad, column}, what
}

const (
	unknownAnchor = "an alias (*) names an anchor (&) that the document does not define before it; a text that starts with * needs quotes"
	tabs          = "a tab indents this line: indent with spaces"
)

// The library's messages hold nothing of the document, except the name of an
// alias, which might be the beginning of an unquoted secret.
func wording(err error) string {
	what := strings.TrimPrefix(err.Error(), "yaml: ")
	if strings.HasPrefix(what, "line ") {
		_, what, _ = strings.Cut(what, ": ")
	}
	switch {
	case strings.HasPrefix(what, "unknown anchor"):
		return unknownAnchor
	case strings.Contains(what, "tab character"):
		return tabs
	case strings.HasPrefix(what, "mapping values are not allowed"):
		return what + `; a text with ": " in it needs quotes`
	case strings.HasPrefix(what, "found character that cannot start"):
		return what + "; a tab cannot indent, and a text that starts with @, ` or % needs quotes"
	case strings.HasPrefix(what, "found incompatible YAML"):
		return "the document asks for another version of YAML: leave the %YAML line out"
	case strings.HasPrefix(what, "did not find expected"):
		return what + ": check the indentation, brackets and quotes here"
	}
	return what
}

func positionOf(text []byte, offset int) position {
	before := text[:offset]
	start := bytes.LastIndexByte(before, '\n') + 1
	return position{1 + bytes.Count(before, []byte("\n")), 1 + utf8.RuneCount(before[start:])}
}
