package rule

import (
	"strconv"
	"unicode/utf8"
)

// Limits of a pattern. Those of the clouds are far smaller; these only bound the
// work that a hostile one causes.
const (
	maxPatternBytes = 1 << 20
	maxPatternDepth = 200
)

// kind is the type of a value in a pattern or in an event. The scalar kinds are
// those from null on.
type kind uint8

const (
	missing kind = iota // no value
	opaque              // an object, or an array that counts as no value
	null
	no
	yes
	number
	text
	object // only while a pattern is parsed
	array  // only while a pattern is parsed
)

// span is a piece of a pattern's text.
type span struct{ off, len uint32 }

// node is one value of a parsed pattern.
type node struct {
	kind  kind
	text  span // a string without its escapes, or the notation of anything else but an object
	names []span
	items []node // members in the order of names, or items of an array
}

// parser reads a pattern. What a string with escapes stands for is appended to
// text, so that every piece of the pattern is a span of one text.
type parser struct {
	b    []byte
	i    int
	text []byte
}

func (p *parser) fail(problem string) error {
	at := min(p.i, len(p.b))
	line, column := 1, 1
	for _, c := range p.b[:at] {
		if column++; c == '\n' {
			line, column = line+1, 1
		}
	}
	return (*place)(nil).refuse("is not JSON at line "+strconv.Itoa(line)+", column "+strconv.Itoa(column)+": "+problem,
		"write a JSON object such as {\"source\":[\"acs.pai\"]}")
}

func parse(b []byte) (node, []byte, error) {
	if len(b) > maxPatternBytes {
		return node{}, nil, (*place)(nil).refuse("is longer than 1 MiB", "split it into several patterns")
	}
	p := parser{b: b, text: b[:len(b):len(b)]}
	if !utf8.Valid(b) {
		for p.i < len(b) {
			r, size := utf8.DecodeRune(b[p.i:])
			if r == utf8.RuneError && size == 1 {
				break
			}
			p.i += size
		}
		return node{}, nil, p.fail("bytes that are not UTF-8")
	}
	n, err := p.value(0)
	if err != nil {
		return node{}, nil, err
	}
	if p.space(); p.i < len(b) {
		return node{}, nil, p.fail("text after the end")
	}
	return n, p.text, nil
}

func (p *parser) space() { p.i = spaceEnd(p.b, p.i) }

// take passes c after white space, if it is there.
func (p *parser) take(c byte) bool {
	p.space()
	if p.i < len(p.b) && p.b[p.i] == c {
		p.i++
		return true
	}
	return false
}

func (p *parser) value(depth int) (node, error) {
	if depth > maxPatternDepth {
		return node{}, p.fail("more than 200 levels")
	}
	p.space()
	if p.i >= len(p.b) {
		return node{}, p.fail("it ends early")
	}
	switch p.b[p.i] {
	case '{':
		return p.object(depth)
	case '[':
		return p.array(depth)
	case '"':
		s, err := p.string()
		return node{kind: text, text: s}, err
	case 't':
		return p.scalar(wordEnd(p.b, p.i), yes)
	case 'f':
		return p.scalar(wordEnd(p.b, p.i), no)
	case 'n':
		return p.scalar(wordEnd(p.b, p.i), null)
	}
	return p.scalar(numberEnd(p.b, p.i), number)
}

func (p *parser) scalar(end int, k kind) (node, error) {
	if end < 0 {
		p.i = ^end
		return node{}, p.fail("no value")
	}
	n := node{kind: k, text: span{uint32(p.i), uint32(end - p.i)}}
	p.i = end
	return n, nil
}

func (p *parser) string() (span, error) {
	start := p.i + 1
	end, escaped := stringEnd(p.b, start)
	if end < 0 {
		p.i = ^end
		return span{}, p.fail("a string that does not end or holds a wrong escape or control character")
	}
	p.i = end + 1
	if !escaped {
		return span{uint32(start), uint32(end - start)}, nil
	}
	off := len(p.text)
	p.text = unescape(p.text, p.b[start:end])
	return span{uint32(off), uint32(len(p.text) - off)}, nil
}

func (p *parser) object(depth int) (node, error) {
	n := node{kind: object}
	p.i++
	if p.take('}') {
		return n, nil
	}
	n.names, n.items = make([]span, 0, 4), make([]node, 0, 4)
	for {
		if p.space(); p.i >= len(p.b) || p.b[p.i] != '"' {
			return n, p.fail("a field name in quotes is missing")
		}
		name, err := p.string()
		if err != nil {
			return n, err
		}
		if !p.take(':') {
			return n, p.fail("a colon is missing")
		}
		v, err := p.value(depth + 1)
		if err != nil {
			return n, err
		}
		n.names, n.items = append(n.names, name), append(n.items, v)
		if p.take('}') {
			return n, nil
		}
		if !p.take(',') {
			return n, p.fail("a comma or } is missing")
		}
	}
}

func (p *parser) array(depth int) (node, error) {
	n := node{kind: array}
	start := p.i
	p.i++
	if p.take(']') {
		return n, nil
	}
	n.items = make([]node, 0, 4)
	for {
		v, err := p.value(depth + 1)
		if err != nil {
			return n, err
		}
		n.items = append(n.items, v)
		if p.take(']') {
			n.text = span{uint32(start), uint32(p.i - start)}
			return n, nil
		}
		if !p.take(',') {
			return n, p.fail("a comma or ] is missing")
		}
	}
}
