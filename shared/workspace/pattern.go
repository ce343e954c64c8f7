package workspace

import (
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
)

// maxFieldValues is the most values that one field of a pattern gets that was
// split, or is coarse: Alibaba Cloud documents at most 5 expressions for each
// field of a pattern (EventBridge, Limits) and does not say whether plain values
// count as expressions; here they do. Other buses have no such limit, and take
// patterns as they are.
const maxFieldValues = 5

// fields is an event pattern taken apart: for each path, its names joined by
// pathSeparator, the conditions of which one must hold, as JSON text in one
// form. All paths must be satisfied.
type fields map[string][]string

const pathSeparator = "\x00"

// takeApart reads a pattern that compiles.
func takeApart(pattern json.RawMessage) (fields, error) {
	flat := fields{}
	return flat, flat.read("", pattern)
}

func (f fields) read(path string, text json.RawMessage) error {
	var object map[string]json.RawMessage
	if json.Unmarshal(text, &object) == nil && object != nil {
		for name, inner := range object {
			if path != "" {
				name = path + pathSeparator + name
			}
			if err := f.read(name, inner); err != nil {
				return err
			}
		}
		return nil
	}
	var conditions []json.RawMessage
	if json.Unmarshal(text, &conditions) != nil || len(conditions) == 0 {
		return errors.New("a field of the pattern is no list of conditions")
	}
	for _, c := range conditions {
		f[path] = append(f[path], canonical(c))
	}
	slices.Sort(f[path])
	f[path] = slices.Compact(f[path])
	return nil
}

// canonical returns a condition with sorted keys and without blanks.
// Numbers keep their digits.
func canonical(condition json.RawMessage) string {
	d := json.NewDecoder(strings.NewReader(string(condition)))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return string(condition)
	}
	return string(compact(v))
}

// JSON puts the pattern together again; equal patterns give equal text.
func (f fields) JSON() []byte {
	root := map[string]any{}
	for path, conditions := range f {
		names := strings.Split(path, pathSeparator)
		at := root
		for _, name := range names[:len(names)-1] {
			next, ok := at[name].(map[string]any)
			if !ok {
				next = map[string]any{}
				at[name] = next
			}
			at = next
		}
		values := make([]json.RawMessage, len(conditions))
		for i, c := range conditions {
			values[i] = json.RawMessage(c)
		}
		at[names[len(names)-1]] = values
	}
	return compact(root)
}

// occupies tells whether there is a condition on the path, on something
// inside it, or on something it is inside of.
func (f fields) occupies(path string) bool {
	for taken := range f {
		if strings.HasPrefix(taken+pathSeparator, path+pathSeparator) || strings.HasPrefix(path+pathSeparator, taken+pathSeparator) {
			return true
		}
	}
	return false
}

// covers tells whether every event that matches g matches f too, as far as
// the text of their conditions shows.
func (f fields) covers(g fields) bool {
	for path, conditions := range f {
		narrower, ok := g[path]
		if !ok {
			return false
		}
		for _, c := range narrower {
			if !slices.Contains(conditions, c) {
				return false
			}
		}
	}
	return true
}

// excludes tells whether no event can match both: they ask for different
// plain values of one field.
func (f fields) excludes(g fields) bool {
	plain := func(c string) bool { return !strings.HasPrefix(c, "{") }
	for path, conditions := range f {
		others := g[path]
		shared := func(c string) bool { return !plain(c) || slices.Contains(others, c) }
		if len(others) > 0 && !slices.ContainsFunc(conditions, shared) && !slices.ContainsFunc(others, func(c string) bool { return !plain(c) }) {
			return true
		}
	}
	return false
}

// union returns the one pattern that matches what either matches, when there
// is one: they must differ in one field only.
func (f fields) union(g fields) (fields, bool) {
	if len(f) != len(g) {
		return nil, false
	}
	differs := ""
	for path, conditions := range f {
		others, ok := g[path]
		if !ok || (!slices.Equal(conditions, others) && differs != "") {
			return nil, false
		}
		if !slices.Equal(conditions, others) {
			differs = path
		}
	}
	merged := maps.Clone(f)
	both := slices.Concat(f[differs], g[differs])
	slices.Sort(both)
	merged[differs] = slices.Compact(both)
	return merged, true
}

// with returns patterns that match what the given ones or f match, as few as
// it finds.
func (f fields) with(patterns []fields) []fields {
	for i := 0; i < len(patterns); i++ {
		if patterns[i].covers(f) {
			return patterns
		}
		merged, ok := patterns[i].union(f)
		if !ok && !f.covers(patterns[i]) {
			continue
		}
		if ok {
			f = merged
		}
		// What f became may now take in those before it.
		patterns, i = slices.Delete(patterns, i, i+1), -1
	}
	return append(patterns, f)
}

// parts returns how many patterns split would make, and stops counting above
// maxSplit.
func (f fields) parts() int {
	n := 1
	for _, conditions := range f {
		if n *= (len(conditions) + maxFieldValues - 1) / maxFieldValues; n > maxSplit {
			break
		}
	}
	return n
}

// split spreads a pattern over several, each with at most maxFieldValues
// conditions in a field.
func (f fields) split() []fields {
	parts := []fields{f}
	for _, path := range slices.Sorted(maps.Keys(f)) {
		var next []fields
		for _, part := range parts {
			for values := range slices.Chunk(f[path], maxFieldValues) {
				piece := maps.Clone(part)
				piece[path] = values
				next = append(next, piece)
			}
		}
		parts = next
	}
	return parts
}

// coarse returns a pattern that matches whatever one of the given ones does and
// has few values in each field: the fields that all of them have, but for those
// with more than maxFieldValues conditions together.
func coarse(patterns []fields) fields {
	joined := fields{}
	for i, f := range patterns {
		for path, conditions := range f {
			if i == 0 || joined[path] != nil {
				joined[path] = append(joined[path], conditions...)
			}
		}
		maps.DeleteFunc(joined, func(path string, _ []string) bool { return f[path] == nil })
	}
	for path, conditions := range joined {
		slices.Sort(conditions)
		if joined[path] = slices.Compact(conditions); len(joined[path]) > maxFieldValues {
			delete(joined, path)
		}
	}
	return joined
}
