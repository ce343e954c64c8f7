package rule

import "sync/atomic"

// Pattern is a compiled event pattern. It is immutable and safe for any number
// of goroutines.
type Pattern struct {
	program
	part atomic.Pointer[part] // the pattern alone, made when it is first needed
}

// String returns the text the pattern was compiled from.
func (p *Pattern) String() string { return string(p.text[:p.source]) }

func (p *Pattern) alone() *part {
	if have := p.part.Load(); have != nil {
		return have
	}
	p.part.CompareAndSwap(nil, newPart(p.dialect, []*Pattern{p}))
	return p.part.Load()
}

// Match reports whether the event satisfies the pattern. An error says that the
// event is not a well-formed JSON object, nests deeper than 1,000 levels, is
// larger than 8 MiB, or holds arrays so entangled that an AWS pattern cannot be
// decided in bounded time. It never stands for "no".
func (p *Pattern) Match(event []byte) (bool, error) {
	alone := p.alone()
	s := alone.borrow()
	defer alone.giveBack(s)
	if err := s.match(event); err != nil {
		return false, err
	}
	matches := s.hits[0] != 0
	s.hits[0] = 0
	return matches, nil
}
