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
	found := e.data.named(e.Data()).folded(first)
	for deeper {
		var name string
		name, rest, deeper = strings.Cut(rest, ".")
		if len(found.value) == 0 || found.value[0] != '{' {
			return ""
		}
		found = members(found.value).folded(name)
	}
	return found.read()
}

// data is the data of an event, taken apart once, on first use: rendering looks
// a score of fields up.
type data struct {
	once   sync.Once
	object object
}

func (d *data) named(text []byte) object {
	d.once.Do(func() {
		if len(text) > 0 && text[0] == '{' {
			d.object = members(text)
		}
	})
	return d.object
}

// folded returns the member of that name, or else one whose name differs in
// case only: of several the first in byte order, so that the answer does not
// depend on the order of their writing.
func (o object) folded(name string) member {
	if m := o.member(name); m.value != nil {
		return m
	}
	var best member
	for _, m := range o {
		if strings.EqualFold(m.name, name) && (best.value == nil || m.name <= best.name) {
			best = m
		}
	}
	return best
}

// read returns the value as text.
func (m member) read() string {
	switch {
	case m.text == "" || m.text == "null":
		return ""
	case m.text[0] == '"':
		return unquote(m.text)
	case m.text[0] != '{' && m.text[0] != '[':
		return m.text
	}
	var compact bytes.Buffer
	if json.Compact(&compact, m.value) != nil {
		return ""
	}
	return compact.String()
}
