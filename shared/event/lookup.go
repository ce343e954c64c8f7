package event

import (
	"bytes"
	"encoding/json"
	"iter"
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
	found := e.data.folded(e.Data(), first)
	for deeper {
		var name string
		name, rest, deeper = strings.Cut(rest, ".")
		if len(found.value) == 0 || found.value[0] != '{' {
			return ""
		}
		found = folded(Each(found.value), name)
	}
	return found.read()
}

// data is the data of an event, taken apart once, on first use: rendering looks
// a score of fields up. Data with more members than an event has attributes is
// read each time instead: apart it could take ten times its size.
type data struct {
	once   sync.Once
	object object
	large  bool
}

func (d *data) folded(text []byte, name string) member {
	if len(text) == 0 || text[0] != '{' {
		return member{}
	}
	d.once.Do(func() {
		all := false
		d.object, all = members(text)
		d.large = !all
	})
	if d.large {
		return folded(Each(text), name)
	}
	return folded(d.object.each, name)
}

// each returns the members of an object.
func (o object) each(yield func(string, json.RawMessage) bool) {
	for _, m := range o {
		if !yield(m.name, m.value) {
			return
		}
	}
}

// folded returns the member of that name, the last of several, or else one whose
// name differs in case only: of several the first in byte order, so that the
// answer does not depend on the order of their writing.
func folded(members iter.Seq2[string, json.RawMessage], name string) member {
	var exact, best member
	for n, value := range members {
		switch {
		case n == name:
			exact = member{n, value, view(value)}
		case strings.EqualFold(n, name) && (best.value == nil || n <= best.name):
			best = member{n, value, view(value)}
		}
	}
	if exact.value != nil {
		return exact
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
