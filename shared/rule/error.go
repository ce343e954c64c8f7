package rule

import (
	"strconv"
	"strings"
)

// Error is the refusal of a pattern by [Compile].
type Error struct {
	Path    string // where: "data.Status[0].prefix"; "$" is the whole pattern
	Problem string // what is wrong there
	Remedy  string // what would be right
}

// Error names the place, the fault and the remedy in one line.
func (e *Error) Error() string {
	return "rule: " + e.Path + ": " + e.Problem + "; " + e.Remedy
}

// place is the way from the top of a pattern to one of its values.
type place struct {
	up    *place
	name  string
	index int // position in an array when name is not used
	field bool
}

func (p *place) member(name string) *place { return &place{up: p, name: name, field: true} }
func (p *place) item(i int) *place         { return &place{up: p, index: i} }

func (p *place) String() string {
	if p == nil {
		return "$"
	}
	var steps []*place
	for ; p != nil; p = p.up {
		steps = append(steps, p)
	}
	var b strings.Builder
	for i := len(steps) - 1; i >= 0; i-- {
		switch s := steps[i]; {
		case !s.field:
			b.WriteString("[" + strconv.Itoa(s.index) + "]")
		case plainName(s.name):
			if b.Len() > 0 {
				b.WriteByte('.')
			}
			b.WriteString(s.name)
		default:
			b.WriteString("[" + strconv.Quote(clip(s.name, 80)) + "]")
		}
	}
	return clip(b.String(), 400)
}

func (p *place) refuse(problem, remedy string) error {
	return &Error{Path: p.String(), Problem: problem, Remedy: remedy}
}

// plainName reports whether a name can stand in a path without quotes.
func plainName(s string) bool {
	return s != "" && len(s) <= 80 && !strings.ContainsFunc(s, func(r rune) bool {
		return r <= ' ' || r == '"' || r == '.' || r == '[' || r == ']' || r == 0x7f
	})
}

// clip shortens s to at most limit bytes on a character's boundary, so that a
// hostile input cannot fill a log.
func clip(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	for limit > 0 && s[limit]&0xC0 == 0x80 {
		limit--
	}
	return s[:limit] + "…"
}
