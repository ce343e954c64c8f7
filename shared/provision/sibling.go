package provision

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// separator is between the name of a rule and the number of a sibling. No rule of
// a document has it in its name.
const separator = "--"

// sibling is one of the bus rules that stand for one rule of a document.
type sibling struct {
	name, pattern string
	ids           []string
	number        int
	exists        bool
	// foreign counts the targets of others, which take room and stay.
	foreign int
}

// documentRule returns the name of the document's rule that a bus rule stands for,
// and its number among the siblings, from 1.
func documentRule(name string) (string, int) {
	base, suffix, found := strings.Cut(name, separator)
	if !found {
		return name, 1
	}
	n, err := strconv.Atoi(suffix)
	if err != nil || n < 2 || strconv.Itoa(n) != suffix {
		return name, 1
	}
	return base, n
}

// spread distributes the targets of a rule over siblings: all of them for each
// pattern, and at most per to a sibling (0 for any number). Existing targets stay
// where they are if possible. The bare name is always used.
//
// An existing sibling gets another pattern only when it has the bare name, or when
// one pattern is wanted. Otherwise a rule with the new pattern is created first
// and the old one deleted last: changing one sibling after the other would lose
// the events that move between their patterns.
func spread(name string, patterns, ids []string, have []sibling, taken map[string]bool, per int) []sibling {
	if per <= 0 {
		per = len(ids)
	}
	var all []sibling
	var fresh []int
	for _, pattern := range patterns {
		kept := siblingsFor(pattern, ids, have, len(patterns) == 1, per)
		for _, s := range kept {
			if !s.exists {
				fresh = append(fresh, len(all))
			}
			all = append(all, s)
		}
	}
	// The rule of the bare name may be one that stays for the targets of others.
	bare := slices.ContainsFunc(all, func(s sibling) bool { return s.number == 1 }) ||
		slices.ContainsFunc(have, func(s sibling) bool { return s.number == 1 && s.foreign > 0 })
	next := 2
	for _, i := range fresh {
		if !bare {
			all[i].number, bare = 1, true
			continue
		}
		for taken[numbered(name, next)] {
			next++
		}
		all[i].number = next
		next++
	}
	if !bare {
		last := 0
		for i := range all {
			if all[i].number > all[last].number {
				last = i
			}
		}
		all[last].number = 1
	}
	for i := range all {
		all[i].name = numbered(name, all[i].number)
		slices.Sort(all[i].ids)
	}
	return all
}

// siblingsFor returns the siblings for one pattern, with their targets.
func siblingsFor(pattern string, ids []string, have []sibling, any bool, per int) []sibling {
	wanted := make(map[string]bool, len(ids))
	for _, id := range ids {
		wanted[id] = true
	}
	var kept []sibling
	for _, s := range have {
		if s.foreign >= per || !any && !sameJSON(s.pattern, pattern) {
			continue
		}
		s.pattern, s.ids, s.exists = pattern, slices.DeleteFunc(slices.Clone(s.ids), func(id string) bool { return !wanted[id] }), true
		kept = append(kept, s)
	}
	// The fullest stay, so that the fewest targets move.
	slices.SortStableFunc(kept, func(a, b sibling) int {
		if (a.number == 1) != (b.number == 1) {
			return cmp.Compare(a.number, b.number)
		}
		return cmp.Or(cmp.Compare(len(b.ids), len(a.ids)), cmp.Compare(a.number, b.number))
	})
	room := 0
	for i, s := range kept {
		if room >= len(ids) {
			kept = kept[:i]
			break
		}
		room += per - s.foreign
	}
	slices.SortFunc(kept, func(a, b sibling) int { return cmp.Compare(a.number, b.number) })
	placed := map[string]bool{}
	for i := range kept {
		var ids []string
		for _, id := range kept[i].ids {
			if !placed[id] && len(ids) < per-kept[i].foreign {
				placed[id] = true
				ids = append(ids, id)
			}
		}
		kept[i].ids = ids
	}
	for ; room < len(ids); room += per {
		kept = append(kept, sibling{pattern: pattern})
	}
	at := 0
	for _, id := range ids {
		if placed[id] {
			continue
		}
		for len(kept[at].ids) >= per-kept[at].foreign {
			at++
		}
		kept[at].ids = append(kept[at].ids, id)
	}
	return kept
}

// byRule orders bus rules by the document's rule and by number.
func byRule(a, b string) int {
	x, i := documentRule(a)
	y, j := documentRule(b)
	return cmp.Or(cmp.Compare(x, y), cmp.Compare(i, j))
}

func numbered(name string, number int) string {
	if number == 1 {
		return name
	}
	return name + separator + strconv.Itoa(number)
}
