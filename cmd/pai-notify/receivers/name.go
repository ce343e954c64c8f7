package receivers

import "strings"

// RuleName is the document's name of a rule on a bus, where a rule that needs
// several of them has more that are numbered.
func RuleName(onBus string) string {
	name, _, _ := strings.Cut(onBus, "--")
	return name
}
