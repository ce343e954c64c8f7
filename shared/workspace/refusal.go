package workspace

import "github.com/pai-notify/pai-notify/shared/rule"

// Refusal says why the rule does not apply to an event: that it is disabled, or
// the first condition that failed with the value it saw. It is "" when the rule
// applies, and fails when the event is not a JSON object.
func (r Rule) Refusal(event []byte) (string, error) {
	if !r.Enabled {
		return "the rule is disabled", nil
	}
	return rule.Refusal(event, r.patterns...)
}
