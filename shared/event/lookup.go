package event

import (
	"bytes"
	"encoding/json"
	"iter"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"
)

// maxJoined is how many values [Event.Lookup] joins: what more there are, nobody
// reads in a line.
const maxJoined = 100

// Lookup returns the value at a path inside data as text: strings without quotes,
// everything else as JSON. It returns "" when there is no such value or it is
// null.
//
// A path is names joined by dots. A name is taken as it is written first, then
// without regard to case, and then to "_" and "-" too, because PAI's own products
// use UpperCamelCase, lowerCamelCase and snake_case. In a list a number is the
// place of an element, counted from 0, and "*" stands for each of them: their
// values are joined by ", ", the first [maxJoined] of them.
func (e Event) Lookup(path string) string {
	if strings.IndexByte(path, '*') < 0 {
		return Read(e.At(path))
	}
	var joined strings.Builder
	count := 0
	for value := range e.All(path) {
		text := Read(value)
		if text == "" {
			continue
		}
		if count++; count > maxJoined {
			joined.WriteString(", …")
			break
		}
		if count > 1 {
			joined.WriteString(", ")
		}
		joined.WriteString(text)
	}
	return joined.String()
}

// At returns the JSON text of the value at a path without "*"; nil when there is
// none. The caller must not change it.
func (e Event) At(path string) json.RawMessage {
	if path == "" || e.data == nil {
		return nil
	}
	name, rest, deeper := strings.Cut(path, ".")
	value := e.data.step(e.Data(), name)
	if !deeper {
		return value
	}
	return In(value, rest)
}

// All returns the JSON texts of the values at a path, several where it has a "*".
func (e Event) All(path string) iter.Seq[json.RawMessage] {
	return func(yield func(json.RawMessage) bool) {
		if path == "" || e.data == nil {
			return
		}
		if text := e.Data(); len(text) > 0 && text[0] == '[' {
			walk(text, path, yield)
			return
		}
		name, rest, deeper := strings.Cut(path, ".")
		switch value := e.data.step(e.Data(), name); {
		case value == nil:
		case deeper:
			walk(value, rest, yield)
		default:
			yield(value)
		}
	}
}

// In returns the JSON text of the value at a path without "*" inside a value, which
// must be valid JSON; nil when there is none.
func In(value json.RawMessage, path string) json.RawMessage {
	for deeper := true; deeper && value != nil; {
		var name string
		name, path, deeper = strings.Cut(path, ".")
		value = step(value, name)
	}
	return value
}

// Elements returns the texts of the elements of a list, which must be valid JSON;
// of anything else none.
func Elements(value json.RawMessage) iter.Seq[json.RawMessage] {
	if len(value) == 0 || value[0] != '[' {
		return func(func(json.RawMessage) bool) {}
	}
	return elements(value)
}

// walk calls yield with each value at a path inside a value, until it has enough.
func walk(value json.RawMessage, path string, yield func(json.RawMessage) bool) bool {
	for {
		name, rest, deeper := strings.Cut(path, ".")
		if name == "*" && len(value) > 0 && value[0] == '[' {
			for element := range elements(value) {
				if deeper && !walk(element, rest, yield) || !deeper && !yield(element) {
					return false
				}
			}
			return true
		}
		if value = step(value, name); value == nil {
			return true
		}
		if !deeper {
			return yield(value)
		}
		path = rest
	}
}

// step returns the member of an object or the element of a list; nil when there is
// none.
func step(value json.RawMessage, name string) json.RawMessage {
	if len(value) == 0 {
		return nil
	}
	switch value[0] {
	case '{':
		var best match
		for n, v := range Each(value) {
			best.offer(n, v, name)
		}
		return best.value
	case '[':
		at, ok := place(name)
		for element := range elements(value) {
			if ok && at == 0 {
				return element
			}
			at--
		}
	}
	return nil
}

// place reads a number of few digits: data has no room for a longer list.
func place(name string) (at int, ok bool) {
	for _, c := range []byte(name) {
		if c < '0' || c > '9' {
			return 0, false
		}
		at = at*10 + int(c-'0')
	}
	return at, name != "" && len(name) <= len("1000000")
}

// data is the data of an event, taken apart once, on first use: rendering looks
// a score of fields up. Data with more members than an event has attributes is
// read through for each name instead: apart it could take ten times its size.
type data struct {
	once   sync.Once
	object object
	large  bool

	mu   sync.Mutex
	seen map[string]json.RawMessage // what was read through large data for
}

// takeApart tells whether the data is an object of few members.
func (d *data) takeApart(text []byte) bool {
	if len(text) == 0 || text[0] != '{' {
		return false
	}
	d.once.Do(func() {
		all := false
		d.object, all = members(text)
		d.large = !all
	})
	return !d.large
}

// Wide tells of data with so many members that each look-up reads all of it.
func (e Event) Wide() bool {
	if e.data == nil {
		return false
	}
	e.data.takeApart(e.Data())
	return e.data.large
}

func (d *data) step(text []byte, name string) json.RawMessage {
	if !d.takeApart(text) {
		return d.search(text, name)
	}
	if exact := d.object.member(name); exact.value != nil {
		return exact.value
	}
	var best match
	for _, m := range d.object {
		best.offer(m.name, m.value, name)
	}
	return best.value
}

// search looks for a name in large data. Rendering asks for a few names many times.
func (d *data) search(text []byte, name string) json.RawMessage {
	if !d.large {
		return step(text, name)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	value, ok := d.seen[name]
	if !ok {
		value = step(text, name)
		if d.seen == nil {
			d.seen = map[string]json.RawMessage{}
		}
		if len(d.seen) < maxAttributes {
			d.seen[name] = value
		}
	}
	return value
}

// match is the member of an object that a name fits best: the last of those of
// that very name, or else the first in byte order of those that differ in case,
// or else of those that differ in "_" and "-" too, so that the answer does not
// depend on the order of their writing.
type match struct {
	rank  int
	name  string
	value json.RawMessage
}

func (m *match) offer(name string, value json.RawMessage, wanted string) {
	rank := 0
	switch {
	case name == wanted:
		rank = 3
	case !Alike(name, wanted):
		return
	case strings.EqualFold(name, wanted):
		rank = 2
	default:
		rank = 1
	}
	if rank > m.rank || rank == m.rank && name <= m.name {
		*m = match{rank, name, value}
	}
}

// Alike tells whether two names differ only in case and in "_" and "-", by which
// their words may be joined.
func Alike(a, b string) bool {
	for {
		for a != "" && (a[0] == '_' || a[0] == '-') {
			a = a[1:]
		}
		for b != "" && (b[0] == '_' || b[0] == '-') {
			b = b[1:]
		}
		if a == "" || b == "" {
			return a == b
		}
		n, m := 1, 1
		if a[0]|b[0] < utf8.RuneSelf {
			if a[0] != b[0] && (a[0]|0x20 != b[0]|0x20 || !letter(rune(a[0]))) {
				return false
			}
		} else {
			_, n = utf8.DecodeRuneInString(a)
			_, m = utf8.DecodeRuneInString(b)
			if !strings.EqualFold(a[:n], b[:m]) {
				return false
			}
		}
		a, b = a[n:], b[m:]
	}
}

// Read returns a JSON value as text: a string without quotes, nothing for null,
// everything else as JSON without white space.
func Read(value json.RawMessage) string {
	switch {
	case len(value) == 0 || value[0] == 'n':
		return ""
	case value[0] == '"':
		return unquote(view(value))
	case value[0] != '{' && value[0] != '[':
		return view(value)
	}
	var compact bytes.Buffer
	if json.Compact(&compact, value) != nil {
		return ""
	}
	return compact.String()
}

// Inside returns the event with a part of its data in the place of all of it, for
// data in which what PAI's services say is a member. [Event.JSON] stays what it is.
func (e Event) Inside(part json.RawMessage) Event {
	e.attributes = slices.Clone(e.attributes)
	for i := range e.attributes {
		if e.attributes[i].name == "data" {
			e.attributes[i] = member{"data", part, view(part)}
		}
	}
	e.data = &data{}
	return e
}
