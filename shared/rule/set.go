package rule

import "sync"

// Set matches one event against many patterns in one pass over the event. The
// cost grows with the event and with the patterns that match, hardly with the
// number of patterns. A set is immutable and safe for any number of goroutines.
type Set struct{ parts []*part }

// part is the patterns of one dialect.
type part struct {
	engine   *engine
	patterns int // of the whole set
	pool     sync.Pool
}

// NewSet returns the set of these patterns, whose dialects may differ. A pattern
// is known by its position. Making a set takes longer than compiling its
// patterns; make it once.
func NewSet(patterns ...*Pattern) *Set {
	var s Set
	for _, d := range []Dialect{Alibaba, AWS} {
		for _, p := range patterns {
			if p.dialect == d {
				s.parts = append(s.parts, newPart(d, patterns))
				break
			}
		}
	}
	if len(s.parts) == 0 { // an event is checked all the same
		s.parts = append(s.parts, newPart(AWS, nil))
	}
	return &s
}

func newPart(d Dialect, patterns []*Pattern) *part {
	return &part{engine: newEngine(d, patterns), patterns: len(patterns)}
}

func (p *part) borrow() *scratch {
	if s, ok := p.pool.Get().(*scratch); ok {
		return s
	}
	return newScratch(p.engine, p.patterns)
}

// giveBack keeps s for the next event, but not the event itself.
func (p *part) giveBack(s *scratch) {
	s.b = nil
	if !s.large() {
		p.pool.Put(s)
	}
}

// Match appends to matched the indexes of the patterns that the event satisfies,
// in ascending order. The errors are those of [Pattern.Match]; matched is then
// returned as it was.
func (s *Set) Match(event []byte, matched []int) ([]int, error) {
	var first *scratch
	for i, p := range s.parts {
		sc := p.borrow()
		if err := sc.match(event); err != nil {
			p.giveBack(sc)
			if first != nil {
				clear(first.hits)
				s.parts[0].giveBack(first)
			}
			return matched, err
		}
		if first != nil { // both dialects: join their marks
			for k, word := range first.hits {
				sc.hits[k] |= word
				first.hits[k] = 0
			}
			s.parts[0].giveBack(first)
		}
		if i < len(s.parts)-1 {
			first = sc
			continue
		}
		matched = sc.collect(matched)
		p.giveBack(sc)
	}
	return matched, nil
}
