package aws

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/pai-notify/pai-notify/shared/bus"
)

// eventVariable stands for the envelope with its detail, as JSON (Amazon
// EventBridge user guide, Input transformation, Predefined variables).
const eventVariable = "<aws.events.event.json>"

// template returns the input template that wraps an event for a function. AWS
// takes <...> for a variable wherever it stands, so the brackets of texts are
// written as JSON escapes, which leaves one variable: ours.
func template(t bus.Target) (string, error) {
	carried, err := t.Wrapper()
	if err != nil {
		return "", fmt.Errorf("aws: %w", err)
	}
	constants := strings.NewReplacer("<", `\u003c`, ">", `\u003e`).Replace(strings.TrimSuffix(string(carried), "}"))
	return constants + `,"event":` + eventVariable + "}", nil
}

// parse reads what a template was made of into a target; false for one that this
// project did not write.
func parse(text string, into *bus.Target) bool {
	before, after, ok := strings.Cut(text, eventVariable)
	if !ok {
		return false
	}
	const mark = `"the event"`
	written := []byte(brackets(before) + mark + brackets(after))
	var members map[string]json.RawMessage
	if json.Unmarshal(written, &members) != nil || string(members["event"]) != mark {
		return false
	}
	for name := range members {
		if !slices.Contains([]string{"rule", "patterns", "target", "rules", "event"}, name) {
			return false
		}
	}
	return into.ReadWrapper(written)
}

// brackets undoes the escapes of template, so that JSON inside is as it was
// given. A backslash that is escaped itself begins none.
func brackets(text string) string {
	return strings.NewReplacer(`\\`, `\\`, `\u003c`, "<", `\u003e`, ">").Replace(text)
}
