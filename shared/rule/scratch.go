package rule

import (
	"math"
	"math/bits"
)

// scratch is the memory that one match needs, kept for the next.
type scratch struct {
	*engine
	reader
	event  uint32   // a number for the event, so that states need no clearing
	states []uint32 // by condition: event<<3 and what is known of it
	words  []uint32 // by field: the number of its value in the lexicon, 0, or several
	looked []uint32 // by rule: the event in which it was last looked at, if plural
	hits   []uint64 // by pattern: it matches
	buffer []byte
	search search
}

// Marks in place of the number of a word.
const (
	several   = math.MaxUint32 - iota // the field has more than one value
	unspelled                         // the number was not needed yet
)

// What is known of a condition.
const (
	tested = 1 << iota
	holding
	followed // its rules were looked at
)

func newScratch(e *engine, patterns int) *scratch {
	return &scratch{engine: e, reader: newReader(&e.paths, len(e.indexes)), states: make([]uint32, len(e.conditions)),
		words: make([]uint32, len(e.indexes)), looked: make([]uint32, len(e.rules)), hits: make([]uint64, (patterns+63)/64)}
}

// large reports whether the scratch grew so much that it is not worth keeping.
func (s *scratch) large() bool {
	return cap(s.values) > 1<<16 || cap(s.search.options) > 1<<16 || cap(s.reader.text) > 1<<20 || cap(s.elements) > 1<<16 || cap(s.buffer) > 1<<20
}

// match marks the patterns that the event satisfies in s.hits.
func (s *scratch) match(event []byte) error {
	for _, f := range s.touched {
		s.words[f] = 0
	}
	if err := s.read(s.dialect, event); err != nil {
		return err
	}
	if s.event++; s.event == 1<<29 {
		clear(s.states)
		clear(s.looked)
		s.event = 1
	}
	s.search.steps = 0
	for _, at := range s.always {
		s.hits[at/64] |= 1 << (at % 64)
	}
	for _, f := range s.touched {
		x := &s.indexes[f]
		if s.words[f] = unspelled; s.dialect == Alibaba && !s.counts(x.node) {
			s.heads[f], s.words[f] = 0, 0 // a repeated name has replaced the value
		}
	}
	for _, f := range s.touched {
		x := &s.indexes[f]
		if !x.filed {
			continue
		}
		s.wordOf(uint32(f))
		for v := s.heads[f]; v != 0; v = s.values[v].next {
			if s.values[v].kind != opaque {
				s.probe(x, v)
			}
		}
	}
	s.followAll(s.absences)
	if s.search.spent() {
		clear(s.hits)
		return errEntangled
	}
	return nil
}

// operand returns value v as the operators take it.
func (s *scratch) operand(v int32) scalar {
	have := &s.values[v]
	return scalar{kind: have.kind, text: s.textOf(have), decoded: have.decoded, num: double{have.value, have.exact}}
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
