package target

import (
	"encoding/json"
	"maps"
	"os"
	"slices"
	"strings"
)

// References returns the references in parameters of a target, such as "env:A",
// without words before them, wherever they stand, sorted.
func References(parameters json.RawMessage) []string {
	found := map[string]bool{}
	var v any
	if json.Unmarshal(parameters, &v) == nil {
		references(v, found)
	}
	return slices.Sorted(maps.Keys(found))
}

func references(v any, found map[string]bool) {
	switch v := v.(type) {
	case string:
		if scheme, name, ok := Secret(v).reference(); ok {
			found[scheme+":"+name] = true
		}
	case []any:
		for _, one := range v {
			references(one, found)
		}
	case map[string]any:
		for _, one := range v {
			references(one, found)
		}
	}
}

// Variables returns the names of the environment variables that parameters of a
// target refer to, sorted.
func Variables(parameters json.RawMessage) []string {
	var names []string
	for _, reference := range References(parameters) {
		if name, ok := strings.CutPrefix(reference, "env:"); ok {
			names = append(names, name)
		}
	}
	return names
}

// Set tells whether an environment variable of this process has a value that a
// reference to it leads to.
func Set(variable string) bool { return strings.TrimSpace(os.Getenv(variable)) != "" }
