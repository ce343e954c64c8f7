package rule

import (
	"bytes"
	"cmp"
	"slices"
	"strings"
)

// condition is one field of one or more patterns with equal entries.
type condition struct {
	off, n  uint32 // its entries in engine.program
	field   int32  // of the engine
	absent  bool
	payload bool
	simple  bool // only texts, of which the lexicon has the numbers
	rules   span // engine.filed[off:off+len]: the records of rules to look at when it holds
}

// conjunction is a rule: conditions that must hold together.
type conjunction struct {
	conditions span // engine.lists[off:off+len], in ascending order of paths
	pattern    int32
}

// engine matches the patterns of one dialect together. An event is read once;
// the values found are looked up in the index of their path. Every rule is
// filed under the one of its conditions that is expected to hold least often,
// and is looked at only when that one holds. What such a look needs stands
// together in the rule's record; conditions with operators are tested at most
// once for an event, however many rules share them.
type engine struct {
	program    // the entries of the conditions, brought together
	paths      paths
	data       int32 // the node of the payload, or -1
	indexes    []index
	conditions []condition
	rules      []conjunction
	lists      []uint32 // conditions of the rules
	filed      []uint32 // rules of the conditions, as places of their records
	records    []uint32 // see record
	absences   []uint32 // conditions to test that may hold without a value
	always     []int32  // patterns without conditions
	single     []uint32 // the conditions of the fields, if there is one pattern
}

// newEngine makes the engine for those of the patterns that are of dialect d.
func newEngine(d Dialect, patterns []*Pattern) *engine {
	e := &engine{program: program{dialect: d, arguments: &arguments{}}, data: -1}
	fields, conditions := map[string]int32{}, map[string]uint32{}
	var names []string
	for at, p := range patterns {
		if p.dialect != d {
			continue
		}
		own := make([]uint32, len(p.fields)) // the conditions of the fields
		for i, f := range p.fields {
			key := f.path + "\x00" + string(p.text[f.shown.off:f.shown.off+f.shown.len])
			c, known := conditions[key]
			if !known {
				n, again := fields[f.path]
				if !again {
					n = int32(len(names))
					fields[f.path] = n
					names = append(names, f.path)
				}
				c = uint32(len(e.conditions))
				conditions[key] = c
				e.conditions = append(e.conditions, condition{off: uint32(len(e.entries)), n: f.n, field: n, absent: f.absent, payload: f.payload})
				e.adopt(&p.program, f)
			}
			own[i] = c
		}
		if len(patterns) == 1 {
			e.single = own
		}
		for _, b := range p.branches {
			if len(b) == 0 {
				e.always = append(e.always, int32(at))
				continue
			}
			off := len(e.lists)
			for _, f := range b {
				e.lists = append(e.lists, own[f])
			}
			list := e.lists[off:]
			slices.SortFunc(list, func(x, y uint32) int {
				return strings.Compare(names[e.conditions[x].field], names[e.conditions[y].field])
			})
			e.rules = append(e.rules, conjunction{span{uint32(off), uint32(len(b))}, int32(at)})
		}
	}
	var nodes []int32
	e.paths, nodes = newPaths(names)
	if d == Alibaba {
		for i := range e.paths.nodes {
			if n := &e.paths.nodes[i]; i > 0 && n.parent == 0 && n.name == "data" {
				e.data = int32(i)
			}
		}
	}
	e.file(nodes)
	return e
}

// file decides under which of its conditions every rule is filed, and makes the
// indexes of these.
func (e *engine) file(nodes []int32) {
	e.indexes = make([]index, len(nodes))
	for i, n := range nodes {
		e.indexes[i].node = n
	}
	e.lexicons()
	costs := e.costs()
	filed := make([][]int, len(e.conditions)) // rules by condition
	for i, r := range e.rules {
		best := slices.MinFunc(e.list(r), func(x, y uint32) int { return cmp.Compare(costs[x], costs[y]) })
		filed[best] = append(filed[best], i)
	}
	makers := make([]*indexer, len(nodes))
	for _, c := range e.neighbours() {
		rules := filed[c]
		if len(rules) == 0 {
			continue
		}
		cond := &e.conditions[c]
		if makers[cond.field] == nil {
			makers[cond.field] = newIndexer()
		}
		x := makers[cond.field]
		cond.rules = span{uint32(len(e.filed)), uint32(len(rules))}
		filings := make([]filing, len(rules))
		for i, r := range rules {
			filings[i] = e.record(r, costs)
			e.filed = append(e.filed, filings[i].at)
		}
		broad := false
		for i := cond.off; i < cond.off+cond.n; i += uint32(e.entries[i].width()) {
			if word, ok := e.word(int(i)); ok {
				n := e.number(cond.field, word)
				x.whole[n] = append(x.whole[n], filings...)
			} else if !x.add(&e.program, int(i), c) {
				broad = true
			}
		}
		if broad {
			x.broad = append(x.broad, c|unsure)
		}
		if cond.absent {
			e.absences = append(e.absences, c|unsure)
		}
	}
	for i, x := range makers {
		if x != nil {
			x.freeze(&e.indexes[i])
		}
	}
	e.trim()
	e.lists, e.filed, e.records = slices.Clone(e.lists), slices.Clone(e.filed), slices.Clone(e.records)
	e.rules, e.conditions = slices.Clone(e.rules), slices.Clone(e.conditions)
}

// neighbours returns the conditions such that those with the same first text
// follow one another: their rules are looked at together and should lie together.
func (e *engine) neighbours() []uint32 {
	order := make([]uint32, len(e.conditions))
	for i := range order {
		order[i] = uint32(i)
	}
	slices.SortStableFunc(order, func(x, y uint32) int {
		a, b := e.entries[e.conditions[x].off], e.entries[e.conditions[y].off]
		if a.kind != text || b.kind != text {
			return cmp.Compare(a.kind, b.kind)
		}
		return bytes.Compare(e.textOf(a), e.textOf(b))
	})
	return order
}

// list returns the conditions of a rule.
func (e *engine) list(r conjunction) []uint32 {
	return e.lists[r.conditions.off : r.conditions.off+r.conditions.len]
}

// word returns the text that entry i asks for exactly, if that is all it does.
func (p *program) word(i int) ([]byte, bool) {
	e := p.entries[i]
	switch {
	case e.op == opExact && (e.kind == text || p.dialect == Alibaba && e.kind != null):
		return p.textOf(e), true
	case e.op == opWildcard && e.flags == 0 && e.len == 1:
		return p.textOf(p.entries[i+1]), true
	}
	return nil, false
}

// lexicons numbers the words of every field, and marks the conditions that ask
// for nothing but words.
func (e *engine) lexicons() {
	sets := make([]map[string]bool, len(e.indexes))
	for i := range sets {
		sets[i] = map[string]bool{}
	}
	for c := range e.conditions {
		cond := &e.conditions[c]
		cond.simple = true
		for i := cond.off; i < cond.off+cond.n; i += uint32(e.entries[i].width()) {
			word, ok := e.word(int(i))
			if ok && !sets[cond.field][string(word)] {
				sets[cond.field][string(word)] = true
			}
			cond.simple = cond.simple && ok && e.entries[i].op == opExact
		}
	}
	for f, set := range sets {
		e.indexes[f].whole = newLexicon(e.paths.seed, set)
	}
}

// number returns the number of a word of field f.
func (e *engine) number(f int32, word []byte) uint32 {
	return e.indexes[f].whole.number(e.paths.seed, word)
}

// mustTest marks the condition of a record that must be tested, in contrast to a
// field whose words follow.
const mustTest = 1 << 31

// record writes what it takes to decide on rule r: its number, its pattern, how
// many conditions, and for each either its number with the mark mustTest, or its
// field, how many words, and their numbers in ascending order.
func (e *engine) record(r int, costs []float64) filing {
	to := filing{at: uint32(len(e.records))}
	list := slices.Clone(e.list(e.rules[r]))
	slices.SortStableFunc(list, func(x, y uint32) int { return cmp.Compare(costs[x], costs[y]) })
	e.records = append(e.records, uint32(r), uint32(e.rules[r].pattern), uint32(len(list)))
	for i, c := range list {
		cond := &e.conditions[c]
		if !cond.simple {
			e.records = append(e.records, c|mustTest)
			continue
		}
		e.records = append(e.records, uint32(cond.field), cond.n)
		first := len(e.records)
		for i := cond.off; i < cond.off+cond.n; i++ {
			e.records = append(e.records, e.number(cond.field, e.textOf(e.entries[i])))
		}
		slices.Sort(e.records[first:])
		if i > 0 && to.mask == 0 { // the first is the one it is filed under
			to.field = uint32(cond.field)
			for _, w := range e.records[first:] {
				to.mask |= 1 << (w % 32)
			}
		}
	}
	return to
}

// costs estimates for every condition the share of events that satisfy it: a
// value is the rarer, the more different ones are asked for at its path.
func (e *engine) costs() []float64 {
	different := make([]int, len(e.indexes))
	for f := range e.indexes {
		different[f] = 1 + len(e.indexes[f].whole.words)
	}
	for _, c := range e.conditions {
		if !c.simple {
			different[c.field]++
		}
	}
	costs := make([]float64, len(e.conditions))
	for i, c := range e.conditions {
		share := 1 / float64(different[c.field])
		for k := c.off; k < c.off+c.n; k += uint32(e.entries[k].width()) {
			switch e.entries[k].op {
			case opExact, opEqual, opBlock:
				costs[i] += share
			case opPrefix, opSuffix, opContains, opWildcard:
				costs[i] += 2 * share
			case opNumeric:
				costs[i] += 0.4
			case opAll:
				costs[i] += 0.3
			default:
				costs[i]++
			}
		}
	}
	return costs
}
