package local

import (
	"strings"
	"unicode/utf8"

	"github.com/pai-notify/pai-notify/shared/rule"
)

// Limits of Alibaba Cloud EventBridge (Limits; CreateEventBus; CreateRule;
// Event target parameters), in characters where nothing else is said.
const (
	maxName        = 127
	maxDescription = 255
	maxParam       = 10240
	maxBuses       = 50
	maxTargets     = 5 // of one rule
	// maxPattern and maxTargetID stand in no page: the first bounds what one
	// rule costs, the second is that of AWS.
	maxPattern  = 64 << 10
	maxTargetID = 64
)

// legalName tells whether a bus or a rule may be called so. The documented form
// has no '_'; workspaces' names, which names of buses are made of, do.
func legalName(name string) bool {
	if name == "" || len(name) > maxName || strings.HasPrefix(name, "eventbridge-reserved-") {
		return false
	}
	for i, c := range []byte(name) {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9':
		case i > 0 && (c == '-' || c == '_'):
		default:
			return false
		}
	}
	return true
}

const nameForm = "it begins with a letter or digit, and has at most 127 letters, digits, - and _"

func checkBus(b EventBus) error {
	switch {
	case b.Name == "default":
		return refuse(codeBusName, "the name default is the system's own bus")
	case !legalName(b.Name):
		return refuse(codeBusName, "the event bus name %q is invalid: %s", b.Name, nameForm)
	}
	return checkDescription(b.Description)
}

func checkDescription(s string) error {
	if n := utf8.RuneCountInString(s); n > maxDescription {
		return refuse(codeParameter, "the description has %d characters, more than %d", n, maxDescription)
	}
	return nil
}

func checkRule(r Rule) error {
	if !legalName(r.Name) {
		return refuse(codeRuleName, "the rule name %q is invalid: %s", r.Name, nameForm)
	}
	if err := checkDescription(r.Description); err != nil {
		return err
	}
	_, err := compile(r.FilterPattern)
	return err
}

func compile(pattern string) (*rule.Pattern, error) {
	switch n := utf8.RuneCountInString(pattern); {
	case strings.TrimSpace(pattern) == "":
		return nil, refuse(codePatternEmpty, "the event pattern is empty: {} matches every event")
	case n > maxPattern:
		return nil, refuse(codePatternSize, "the event pattern has %d characters, more than %d", n, maxPattern)
	}
	p, err := rule.Compile(rule.Alibaba, []byte(pattern))
	if err != nil {
		return nil, refuse(codePatternSchema, "Event pattern is not valid, reason: %v", err)
	}
	return p, nil
}
