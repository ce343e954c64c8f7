package rule

import (
	"math"
	"slices"
	"sort"
	"strings"
)

// condition is one field of one or more patterns with equal entries.
type condition struct {
	p       *program
	off, n  uint32 // its entries
	field   int32  // of the engine
	absent  bool
	payload bool
	rules   span // engine.filed[off:off+len]: the rules to look at when it holds
}

// conjunction is a rule: conditions that must hold together.
type conjunction struct {
	conditions span // engine.lists[off:off+len], in ascending order of paths
	pattern    int32
}

// engine matches the patterns of one dialect together. An event is read once;
// the values found are looked up in the index of their path. Every rule is
// filed under the one of its conditions that is expected to hold least often,
// and only when that one holds the others are tested, each at most once for an
// event however many rules share it.
type engine struct {
	dialect    Dialect
	paths      paths
	data       int32 // the node of the payload, or -1
	indexes    []index
	conditions []condition
	rules      []conjunction
	lists      []uint32 // conditions of the rules
	filed      []uint32 // rules of the conditions
	absences   []uint32 // conditions to test that may hold without a value
	always     []int32  // patterns without conditions
	single     []uint32 // the conditions of the fields, if there is one pattern
}

// newEngine makes the engine for those of the patterns that are of dialect d;
// nil entries are passed over.
func newEngine(d Dialect, patterns []*Pattern) *engine {
	e := &engine{dialect: d, data: -1}
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
				e.conditions = append(e.conditions, condition{p: &p.program, off: f.off, n: f.n, field: n, absent: f.absent, payload: f.payload})
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
	best := make([]uint32, len(e.rules))
	costs := e.costs(len(nodes))
	for i, r := range e.rules {
		list := e.lists[r.conditions.off : r.conditions.off+r.conditions.len]
		best[i] = list[0]
		for _, c := range list[1:] {
			if costs[c] < costs[best[i]] {
				best[i] = c
			}
		}
	}
	order := make([]int, len(e.rules))
	for i := range order {
		order[i] = i
	}
	sort.SliceStable(order, func(x, y int) bool { return best[order[x]] < best[order[y]] })
	makers := make([]*indexer, len(nodes))
	for i, n := range nodes {
		makers[i] = newIndexer()
		e.indexes = append(e.indexes, index{node: n})
	}
	for start := 0; start < len(order); {
		c := best[order[start]]
		cond := &e.conditions[c]
		cond.rules.off = uint32(len(e.filed))
		for ; start < len(order) && best[order[start]] == c; start++ {
			e.filed = append(e.filed, uint32(order[start]))
			cond.rules.len++
		}
		x := makers[cond.field]
		broad := false
		for i := cond.off; i < cond.off+cond.n; i += uint32(cond.p.entries[i].width()) {
			broad = broad || !x.add(cond.p, int(i), c)
		}
		if broad {
			x.broad = append(x.broad, c|unsure)
		}
		if cond.absent {
			e.absences = append(e.absences, c)
		}
	}
	seed := e.paths.seed
	for i, x := range makers {
		to := &e.indexes[i]
		to.whole = x.whole.freeze(seed, true)
		to.prefixes, to.suffixes = x.prefixes.freeze(seed, false), x.suffixes.freeze(seed, false)
		to.folded, to.endings = x.folded.freeze(seed, false), x.endings.freeze(seed, false)
		to.inside, to.blocks = x.inside.freeze(seed, false), x.blocks.freeze(seed, false)
		to.literals, to.broad = x.literals, x.broad
		if len(x.in) > 0 {
			to.numbers = newRanges(x.in, x.inConditions)
		}
	}
}

// costs estimates for every condition the share of events that satisfy it: an
// exact value is the rarer, the more different ones are asked for at its path.
func (e *engine) costs(fields int) []float64 {
	different := make([]map[string]bool, fields)
	each := func(do func(c condition, x entry, weight *float64)) []float64 {
		costs := make([]float64, len(e.conditions))
		for i, c := range e.conditions {
			for k := c.off; k < c.off+c.n; k += uint32(c.p.entries[k].width()) {
				do(c, c.p.entries[k], &costs[i])
			}
		}
		return costs
	}
	each(func(c condition, x entry, _ *float64) {
		if different[c.field] == nil {
			different[c.field] = map[string]bool{}
		}
		if x.op == opExact && x.kind == text {
			different[c.field][string(c.p.textOf(x))] = true
		} else {
			different[c.field][string([]byte{byte(x.op), byte(x.kind), byte(x.off), byte(x.off >> 8)})] = true
		}
	})
	return each(func(c condition, x entry, cost *float64) {
		n := 1 / (1 + float64(len(different[c.field])))
		switch x.op {
		case opExact, opEqual, opBlock:
			*cost += n
		case opPrefix, opSuffix, opContains, opWildcard:
			*cost += 2 * n
		case opNumeric:
			*cost += 0.4
		case opAll:
			*cost += 0.3
		default:
			*cost += 1
		}
		*cost = math.Min(*cost, 2)
	})
}
