package rule

import (
	"cmp"
	"slices"
)

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

// meets reports whether one of the intervals has a double between lo and hi.
func (r *ranges) meets(lo, hi float64) bool {
	from, to := 0, len(r.in)
	for from < to {
		middle := (from + to) / 2
		switch {
		case r.in[middle].lo > hi:
			to = middle
		case r.in[middle].hi >= lo:
			return true
		case from < middle && r.highest[(from+middle)/2] >= lo:
			to = middle // what reaches lo there also begins before hi
		default:
			from = middle + 1
		}
	}
	return false
}
