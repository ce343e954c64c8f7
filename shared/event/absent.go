package event

import (
	"bytes"
	"encoding/json"
	"slices"
)

// withoutEmpty takes the attributes that are empty strings off an event that a
// rule's template was filled with: EventBridge of Alibaba Cloud writes nothing
// in the place of an attribute that the event lacks. Passed on, an empty time or
// subject would make it no CloudEvent. Most events have none to take off.
func withoutEmpty(attributes object, text []byte) (object, []byte) {
	empty := func(m member) bool { return m.name != "data" && attributes.member(m.name).text == `""` }
	if !slices.ContainsFunc(attributes, empty) {
		return attributes, text
	}
	left := make(object, 0, len(attributes))
	var kept bytes.Buffer
	for _, m := range attributes {
		if empty(m) {
			continue
		}
		separator := byte(',')
		if len(left) == 0 {
			separator = '{'
		}
		name, _ := json.Marshal(m.name) // a string always encodes
		kept.WriteByte(separator)
		kept.Write(name)
		kept.WriteByte(':')
		kept.Write(m.value)
		left = append(left, m)
	}
	if len(left) == 0 {
		kept.WriteByte('{')
	}
	kept.WriteByte('}')
	return left, kept.Bytes()
}
