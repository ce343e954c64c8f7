package event

import (
	"bytes"
	"encoding/json"
	"strings"
	"sync"
)

// Lookup returns the value at a path inside data, names joined by dots, as
// text: strings without quotes, everything else as JSON. A name is taken as it
// is written first, then without regard to case, because PAI's own products
// use both UpperCamelCase and lowerCamelCase. It returns "" when there is no
// such value or it is null.
func (e Event) Lookup(path string) string {
	if path == "" {
		return ""
	}
	if e.data == nil {
		return ""
	}
	first, rest, deeper := strings.Cut(path, ".")
	value := member(e.data.of(e.Data()), first)
	for deeper {
		var name string
		name, rest, deeper = strings.Cut(rest, ".")
		var inner map[string]json.RawMessage
		if json.Unmarshal(value, &inner) != nil {
			return ""
		}
		value = member(inner, name)
	}
	return text(value)
}

// members is the data of an event taken apart once, on first use: rendering
// looks a score of fields up.
type members struct {
	once  sync.Once
	named map[string]json.RawMessage
}

func (m *members) of(data []byte) map[string]json.RawMessage {
	m.once.Do(func() {
		// Data that is not an object has no members.
		_ = json.Unmarshal(data, &m.named)
	})
	return m.named
}

func member(members map[string]json.RawMessage, name string) json.RawMessage {
	if v, ok := members[name]; ok {
		return v
	}
	// Two names that differ in case only are taken in byte order, so that the
	// answer does not depend on the order of a map.
	best := ""
	for have := range members {
		if strings.EqualFold(have, name) && (best == "" || have < best) {
			best = have
		}
	}
	return members[best]
}

func text(value json.RawMessage) string {
	value = bytes.TrimSpace(value)
	if len(value) == 0 || string(value) == "null" {
		return ""
	}
	if value[0] == '"' {
		var s string
		if json.Unmarshal(value, &s) != nil {
			return ""
		}
		return s
	}
	var compact bytes.Buffer
	if json.Compact(&compact, value) != nil {
		return ""
	}
	return compact.String()
}
