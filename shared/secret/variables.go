package secret

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"slices"
	"strings"
)

// References returns the references in parameters of a target, such as "env:A",
// without words before them, wherever they stand, sorted. It looks at every text,
// those of members too that a later one of the same name replaces.
func References(parameters json.RawMessage) []string {
	found := map[string]bool{}
	for decoder := json.NewDecoder(bytes.NewReader(parameters)); ; {
		token, err := decoder.Token()
		if err != nil {
			return slices.Sorted(maps.Keys(found))
		}
		if text, ok := token.(string); ok {
			if scheme, name, ok := Secret(text).reference(); ok {
				found[scheme+":"+name] = true
			}
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
