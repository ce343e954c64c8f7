package learn

import (
	"encoding/json"
	"slices"
	"strings"
)

// with returns a pattern that matches what the given one does, and events with
// these attributes too; false for a pattern that is more than lists of texts for
// the same attributes, or when the lists would be too long for a bus.
func with(pattern json.RawMessage, more map[string]string) (json.RawMessage, bool) {
	var lists map[string][]string
	if json.Unmarshal(pattern, &lists) != nil || len(lists) != len(more) {
		return nil, false
	}
	for name, value := range more {
		list, ok := lists[name]
		if !ok {
			return nil, false
		}
		if !slices.Contains(list, value) {
			list = append(list, value)
		}
		if len(list) > mostValues {
			return nil, false
		}
		lists[name] = list
	}
	text, err := json.Marshal(lists)
	return text, err == nil
}

// bury adds a condition on a path of the data.
func bury(path, value string, pattern map[string]any) map[string]any {
	names := append([]string{"data"}, strings.Split(path, ".")...)
	at := pattern
	for _, name := range names[:len(names)-1] {
		next := map[string]any{}
		at[name] = next
		at = next
	}
	at[names[len(names)-1]] = []string{value}
	return pattern
}

func common(x, y string) string {
	n := 0
	for n < len(x) && n < len(y) && x[n] == y[n] {
		n++
	}
	return x[:n]
}

// maxEvidence is how much speaks for one proposal.
const maxEvidence = 6

func appendNew(list, more []string) []string {
	for _, s := range more {
		if !slices.Contains(list, s) && len(list) < maxEvidence {
			list = append(list, s)
		}
	}
	return list
}
