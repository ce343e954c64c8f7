package rule

import (
	"encoding/binary"
	"errors"
	"slices"
)

// Limits of the search for values that lie in the same array elements.
const (
	maxSteps  = 1 << 24 // for one event and all rules together; well under a second
	memoAfter = 1 << 14 // steps of one rule after which dead ends are remembered
	maxMemo   = 1 << 16
)

var errEntangled = errors.New("rule: the arrays of the event are too entangled to be matched; split the event")

// search looks for one value for each condition of a rule (AWS), such that no
// two lie in different elements of one array.
type search struct {
	steps   int
	start   int      // steps before this rule
	fields  []choice // conditions in the order of their paths
	options []int32  // elements of the values that satisfy them
	chosen  []int32
	dead    map[string]struct{} // states from which the rule cannot match
	last    map[int32]int       // by array: the last condition with a value in it
}

type choice struct {
	condition uint32
	off, end  int // of options
}

func (s *search) spent() bool { return s.steps > maxSteps }

// together reports whether conditions that hold one by one hold together.
func (s *scratch) together(conditions []uint32) bool {
	if len(conditions) == 1 && !s.conditions[conditions[0]].absent {
		return true
	}
	w := &s.search
	w.fields, w.options, w.chosen, w.start = w.fields[:0], w.options[:0], w.chosen[:0], w.steps
	w.dead, w.last = nil, nil
	absences := slices.ContainsFunc(conditions, func(c uint32) bool { return s.conditions[c].absent })
	for _, c := range conditions {
		off, free := len(w.options), false
		for v := s.heads[s.conditions[c].field]; v != 0 && !free; v = s.values[v].next {
			w.steps++
			in := s.values[v].in
			if len(w.options) > off && w.options[len(w.options)-1] == in || !s.satisfies(&s.conditions[c], v) {
				continue
			}
			w.options = append(w.options, in)
			free = in == 0 && !absences
		}
		if free { // a value in no element goes with all others
			w.options = w.options[:off]
			continue
		}
		w.fields = append(w.fields, choice{c, off, len(w.options)})
	}
	return s.choose(0)
}

// choose tries the values of condition k and of those after it.
func (s *scratch) choose(k int) bool {
	w := &s.search
	if k == len(w.fields) {
		return true
	}
	key := ""
	if w.steps-w.start > memoAfter {
		if key = s.state(k); key != "" {
			if _, dead := w.dead[key]; dead {
				return false
			}
		}
	}
	f := w.fields[k]
	for _, in := range w.options[f.off:f.end] {
		if w.spent() {
			return false
		}
		if !s.fits(in) {
			continue
		}
		w.chosen = append(w.chosen, in)
		found := s.choose(k + 1)
		w.chosen = w.chosen[:len(w.chosen)-1]
		if found {
			return true
		}
	}
	if s.conditions[f.condition].absent && s.absentHere(f.condition) && s.choose(k+1) {
		return true
	}
	if key != "" && len(w.dead) < maxMemo {
		w.dead[key] = struct{}{}
	}
	return false
}

// fits reports whether element in agrees with all that are chosen.
func (s *scratch) fits(in int32) bool {
	for _, c := range s.search.chosen {
		s.search.steps += 1 + int(s.elements[in].depth)
		if !s.agree(in, c) {
			return false
		}
	}
	s.search.steps++
	return true
}

// absentHere reports whether no value of condition c agrees with the elements
// that are chosen.
func (s *scratch) absentHere(c uint32) bool {
	for v := s.heads[s.conditions[c].field]; v != 0; v = s.values[v].next {
		if s.fits(s.values[v].in) {
			return false
		}
	}
	return true
}

// state names what of the choices so far matters to condition k and those after
// it: the elements of arrays in which these have values.
func (s *scratch) state(k int) string {
	w := &s.search
	if w.last == nil {
		w.last, w.dead = map[int32]int{}, map[string]struct{}{}
		for i, f := range w.fields {
			for v := s.heads[s.conditions[f.condition].field]; v != 0; v = s.values[v].next {
				for e := s.values[v].in; e != 0 && w.last[s.elements[e].array] != i+1; e = s.elements[e].parent {
					w.last[s.elements[e].array] = i + 1
					w.steps++
				}
			}
		}
	}
	live := make([]int32, 0, len(w.chosen))
	for _, e := range w.chosen {
		for e != 0 && w.last[s.elements[e].array] <= k {
			e = s.elements[e].parent
			w.steps++
		}
		if e != 0 && !slices.Contains(live, e) {
			live = append(live, e)
		}
	}
	slices.Sort(live)
	key := binary.AppendUvarint(nil, uint64(k))
	for _, e := range live {
		key = binary.AppendUvarint(key, uint64(e))
	}
	return string(key)
}
