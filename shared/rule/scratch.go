package rule

import "math/bits"

// scratch is the memory that one match needs, kept for the next.
type scratch struct {
	*engine
	reader
	event  uint32   // a number for the event, so that states need no clearing
	states []uint32 // by condition: event<<3 and what is known of it
	hits   []uint64 // by pattern: it matches
	buffer []byte
	search search
}

// What is known of a condition.
const (
	tested = 1 << iota
	holding
	followed // its rules were looked at
)

func newScratch(e *engine, patterns int) *scratch {
	return &scratch{engine: e, reader: newReader(&e.paths, len(e.indexes)), states: make([]uint32, len(e.conditions)), hits: make([]uint64, (patterns+63)/64)}
}

// large reports whether the scratch grew so much that it is not worth keeping.
func (s *scratch) large() bool {
	return cap(s.values) > 1<<16 || cap(s.reader.text) > 1<<20 || cap(s.elements) > 1<<16 || cap(s.buffer) > 1<<20
}

// match marks the patterns that the event satisfies in s.hits.
func (s *scratch) match(event []byte) error {
	if err := s.read(s.dialect, event); err != nil {
		return err
	}
	if s.event++; s.event == 1<<29 {
		clear(s.states)
		s.event = 1
	}
	s.search.steps = 0
	for _, at := range s.always {
		s.hits[at/64] |= 1 << (at % 64)
	}
	if s.dialect == Alibaba {
		for _, f := range s.touched {
			if !s.counts(s.indexes[f].node) {
				s.heads[f] = 0
			}
		}
	}
	for _, f := range s.touched {
		x := &s.indexes[f]
		for v := s.heads[f]; v != 0; v = s.values[v].next {
			if s.values[v].kind != opaque {
				s.probe(x, v)
			}
		}
	}
	for _, c := range s.absences {
		s.follow(c | unsure)
	}
	if s.search.spent() {
		clear(s.hits)
		return errEntangled
	}
	return nil
}

// probe follows the conditions that value v satisfies.
func (s *scratch) probe(x *index, v int32) {
	s.followAll(x.broad)
	sc := s.operand(v)
	switch sc.kind {
	case text:
		s.probeText(x, sc.text)
		return
	case number:
		if len(x.numbers.in) > 0 {
			if d := sc.double(); s.dialect == Alibaba || d.exact {
				s.around(&x.numbers, d.value, 0, len(x.numbers.in))
			}
			s.remember(v, &sc)
		}
	default:
		s.followAll(x.literals[sc.kind-null])
	}
	if s.dialect == Alibaba && sc.kind != null {
		s.followAll(x.whole.find(s.engine.paths.seed, sc.text))
	}
}

func (s *scratch) probeText(x *index, text []byte) {
	s.followAll(x.whole.find(s.engine.paths.seed, text))
	s.followPrefixes(&x.prefixes, text)
	if len(x.suffixes.longest) > 0 {
		s.buffer = append(s.buffer[:0], text...)
		s.followPrefixes(&x.suffixes, reversed(s.buffer))
	}
	if len(x.folded.longest) > 0 || len(x.endings.longest) > 0 {
		s.buffer = fold(s.buffer[:0], text)
		s.followPrefixes(&x.folded, s.buffer)
		s.followPrefixes(&x.endings, reversed(s.buffer))
	}
	if len(x.inside.longest) > 0 {
		for i := range text {
			s.followPrefixes(&x.inside, text[i:min(len(text), i+maxInside)])
		}
	}
	if len(x.blocks.longest) > 0 {
		if a, ok := parseAddress(text); ok {
			s.buffer = bitText(s.buffer[:0], a)
			s.followPrefixes(&x.blocks, s.buffer)
		}
	}
}

func (s *scratch) followPrefixes(d *dictionary, text []byte) {
	if len(d.longest) == 0 {
		return
	}
	for i := d.prefix(text); i >= 0; i = d.longest[i] {
		s.followAll(d.conditions(i))
	}
}

// around follows the conditions of the intervals from lo to hi that contain v.
func (s *scratch) around(r *ranges, v float64, lo, hi int) {
	for lo < hi {
		middle := (lo + hi) / 2
		if r.highest[middle] < v {
			return
		}
		s.around(r, v, lo, middle)
		if r.in[middle].lo > v {
			return
		}
		if v <= r.in[middle].hi {
			s.follow(r.conditions[middle])
		}
		lo = middle + 1
	}
}

func (s *scratch) followAll(list []uint32) {
	for _, c := range list {
		s.follow(c)
	}
}

// follow looks at the rules filed under condition c, which holds unless it is
// marked unsure.
func (s *scratch) follow(c uint32) {
	sure := c&unsure == 0
	c &^= unsure
	state := s.states[c]
	if state>>3 != s.event {
		state = s.event << 3
	}
	if state&followed != 0 {
		return
	}
	if sure {
		state |= tested | holding
	}
	s.states[c] = state | followed
	cond := &s.conditions[c]
	if !s.holds(c) {
		return
	}
	for _, r := range s.filed[cond.rules.off : cond.rules.off+cond.rules.len] {
		rule := s.rules[r]
		if s.hits[rule.pattern/64]>>(rule.pattern%64)&1 != 0 || !s.ruleHolds(rule) {
			continue
		}
		s.hits[rule.pattern/64] |= 1 << (rule.pattern % 64)
	}
}

func (s *scratch) ruleHolds(rule conjunction) bool {
	list := s.lists[rule.conditions.off : rule.conditions.off+rule.conditions.len]
	for _, c := range list {
		if !s.holds(c) {
			return false
		}
	}
	return !s.nested || s.together(list)
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
	ok := c.p.anyHolds(int(c.off), int(c.off+c.n), &sc)
	s.remember(v, &sc)
	return ok
}

// hasData reports whether the event has a payload (Alibaba).
func (s *scratch) hasData() bool { return s.visit[s.data] > s.before }

// operand returns value v as the operators take it.
func (s *scratch) operand(v int32) scalar {
	have := &s.values[v]
	sc := scalar{kind: have.kind, text: s.textOf(have), decoded: have.decoded, num: double{have.value, have.exact}}
	if have.kind == number && s.dialect == Alibaba && !isPlain(sc.text) {
		sc.text = plainNumber(nil, sc.text)
	}
	return sc
}

// remember keeps the double of a number that was worked out.
func (s *scratch) remember(v int32, sc *scalar) {
	if sc.decoded {
		have := &s.values[v]
		have.decoded, have.value, have.exact = true, sc.num.value, sc.num.exact
	}
}

// collect appends the marked patterns in ascending order and clears the marks.
func (s *scratch) collect(matched []int) []int {
	for i, word := range s.hits {
		for ; word != 0; word &= word - 1 {
			matched = append(matched, i*64+bits.TrailingZeros64(word))
		}
		s.hits[i] = 0
	}
	return matched
}
