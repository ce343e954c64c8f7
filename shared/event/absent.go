package event

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
)

// withoutEmpty takes the attributes that are empty strings off an event that a
// rule's template was filled with: EventBridge of Alibaba Cloud writes nothing
// in the place of an attribute that the event lacks. Passed on, an empty time or
// subject would make it no CloudEvent. Most events have none to take off.
func withoutEmpty(attributes map[string]json.RawMessage, text []byte) (map[string]json.RawMessage, []byte) {
	empty := func(name string, value json.RawMessage) bool { return name != "data" && string(value) == `""` }
	some := false
	for name, value := range attributes {
		some = some || empty(name, value)
	}
	if !some {
		return attributes, text
	}
	maps.DeleteFunc(attributes, empty)
	var kept bytes.Buffer
	kept.WriteByte('{')
	for i, name := range slices.Sorted(maps.Keys(attributes)) {
		if i > 0 {
			kept.WriteByte(',')
		}
		quoted, _ := json.Marshal(name) // a string always encodes
		kept.Write(quoted)
		kept.WriteByte(':')
		kept.Write(attributes[name])
	}
	kept.WriteByte('}')
	return attributes, kept.Bytes()
}
