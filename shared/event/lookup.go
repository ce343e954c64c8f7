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
	if path == "" || e.data == nil {
		return ""
	}
	first, rest, deeper := strings.Cut(path, ".")
	value := member(e.data.named(e.Data()), first)
	for deeper {
		var name string
		name, rest, deeper = strings.Cut(rest, ".")
		if len(value) == 0 || value[0] != '{' {
			return ""
		}
		value = member(members(value), name)
	}
	return text(value)
}

// data is the data of an event, taken apart once, on first use: rendering looks
// a score of fields up.
type data struct {
	once    sync.Once
	members map[string]json.RawMessage
}

func (d *data) named(text []byte) map[string]json.RawMessage {
	d.once.Do(func() {
		if len(text) > 0 && text[0] == '{' {
			d.members = members(text)
		}
	})
	return d.members
}

func member(of map[string]json.RawMessage, name string) json.RawMessage {
	if v, ok := of[name]; ok {
		return v
	}
	// Two names that differ in case only are taken in byte order, so that the
	// answer does not depend on the order of a map.
	best := ""
	for have := range of {
		if strings.EqualFold(have, name) && (best == "" || have < best) {
			best = have
		}
	}
	return of[best]
}

func text(value json.RawMessage) string {
	if len(value) == 0 || string(value) == "null" {
		return ""
	}
	if value[0] == '"' {
		return unquote(value)
	}
	if value[0] != '{' && value[0] != '[' {
		return string(value)
	}
	var compact bytes.Buffer
	if json.Compact(&compact, value) != nil {
		return ""
	}
	return compact.String()
}
