package yaml

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"github.com/pai-notify/pai-notify/shared/workspace/internal/tree"
)

// locate finds where a syntax error is and words it. The library names the
// line in which the unfinished block began, or none; the culprit is the last
// line of the shortest beginning of the document that fails in the same way.
func locate(text []byte, err error) (tree.Position, string) {
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
	return tree.Position{Line: bad, Column: column}, what
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
