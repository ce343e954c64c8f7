package rule

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
)

// Condition is one field of a pattern and what an event has there.
type Condition struct {
	Path  string // "data.Status"
	Want  string // `one of "Failed", prefix "Fail"`
	Seen  string // JSON text of the value seen, "missing", or several values after one another
	Holds bool
}

// Explain returns the conditions of the pattern in the order of its fields, each
// with the value of the event and the verdict. The pattern matches when all of
// them hold, and not otherwise.
//
// Of an AWS pattern with $or it explains the first branch that matches, else the
// first of those in which most conditions hold. When every field of an AWS
// pattern is satisfied but not within the same elements of the event's arrays, a
// last condition says so. Texts are cut after about 300 bytes; Alibaba's numbers
// are shown as they are compared, without exponents. The errors are those of
// Match.
func (p *Pattern) Explain(event []byte) ([]Condition, error) {
	alone := p.alone()
	s := alone.borrow()
	defer alone.giveBack(s)
	err := s.match(event)
	clear(s.hits)
	if err != nil {
		return nil, err
	}
	var best []Condition
	most := -1
	for i, b := range p.branches {
		list, holding := p.explain(s, i, b)
		if holding == len(list) {
			return list, nil
		}
		if holding > most {
			best, most = list, holding
		}
	}
	return best, nil
}

// explain lists the conditions of branch i, whose fields are b. The engine of a
// single pattern has one rule for each branch that has fields.
func (p *Pattern) explain(s *scratch, i int, b []uint16) (list []Condition, holding int) {
	if p.dialect == Alibaba && s.data >= 0 && !s.hasData() {
		list = append(list, Condition{Path: "data", Want: "present", Seen: "missing"})
	}
	for _, at := range b {
		f := p.fields[at]
		c := s.single[at]
		list = append(list, Condition{Path: f.path, Want: p.want(f), Seen: s.show(s.conditions[c].field), Holds: s.alone(c)})
		if list[len(list)-1].Holds {
			holding++
		}
	}
	if holding == len(list) && len(b) > 0 && s.nested && !s.together(s.list(s.rules[i])) {
		list = append(list, Condition{Path: "$", Want: "all of this in the same elements of the arrays", Seen: "in different elements"})
	}
	return list, holding
}

// alone reports whether condition c holds when the others are left out.
func (s *scratch) alone(c uint32) bool {
	cond := &s.conditions[c]
	if s.dialect == Alibaba || s.heads[cond.field] == 0 {
		return s.holds(c)
	}
	for v := s.heads[cond.field]; v != 0; v = s.values[v].next {
		if s.satisfies(cond, v) {
			return true
		}
	}
	return false
}

// show writes the values of field f as JSON, in the order of the event.
func (s *scratch) show(f int32) string {
	v := s.heads[f]
	if v == 0 {
		return "missing"
	}
	array := s.values[v].in == inArray
	var list []string
	for ; v != 0; v = s.values[v].next {
		list = append(list, s.json(&s.values[v]))
	}
	slices.Reverse(list)
	if array {
		return clip("["+strings.Join(list, ",")+"]", wantLimit)
	}
	return clip(strings.Join(list, " "), wantLimit)
}

func (s *scratch) json(v *seen) string {
	var b bytes.Buffer
	switch {
	case v.kind == opaque:
		if json.Compact(&b, s.textOf(v)) != nil {
			return string(s.textOf(v))
		}
	case v.own && v.kind == text:
		e := json.NewEncoder(&b)
		e.SetEscapeHTML(false)
		if e.Encode(string(s.textOf(v))) == nil {
			b.Truncate(b.Len() - 1)
		}
	case v.kind == text:
		return `"` + string(s.textOf(v)) + `"`
	default:
		return string(s.textOf(v))
	}
	return b.String()
}
