package rule

import (
	"hash/maphash"
	"maps"
	"math/bits"
	"slices"
)

// lexicon numbers all exact values that patterns ask for at one path, from 1 in
// ascending order, so that a rule compares numbers instead of texts. It knows
// which rules are filed under each.
type lexicon struct {
	text  []byte
	words []word // words[0] is not used
	slots []slot
	rules []filing // word by word
}

// filing leads to a rule. It holds so much of another condition of the rule that
// most rules are turned away before their record has to be fetched.
type filing struct {
	at    uint32 // the place of the record
	field uint32 // a field with a simple condition
	mask  uint32 // a bit for each of its words, by the number modulo 32; 0 is no such condition
}

type word struct {
	text  span // of lexicon.text
	rules span // of lexicon.rules
}

type slot struct {
	hash uint32
	word uint32 // 0 is free
}

func newLexicon(seed maphash.Seed, set map[string]bool) lexicon {
	if len(set) == 0 {
		return lexicon{}
	}
	l := lexicon{words: make([]word, 1, len(set)+1), slots: make([]slot, 1<<bits.Len(uint(len(set)+len(set)/2)))}
	size := 0
	for s := range set {
		size += len(s)
	}
	l.text = make([]byte, 0, size)
	for i, s := range slices.Sorted(maps.Keys(set)) {
		l.words = append(l.words, word{text: span{uint32(len(l.text)), uint32(len(s))}})
		l.text = append(l.text, s...)
		h := uint32(maphash.String(seed, s))
		at := h & uint32(len(l.slots)-1)
		for l.slots[at].word != 0 {
			at = (at + 1) & uint32(len(l.slots)-1)
		}
		l.slots[at] = slot{h, uint32(i + 1)}
	}
	return l
}

// number returns the number of a text, or 0.
func (l *lexicon) number(seed maphash.Seed, text []byte) uint32 {
	if len(l.slots) == 0 {
		return 0
	}
	h := uint32(maphash.Bytes(seed, text))
	for at := h & uint32(len(l.slots)-1); ; at = (at + 1) & uint32(len(l.slots)-1) {
		s := l.slots[at]
		if s.word == 0 {
			return 0
		}
		if s.hash == h {
			t := l.words[s.word].text
			if string(l.text[t.off:t.off+t.len]) == string(text) {
				return s.word
			}
		}
	}
}

// file records which rules are filed under which words.
func (l *lexicon) file(rules map[uint32][]filing) {
	size := 0
	for _, list := range rules {
		size += len(list)
	}
	l.rules = make([]filing, 0, size)
	for w := range l.words {
		l.words[w].rules = span{uint32(len(l.rules)), uint32(len(rules[uint32(w)]))}
		l.rules = append(l.rules, rules[uint32(w)]...)
	}
}
