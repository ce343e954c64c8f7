package rule

import (
	"bytes"
	"maps"
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
// satisfies. It finds all words that a text begins with by halving and then
// following the links from a word to the longest other word it begins with.
type dictionary struct {
	text    []byte
	ends    []uint32 // word i is text[ends[i]:ends[i+1]]
	lists   []uint32 // its conditions are list[lists[i]:lists[i+1]]
	list    []uint32
	longest []int32 // the longest word that word i begins with, or -1
}

func (w words) freeze() dictionary {
	var d dictionary
	if len(w) == 0 {
		return d
	}
	d.ends, d.lists = append(d.ends, 0), append(d.lists, 0)
	var chain []int32 // words that begin with one another
	for i, word := range slices.Sorted(maps.Keys(w)) {
		d.text, d.list = append(d.text, word...), append(d.list, w[word]...)
		d.ends, d.lists = append(d.ends, uint32(len(d.text))), append(d.lists, uint32(len(d.list)))
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
	d.text, d.list = slices.Clone(d.text), slices.Clone(d.list)
	d.ends, d.lists, d.longest = slices.Clone(d.ends), slices.Clone(d.lists), slices.Clone(d.longest)
	return d
}

func (d *dictionary) word(i int32) []byte { return d.text[d.ends[i]:d.ends[i+1]] }

func (d *dictionary) conditions(i int32) []uint32 { return d.list[d.lists[i]:d.lists[i+1]] }

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
