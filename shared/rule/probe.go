package rule

// wordOf returns the number of the word that field f has, 0 or several.
func (s *scratch) wordOf(f uint32) uint32 {
	if s.words[f] == unspelled {
		s.spell(f)
	}
	return s.words[f]
}

// spell finds the numbers of the words of field f.
func (s *scratch) spell(f uint32) {
	x := &s.indexes[f]
	for v := s.heads[f]; v != 0; v = s.values[v].next {
		have := &s.values[v]
		if have.kind == text || s.dialect == Alibaba && have.kind > null {
			have.word = x.whole.number(s.engine.paths.seed, s.textOf(have))
		}
		s.words[f] = have.word
	}
	if s.values[s.heads[f]].next != 0 {
		s.words[f] = several
	}
}

// probe looks at the rules that value v of the path of x may satisfy.
func (s *scratch) probe(x *index, v int32) {
	have := &s.values[v]
	if have.word != 0 {
		w := x.whole.words[have.word].rules
		for _, to := range x.whole.rules[w.off : w.off+w.len] {
			if to.mask != 0 {
				if other := s.wordOf(to.field); other != several && (other == 0 || to.mask>>(other%32)&1 == 0) {
					continue
				}
			}
			s.look(to.at)
		}
	}
	s.followAll(x.broad)
	switch have.kind {
	case text:
		s.probeText(x, s.textOf(have))
	case number:
		if len(x.numbers.in) > 0 && x.numbers.meets(numberAround(s.textOf(have))) {
			sc := s.operand(v)
			if d := sc.double(); s.dialect == Alibaba || d.exact {
				s.around(&x.numbers, d.value, 0, len(x.numbers.in))
			}
			s.remember(v, &sc)
		}
	default:
		s.followAll(x.literals[have.kind-null])
	}
}

func (s *scratch) probeText(x *index, text []byte) {
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
	if s.holds(c) {
		w := s.conditions[c].rules
		for _, at := range s.filed[w.off : w.off+w.len] {
			s.look(at)
		}
	}
}
