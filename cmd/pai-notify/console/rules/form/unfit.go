package form

import (
	"cmp"
	"math"
	"slices"
	"strconv"
)

// sortOut sets apart the targets that may not carry the chosen source, and takes back
// those that may again, to where they were.
func (f *Rule) sortOut() {
	all := append(f.Targets, f.Unfit...)
	f.Targets, f.Unfit = nil, nil
	place := func(t *Target) int {
		if t.Was < 0 {
			return math.MaxInt
		}
		return t.Was
	}
	slices.SortStableFunc(all, func(a, b *Target) int { return cmp.Compare(place(a), place(b)) })
	for _, t := range all {
		if t.Spec.Carries(f.Source) {
			f.Add(t)
		} else {
			f.Unfit = append(f.Unfit, t)
		}
	}
	for i, t := range f.Unfit {
		t.At(len(f.Targets) + i)
		t.Errors = f.Errors
	}
}

// Remove takes a target out of the form.
func (f *Rule) Remove(index string) {
	is := func(t *Target) bool { return strconv.Itoa(t.Index) == index }
	f.Targets, f.Unfit = slices.DeleteFunc(f.Targets, is), slices.DeleteFunc(f.Unfit, is)
	f.sortOut()
}
