package rule

import (
	"bytes"
	"cmp"
	"hash/maphash"
	"maps"
	"math/bits"
	"slices"
	"strings"
)

// unsure marks a condition of a dictionary that the word only hints at and that
// must be tested still.
const unsure = 1 << 31

// words maps words to conditions while a dictionary is made.
type words map[string][]uint32

func (w words) add(word string, condition uint32) {
	if list := w[word]; !slices.Contains(list, condition) {
		w[word] = append(list, condition)
	}
}

// dictionary holds words in ascending order, each with the conditions that it
// satisfies. It finds a whole word by its hash, and all words that a text begins
// with by halving and then following the links from a word to the longest other
// word it begins with.
type dictionary struct {
	text    []byte
	ends    []uint32 // word i is text[ends[i]:ends[i+1]]
	lists   []uint32 // its conditions are list[lists[i]:lists[i+1]]
	list    []uint32
	slots   []uint32 // word+1 by hash; 0 is free
	longest []int32  // the longest word that word i begins with, or -1
}

func (w words) freeze(seed maphash.Seed, whole bool) dictionary {
	var d dictionary
	if len(w) == 0 {
		return d
	}
	d.ends, d.lists = append(d.ends, 0), append(d.lists, 0)
	var chain []int32 // words that begin with one another
	if whole {
		d.slots = make([]uint32, 1<<bits.Len(uint(2*len(w))))
	}
	for i, word := range slices.Sorted(maps.Keys(w)) {
		d.text, d.list = append(d.text, word...), append(d.list, w[word]...)
		d.ends, d.lists = append(d.ends, uint32(len(d.text))), append(d.lists, uint32(len(d.list)))
		if whole {
			at := d.slot(seed, []byte(word))
			for d.slots[at] != 0 {
				at = (at + 1) & uint32(len(d.slots)-1)
			}
			d.slots[at] = uint32(i + 1)
			continue
		}
		for len(chain) > 0 && !strings.HasPrefix(word, string(d.word(chain[len(chain)-1]))) {
			chain = chain[:len(chain)-1]
		}
		parent := int32(-1)
		if len(chain) > 0 {
			parent = chain[len(chain)-1]
		}
		d.longest = append(d.longest, parent)
		chain = append(chain, int32(i))
	}
	d.text, d.list = slices.Clip(d.text), slices.Clip(d.list)
	d.ends, d.lists, d.longest = slices.Clip(d.ends), slices.Clip(d.lists), slices.Clip(d.longest)
	return d
}

func (d *dictionary) slot(seed maphash.Seed, word []byte) uint32 {
	return uint32(maphash.Bytes(seed, word)) & uint32(len(d.slots)-1)
}

func (d *dictionary) word(i int32) []byte { return d.text[d.ends[i]:d.ends[i+1]] }

func (d *dictionary) conditions(i int32) []uint32 { return d.list[d.lists[i]:d.lists[i+1]] }

// find returns the conditions of the word that is the text.
func (d *dictionary) find(seed maphash.Seed, text []byte) []uint32 {
	if len(d.slots) == 0 {
		return nil
	}
	for at := d.slot(seed, text); ; at = (at + 1) & uint32(len(d.slots)-1) {
		i := d.slots[at]
		if i == 0 {
			return nil
		}
		if string(d.word(int32(i-1))) == string(text) {
			return d.conditions(int32(i - 1))
		}
	}
}

// prefix returns the longest word that the text begins with, or -1. The others
// follow by d.longest.
func (d *dictionary) prefix(text []byte) int32 {
	// The last word not above the text begins with every word that the text
	// begins with.
	lo, hi := int32(0), int32(len(d.longest))
	for lo < hi {
		middle := (lo + hi) / 2
		if bytes.Compare(d.word(middle), text) <= 0 {
			lo = middle + 1
		} else {
			hi = middle
		}
	}
	i := lo - 1
	if i < 0 {
		return -1
	}
	common := 0
	for word := d.word(i); common < len(word) && common < len(text) && word[common] == text[common]; common++ {
	}
	for i >= 0 && len(d.word(i)) > common {
		i = d.longest[i]
	}
	return i
}

// ranges finds the intervals around a number: they are sorted by their lower
// ends, and as a balanced tree every middle knows the highest upper end of its
// part.
type ranges struct {
	in         []interval
	conditions []uint32
	highest    []float64
}

func newRanges(in []interval, conditions []uint32) ranges {
	order := make([]int, len(in))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(x, y int) int {
		return cmp.Or(cmp.Compare(in[x].lo, in[y].lo), cmp.Compare(in[x].hi, in[y].hi), cmp.Compare(conditions[x], conditions[y]))
	})
	r := ranges{highest: make([]float64, len(in))}
	for _, i := range order {
		r.in, r.conditions = append(r.in, in[i]), append(r.conditions, conditions[i])
	}
	r.fill(0, len(in))
	return r
}

func (r *ranges) fill(lo, hi int) float64 {
	middle := (lo + hi) / 2
	h := r.in[middle].hi
	if lo < middle {
		h = max(h, r.fill(lo, middle))
	}
	if middle+1 < hi {
		h = max(h, r.fill(middle+1, hi))
	}
	r.highest[middle] = h
	return h
}
