package yaml

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/workspace/internal/tree"
)

// locate finds where a syntax error is and words it. The library names the
// line in which the unfinished block began, or none; the culprit is the last
// line of the shortest beginning of the document that fails in the same way.
func locate(text []byte, err error) (tree.Position, message.Sentence) {
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
		if _, err := decode(text[:ends[middle]]); err != nil && wording(err).Code == what.Code {
			bad = middle
		} else {
			good = middle
		}
	}
	line := text[ends[good]:ends[bad]]
	column := 1 + len(line) - len(bytes.TrimLeft(line, " "))
	switch what.Code {
	case "unknown-alias":
		if i := bytes.LastIndexByte(line, '*'); i >= 0 {
			column = 1 + utf8.RuneCount(line[:i])
		}
	case "tab":
		column = 1 + bytes.IndexByte(line, '\t')
	}
	return tree.Position{Line: bad, Column: column}, what.Sentence
}

// wording says what an error of the library means to whoever wrote the text. The
// library's own words speak of its parser.
func wording(err error) fault {
	what := strings.TrimPrefix(err.Error(), "yaml: ")
	if strings.HasPrefix(what, "line ") {
		_, what, _ = strings.Cut(what, ": ")
	}
	for _, f := range faults {
		if strings.HasPrefix(what, f.begins) {
			return f
		}
	}
	return faults[len(faults)-1]
}
