package target

import (
	"encoding/json"
	"maps"
	"os"
	"slices"
	"strings"
)

// Variables returns the names of the environment variables that parameters of a
// target refer to, wherever they stand in them, sorted.
func Variables(parameters json.RawMessage) []string {
	found := map[string]bool{}
	var v any
	if json.Unmarshal(parameters, &v) == nil {
		variables(v, found)
	}
	return slices.Sorted(maps.Keys(found))
}

func variables(v any, found map[string]bool) {
	switch v := v.(type) {
	case string:
		if _, scheme, name := Secret(v).split(); scheme == "env" {
			found[name] = true
		}
	case []any:
		for _, one := range v {
			variables(one, found)
		}
	case map[string]any:
		for _, one := range v {
			variables(one, found)
		}
	}
}

// Set tells whether an environment variable of this process has a value that a
// reference to it leads to.
func Set(variable string) bool { return strings.TrimSpace(os.Getenv(variable)) != "" }
