package rule

import "slices"

// look decides on the rule whose record is at this place.
func (s *scratch) look(at uint32) {
	r := s.records[at:]
	if s.plural { // else a rule can be come upon only by the few ways of one value
		if s.looked[r[0]] == s.event {
			return
		}
		s.looked[r[0]] = s.event
	}
	rule, pattern := r[0], r[1]
	n := r[2]
	for r = r[3:]; n > 0; n-- {
		if c := r[0]; c&mustTest != 0 {
			if !s.holds(c &^ mustTest) {
				return
			}
			r = r[1:]
			continue
		}
		f, end := r[0], 2+r[1]
		if !s.spelled(f, r[2:end]) {
			return
		}
		r = r[end:]
	}
	if s.nested && !s.together(s.list(s.rules[rule])) {
		return
	}
	s.hits[pattern/64] |= 1 << (pattern % 64)
}

// spelled reports whether a value of field f is one of the words.
func (s *scratch) spelled(f uint32, words []uint32) bool {
	w := s.wordOf(f)
	if w == 0 {
		return false
	}
	if w != several {
		return hasWord(words, w)
	}
	for v := s.heads[f]; v != 0; v = s.values[v].next {
		if s.values[v].word != 0 && hasWord(words, s.values[v].word) {
			return true
		}
	}
	return false
}

// hasWord reports whether w is among the words, which ascend.
func hasWord(words []uint32, w uint32) bool {
	if len(words) > 16 {
		_, found := slices.BinarySearch(words, w)
		return found
	}
	for _, x := range words {
		if x == w {
			return true
		}
	}
	return false
}

// holds reports whether condition c holds by itself.
func (s *scratch) holds(c uint32) bool {
	state := s.states[c]
	if state>>3 != s.event {
		state = s.event << 3
	}
	if state&tested == 0 {
		state |= tested
		if s.test(&s.conditions[c]) {
			state |= holding
		}
		s.states[c] = state
	}
	return state&holding != 0
}

func (s *scratch) test(c *condition) bool {
	v := s.heads[c.field]
	if v == 0 {
		return c.absent && (!c.payload || s.hasData())
	}
	for ; v != 0; v = s.values[v].next {
		// Within other elements of an array the field may be absent still.
		if s.satisfies(c, v) || c.absent && s.values[v].in > 0 {
			return true
		}
	}
	return false
}

// satisfies reports whether value v satisfies one of the entries of c.
func (s *scratch) satisfies(c *condition, v int32) bool {
	if s.values[v].kind == opaque {
		return false
	}
	sc := s.operand(v)
	ok := s.anyHolds(int(c.off), int(c.off+c.n), &sc)
	s.remember(v, &sc)
	return ok
}

// hasData reports whether the event has a payload (Alibaba).
func (s *scratch) hasData() bool { return s.visit[s.data] > s.before }
