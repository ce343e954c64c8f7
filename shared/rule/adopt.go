package rule

import "slices"

// adopt copies the entries of field f of q, and what they refer to, to the end
// of p. What is matched together lies together, and q need not stay.
func (p *program) adopt(q *program, f field) {
	for _, e := range q.entries[f.off : f.off+f.n] {
		switch e.op {
		case opNumeric:
			c := q.compares[e.off]
			e.off = uint32(len(p.compares))
			p.compares = append(p.compares, comparison{off: uint32(len(p.ranges)), n: c.n})
			p.ranges = append(p.ranges, q.ranges[c.off:c.off+c.n]...)
		case opBlock:
			b := q.blocks[e.off]
			e.off = uint32(len(p.blocks))
			p.blocks = append(p.blocks, b)
		case opExact:
			if e.kind == number && q.dialect == AWS {
				n := q.numbers[e.off]
				e.off = uint32(len(p.numbers))
				p.numbers = append(p.numbers, literal{n.double, p.adoptText(q, n.text)})
				break
			}
			e.off = p.adoptText(q, span{e.off, e.len}).off
		case opPrefix, opSuffix, opContains, opEqual:
			e.off = p.adoptText(q, span{e.off, e.len}).off
		}
		p.entries = append(p.entries, e)
	}
}

func (p *program) adoptText(q *program, s span) span {
	at := len(p.text)
	p.text = append(p.text, q.text[s.off:s.off+s.len]...)
	return span{uint32(at), s.len}
}

// trim gives back memory that was reserved for more.
func (p *program) trim() {
	p.text, p.entries, p.fields = slices.Clone(p.text), slices.Clone(p.entries), slices.Clone(p.fields)
	if len(p.compares)+len(p.numbers)+len(p.blocks) == 0 {
		p.arguments = &noArguments
		return
	}
	p.arguments = &arguments{slices.Clone(p.ranges), slices.Clone(p.compares), slices.Clone(p.numbers), slices.Clone(p.blocks)}
}
