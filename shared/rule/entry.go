package rule

// op is what one entry of a field's array asks.
type op uint8

const (
	opExact    op = iota // the scalar itself; kind and text, or an index of numbers
	opPrefix             // text
	opSuffix             // text
	opContains           // text
	opEqual              // text, ignoring case
	opWildcard           // followed by its literal pieces
	opNumeric            // compares[off]
	opBlock              // blocks[off]
	opExists             // any value
	opAbsent             // no value
	opNot                // followed by entries none of which may hold
	opAll                // followed by entries all of which must hold
)

// Flags of an entry.
const (
	foldCase  uint8 = 1 << iota // prefix and suffix: ignore case
	openStart                   // wildcard: begins with a star
	openEnd                     // wildcard: ends with a star
)

// entry is one thing a field may be. Entries that consist of others are followed
// by them; len then counts all that follow, at any depth. Twelve bytes and no
// pointer, so that a compiled pattern is no larger than its text.
type entry struct {
	op       op
	kind     kind
	flags    uint8
	off, len uint32
}

// width is the number of entries that e and what follows it take up.
func (e entry) width() int {
	if e.op >= opNot || e.op == opWildcard {
		return 1 + int(e.len)
	}
	return 1
}

// field is one path of a pattern with the entries of which one must hold.
type field struct {
	path    string // names joined by dots
	off, n  uint32 // program.entries[off:off+n]
	absent  bool   // one of the entries is exists: false
	shown   span   // the array as it was written
	payload bool   // Alibaba: under data
}

// program is a compiled pattern: an or over branches, each an and over fields.
type program struct {
	dialect  Dialect
	text     []byte // the source, then what its escaped strings stand for
	source   int    // length of the source
	entries  []entry
	fields   []field
	branches [][]uint16 // indexes of fields, in the order of the pattern
	*arguments
}

// arguments is what entries refer to by index. Most patterns have none.
type arguments struct {
	ranges   []interval // of all comparisons
	compares []comparison
	numbers  []literal
	blocks   []block
}

var noArguments arguments

func (p *program) textOf(e entry) []byte { return p.text[e.off : e.off+e.len] }

// scalar is one scalar value of an event.
type scalar struct {
	kind    kind
	text    []byte // a string's text, or the notation of anything else
	decoded bool   // num is set
	num     double
}

// double is a number as both dialects see it.
type double struct {
	value float64
	exact bool // the shortest notation of value equals the number written
}

func (v *scalar) double() double {
	if !v.decoded {
		v.num, v.decoded = parseDouble(v.text), true
	}
	return v.num
}

// around returns bounds of a number that cost less than its double.
func (v *scalar) around() (lo, hi float64) {
	if v.decoded {
		return v.num.value, v.num.value
	}
	return numberAround(v.text)
}

// holds reports whether entry i is satisfied by v, which has a value.
func (p *program) holds(i int, v *scalar) bool {
	e := p.entries[i]
	switch e.op {
	case opExact:
		return p.exact(e, v)
	case opExists:
		return true
	case opAbsent:
		return false
	case opNumeric:
		return v.kind == number && p.inRanges(p.compares[e.off], v)
	case opNot:
		// A number no double stands for is none of any numbers.
		if p.dialect == AWS && v.kind == number && !v.double().exact {
			return true
		}
		return !p.anyHolds(i+1, i+e.width(), v)
	case opAll:
		for k := i + 1; k < i+e.width(); k += p.entries[k].width() {
			if !p.holds(k, v) {
				return false
			}
		}
		return true
	}
	if v.kind != text {
		return false
	}
	switch e.op {
	case opPrefix:
		return p.hasPrefix(e, v.text)
	case opSuffix:
		return p.hasSuffix(e, v.text)
	case opContains:
		return p.contains(e, v.text)
	case opEqual:
		return foldLen(p.textOf(e), v.text) == len(v.text)
	case opWildcard:
		return p.wildcard(i, v.text)
	case opBlock:
		return p.blocks[e.off].contains(v.text)
	}
	return false
}

// anyHolds reports whether one of the entries from lo to hi is satisfied.
func (p *program) anyHolds(lo, hi int, v *scalar) bool {
	for i := lo; i < hi; i += p.entries[i].width() {
		if p.holds(i, v) {
			return true
		}
	}
	return false
}

// exact compares by type and value (AWS), or by the text alone (Alibaba, where
// "35", 35 and "true", true are equal and only null stands apart).
func (p *program) exact(e entry, v *scalar) bool {
	if p.dialect == AWS {
		if v.kind != e.kind {
			return false
		}
		switch e.kind {
		case text:
			return string(v.text) == string(p.textOf(e))
		case number:
			n := p.numbers[e.off]
			if !n.exact {
				return string(v.text) == string(p.text[n.text.off:n.text.off+n.text.len])
			}
			if lo, hi := v.around(); n.value < lo || n.value > hi {
				return false
			}
			d := v.double()
			return d.exact && n.value == d.value
		}
		return true
	}
	if v.kind == null || e.kind == null {
		return v.kind == e.kind
	}
	return string(v.text) == string(p.textOf(e))
}
