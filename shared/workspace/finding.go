package workspace

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/workspace/internal/tree"
)

// Kind says what sort of thing a [Finding] is about.
type Kind string

// The kinds. KindSecret, KindOverlap, KindUnused and KindIdle are warnings, all others
// errors.
const (
	KindSyntax    Kind = "syntax"    // not one document that can be read
	KindShape     Kind = "shape"     // a key that is unknown, missing or repeated, or a value of the wrong form
	KindUnknown   Kind = "unknown"   // no such event source or event type in the catalogue
	KindDuplicate Kind = "duplicate" // a name given twice
	KindContact   Kind = "contact"   // no such contact, or one without the address a target needs
	KindAddress   Kind = "address"   // an email address that looks like one and is none
	KindCarries   Kind = "carries"   // a target that may not have the source's events
	KindScope     Kind = "scope"     // a scope that the source's events cannot be compared with
	KindQuota     Kind = "quota"     // more targets or bus rules than there may be
	KindRefused   Kind = "refused"   // parameters that the target type refuses
	KindReference Kind = "reference" // a value that looks like a reference and would be taken as it stands
	KindCatalogue Kind = "catalogue" // an override that makes no usable catalogue
	KindSecret    Kind = "secret"    // a secret written out in the document
	KindOverlap   Kind = "overlap"   // an event that the bus would hand over, or somebody would get, twice
	KindTiming    Kind = "timing"    // quiet hours or a group that cannot be
	KindIdle      Kind = "idle"      // quiet hours, a group, recovered, a summary, prices or a receiver that do not do what they say
	KindReceiver  Kind = "receiver"  // no such receiver, or one to which a rule cannot refer so
	KindUnused    Kind = "unused"    // nothing in the document is for the function that read it
)

// Finding is one thing that is wrong with a document, or unwise in it.
type Finding struct {
	File string `json:"file"`
	// Line and Column count from 1; columns are characters.
	Line   int `json:"line"`
	Column int `json:"column"`
	// Path leads to the place, such as "rules[0].targets[1]"; empty for the
	// document as a whole.
	Path string `json:"path,omitempty"`
	Kind Kind   `json:"kind"`
	// Statement says what is wrong and what to do, in each language, and Text in
	// English. It never holds a secret.
	message.Statement
	Text string `json:"text"`
}

// Unreadable are the findings of a document that cannot be read for a reason.
func Unreadable(file, reason string) Findings {
	r := &report{file: file}
	r.add(unreadable, "", "reason", reason)
	return r.errors
}

// Error returns "file:line:column: path: text".
func (f Finding) Error() string {
	at := fmt.Sprintf("%s:%d:%d: ", f.File, f.Line, f.Column)
	if f.Path != "" {
		at += f.Path + ": "
	}
	return at + f.Text
}

// Findings is the error of a document that cannot be used: everything that is
// wrong with it, in the order of the document.
type Findings []Finding

// Error returns one line for each finding.
func (f Findings) Error() string {
	lines := make([]string, len(f))
	for i, finding := range f {
		lines[i] = finding.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap returns the findings as errors.
func (f Findings) Unwrap() []error {
	errs := make([]error, len(f))
	for i, finding := range f {
		errs[i] = finding
	}
	return errs
}

// maxFindings keeps the answer to a hopeless document readable.
const maxFindings = 100

// report collects what is found in one document.
type report struct {
	file     string
	at       map[string]tree.Position // where each value of the document stands
	errors   Findings
	warnings []Finding
}

// add notes a finding at the place of a value of the document.
func (r *report) add(s sentence, path string, arguments ...any) {
	r.addAt(r.find(path), s, path, arguments...)
}

func (r *report) addAt(at tree.Position, s sentence, path string, arguments ...any) {
	said := s.With(arguments...)
	f := Finding{File: r.file, Line: max(at.Line, 1), Column: max(at.Column, 1), Path: path, Kind: s.kind, Statement: said, Text: said.String()}
	list := (*[]Finding)(&r.errors)
	if s.kind == KindSecret || s.kind == KindOverlap || s.kind == KindUnused || s.kind == KindIdle {
		list = &r.warnings
	}
	again := slices.ContainsFunc(*list, func(g Finding) bool { return f.Error() == g.Error() })
	if !again && len(*list) < maxFindings {
		*list = append(*list, f)
	}
}

// find returns the position of a value, or of the nearest one around it when
// the document leaves it out.
func (r *report) find(path string) tree.Position {
	for {
		if at, ok := r.at[path]; ok {
			return at
		}
		cut := strings.LastIndexAny(path, ".[")
		if cut < 0 {
			return r.at[""]
		}
		path = path[:cut]
	}
}

// failed tells whether something is wrong with a value or inside it.
func (r *report) failed(path string) bool {
	return slices.ContainsFunc(r.errors, func(f Finding) bool {
		rest, ok := strings.CutPrefix(f.Path, path)
		return ok && (rest == "" || rest[0] == '.' || rest[0] == '[')
	})
}

// sorted puts findings in the order of the document.
func sorted[F ~[]Finding](findings F) F {
	slices.SortStableFunc(findings, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return findings
}

// shown quotes a word of the document for a message when it looks like a name
// that somebody mistyped. Anything else may be a secret in the wrong place and is
// not repeated: what is long, and what has digits among its letters, capitals
// inside its words or characters of an address.
func shown(word string) string {
	const longest = 32
	runes := []rune(word)
	if len(runes) > longest {
		return "<not shown>"
	}
	inside := false // after a letter of the same part
	for _, r := range runes {
		separator := strings.ContainsRune(" .-_*<", r)
		if !separator && !unicode.IsLetter(r) || inside && unicode.IsUpper(r) {
			return "<not shown>"
		}
		inside = !separator
	}
	return fmt.Sprintf("%q", word)
}
