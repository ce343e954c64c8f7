package rule

import (
	"net/netip"
	"slices"
	"unicode"
	"unicode/utf8"
)

// maxInside bounds the words that are looked for at every position of a text.
const maxInside = 32

// index finds the conditions of one path that a value satisfies, without trying
// them one by one. Conditions that most values satisfy are only listed.
type index struct {
	node     int32
	filed    bool    // rules are filed under conditions of this path
	whole    lexicon // the text itself
	prefixes dictionary
	suffixes dictionary // words and text reversed
	folded   dictionary // prefixes of the text without case
	endings  dictionary // suffixes without case, reversed
	inside   dictionary // anywhere in the text
	blocks   dictionary // bits of addresses, see bitText
	numbers  ranges
	literals [3][]uint32 // null, no, yes
	broad    []uint32    // to be tested with every value
}

// indexer collects what an index is made of.
type indexer struct {
	whole                                               map[uint32][]filing // rules by word
	prefixes, suffixes, folded, endings, inside, blocks words
	in                                                  []interval
	inConditions                                        []uint32
	literals                                            [3][]uint32
	broad                                               []uint32
}

func newIndexer() *indexer {
	return &indexer{whole: map[uint32][]filing{}, prefixes: words{}, suffixes: words{}, folded: words{}, endings: words{}, inside: words{}, blocks: words{}}
}

// freeze makes the index.
func (x *indexer) freeze(to *index) {
	to.filed = true
	to.whole.file(x.whole)
	to.prefixes, to.suffixes = x.prefixes.freeze(), x.suffixes.freeze()
	to.folded, to.endings = x.folded.freeze(), x.endings.freeze()
	to.inside, to.blocks = x.inside.freeze(), x.blocks.freeze()
	to.literals, to.broad = x.literals, x.broad
	if len(x.in) > 0 {
		to.numbers = newRanges(x.in, x.inConditions)
	}
}

// add files condition c under entry i of p, which is not a word, and reports whether it could: false
// means that the entry must be tested with every value.
func (x *indexer) add(p *program, i int, c uint32) bool {
	e := p.entries[i]
	switch e.op {
	case opExact:
		return x.addExact(p, e, c)
	case opPrefix, opEqual:
		word := string(p.textOf(e))
		switch {
		case word == "":
			return false
		case e.flags&foldCase != 0:
			x.folded.add(string(fold(nil, []byte(word))), c|unsure)
		default:
			x.prefixes.add(word, c)
		}
	case opSuffix:
		word := p.textOf(e)
		switch {
		case len(word) == 0:
			return false
		case e.flags&foldCase != 0:
			x.endings.add(string(reversed(fold(nil, word))), c|unsure)
		default:
			x.suffixes.add(string(reversed(slices.Clone(word))), c)
		}
	case opContains:
		x.addInside(string(p.textOf(e)), c)
	case opWildcard:
		return x.addWildcard(p, i, c)
	case opNumeric:
		cmp := p.compares[e.off]
		for _, r := range p.ranges[cmp.off : cmp.off+cmp.n] {
			x.addRange(r, c)
		}
	case opBlock:
		b := p.blocks[e.off]
		x.blocks.add(string(bitText(nil, b.Addr())[:1+b.Bits()]), c)
	case opAbsent:
	case opAll:
		for k := i + 1; k < i+e.width(); k += p.entries[k].width() {
			if x.add(p, k, c|unsure) {
				return true
			}
		}
		return false
	default:
		return false
	}
	return true
}

func (x *indexer) addRange(r interval, c uint32) {
	x.in, x.inConditions = append(x.in, r), append(x.inConditions, c)
}

// addExact files what is not a word.
func (x *indexer) addExact(p *program, e entry, c uint32) bool {
	if e.kind != number {
		x.literals[e.kind-null] = append(x.literals[e.kind-null], c)
		return true
	}
	n := p.numbers[e.off]
	if n.exact {
		x.addRange(interval{n.value, n.value}, c)
	}
	return n.exact
}

// addInside files c under the first bytes of a word, as many as are looked for.
func (x *indexer) addInside(word string, c uint32) {
	if len(word) > maxInside {
		word, c = word[:maxInside], c|unsure
	}
	x.inside.add(word, c)
}

// addWildcard files c under the piece of the wildcard that says most.
func (x *indexer) addWildcard(p *program, i int, c uint32) bool {
	e := p.entries[i]
	pieces := p.entries[i+1 : i+e.width()]
	if len(pieces) == 0 {
		return false
	}
	first, last := string(p.textOf(pieces[0])), string(p.textOf(pieces[len(pieces)-1]))
	switch {
	case e.flags&openStart == 0:
		x.prefixes.add(first, c|unsure)
	case e.flags&openEnd == 0:
		x.suffixes.add(string(reversed([]byte(last))), c|unsure)
	default:
		longest := first
		for _, piece := range pieces {
			if s := string(p.textOf(piece)); len(s) > len(longest) {
				longest = s
			}
		}
		x.addInside(longest, c|unsure)
	}
	return true
}

// fold appends s in a form that is the same for all characters that ignoring
// case can take for one another.
func fold(dst, s []byte) []byte {
	for len(s) > 0 {
		if c := s[0]; c < utf8.RuneSelf {
			if 'A' <= c && c <= 'Z' {
				c += 'a' - 'A'
			}
			dst, s = append(dst, c), s[1:]
			continue
		}
		r, size := utf8.DecodeRune(s)
		s = s[size:]
		dst = utf8.AppendRune(dst, unicode.ToLower(unicode.ToUpper(r)))
	}
	return dst
}

func reversed(b []byte) []byte {
	slices.Reverse(b)
	return b
}

// bitText appends the family of an address and its bits, a byte each.
func bitText(dst []byte, a netip.Addr) []byte {
	all := a.As16()
	family, bytes := byte('6'), all[:]
	if a.Is4() {
		family, bytes = '4', all[12:]
	}
	dst = append(dst, family)
	for _, b := range bytes {
		for bit := 7; bit >= 0; bit-- {
			dst = append(dst, '0'+b>>bit&1)
		}
	}
	return dst
}
