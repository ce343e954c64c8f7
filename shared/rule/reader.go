package rule

import (
	"errors"
	"strconv"
)

// maxEventBytes bounds an event, and with it the memory of a match, which is at
// most about 50 times the event. Events on a bus are far smaller.
const maxEventBytes = 8 << 20

// seen is one value of an event at a path that a pattern asks for.
type seen struct {
	kind     kind
	own      bool // the text is in reader.text, not in the event
	decoded  bool
	exact    bool
	off, end uint32
	next     int32  // the value before at the same path, counted from 1
	word     uint32 // its number in the lexicon of the path, or 0
	in       int32  // AWS: the innermost array element it belongs to, or 0; or inArray
	value    float64
}

// inArray marks the items of an array (Alibaba).
const inArray = -1

// element is one array element that is an object or array (AWS).
type element struct {
	array, index int32
	parent       int32 // the element around it, or 0
	depth        int32
}

// reader collects the values of one event. It keeps its memory for the next.
type reader struct {
	*paths
	aws      bool
	b        []byte
	key      []byte  // a name without its escapes
	text     []byte  // strings without their escapes, numbers without exponents
	values   []seen  // values[0] is not used
	heads    []int32 // by field: the last value seen, or 0
	touched  []int32 // fields with a head
	elements []element
	arrays   int32
	nested   bool // a value belongs to an array element
	plural   bool // a field has several values

	// Alibaba: the last of equal names counts. Each visit of a node has a
	// number; a value counts when the numbers of all visits above it are the
	// latest.
	visits uint32
	before uint32   // the number before this event
	visit  []uint32 // by node
	above  []uint32 // by node: the visit of its parent
}

func newReader(t *paths, fields int) reader {
	return reader{paths: t, heads: make([]int32, fields), visit: make([]uint32, len(t.nodes)), above: make([]uint32, len(t.nodes)),
		values: make([]seen, 1), elements: make([]element, 1)}
}

// read collects the values of an event.
func (r *reader) read(d Dialect, event []byte) error {
	for _, f := range r.touched {
		r.heads[f] = 0
	}
	r.touched, r.text, r.values, r.elements = r.touched[:0], r.text[:0], r.values[:1], r.elements[:1]
	r.b, r.arrays, r.nested, r.plural = event, 0, false, false
	if r.visits > 1<<30 {
		clear(r.visit)
		r.visits = 0
	}
	r.before = r.visits
	if len(event) > maxEventBytes {
		return errors.New("rule: event is larger than 8 MiB")
	}
	i := blank(event, 0)
	if i >= len(event) || event[i] != '{' {
		return errors.New("rule: event is not a JSON object")
	}
	r.aws = d == AWS
	r.visits++
	r.visit[0] = r.visits
	if i = r.object(i, 0, 0, 1); i >= 0 {
		if i = blank(event, i); i == len(event) {
			return nil
		}
		i = ^i
	}
	return errors.New("rule: event is not well-formed JSON, or nested too deeply, at byte " + strconv.Itoa(^i))
}

// object reads the object at i, which is a value of node n; with AWS, within
// the array element in. This is the innermost loop of a match, hence in one piece.
func (r *reader) object(i int, n, in int32, depth int) int {
	b, node := r.b, &r.nodes[n]
	if i = blank(b, i+1); i < len(b) && b[i] == '}' {
		return i + 1
	}
	for {
		if i >= len(b) || b[i] != '"' {
			return ^i
		}
		end, escaped := stringEnd(b, i+1)
		if end < 0 {
			return end
		}
		name := b[i+1 : end]
		if i = end + 1; i >= len(b) || b[i] != ':' {
			if i = blank(b, i); i >= len(b) || b[i] != ':' {
				return ^i
			}
		}
		if i++; i < len(b) && b[i] <= ' ' {
			i = blank(b, i)
		}
		if i >= len(b) {
			return ^i
		}
		var child int32
		if escaped {
			r.key = unescape(r.key[:0], name)
			child = r.child(node, r.key)
		} else if node.lengths>>min(uint(len(name)), 63)&1 != 0 || r.aws && node.dotted != 0 {
			child = r.child(node, name)
		}
		switch c := b[i]; {
		case child != 0 && !r.aws:
			i = r.aliyunValue(i, child, n, depth)
		case child != 0 && (c == '{' || c == '[' || r.nodes[child].field < 0):
			i = r.awsValue(i, child, in, depth)
		case child != 0:
			i = r.scalar(i, r.nodes[child].field, in)
		case c == '"':
			if i, _ = stringEnd(b, i+1); i >= 0 {
				i++
			}
		case c <= '9':
			i = quickNumberEnd(b, i)
		case c == '{' || c == '[':
			i = skipNested(b, i, depth)
		default:
			i = wordEnd(b, i)
		}
		if i < 0 {
			return i
		}
		if i >= len(b) || b[i] != ',' {
			if i = blank(b, i); i >= len(b) {
				return ^i
			}
			if b[i] == '}' {
				return i + 1
			}
			if b[i] != ',' {
				return ^i
			}
		}
		if i++; i < len(b) && b[i] <= ' ' {
			i = blank(b, i)
		}
	}
}

// child returns the node for a name within a node, or 0.
func (r *reader) child(node *pathNode, name []byte) int32 {
	c := r.lookup(node, name)
	if c == 0 && r.aws && node.dotted != 0 {
		c = r.walk(node, name)
	}
	return c
}

// comma passes a comma, or the closing bracket, for which more is false.
func (r *reader) comma(i int, closing byte) (next int, more bool) {
	if i = blank(r.b, i); i >= len(r.b) {
		return ^i, false
	}
	switch r.b[i] {
	case ',':
		return blank(r.b, i+1), true
	case closing:
		return i + 1, false
	}
	return ^i, false
}

// scalar reads the string, number or word at i as a value of field f.
func (r *reader) scalar(i int, f, in int32) int {
	v := seen{off: uint32(i), in: in}
	var end int
	switch c := r.b[i]; {
	case c == '"':
		var escaped bool
		if end, escaped = stringEnd(r.b, i+1); end < 0 {
			return end
		}
		v.kind, v.off, v.end = text, uint32(i+1), uint32(end)
		if escaped {
			v.own, v.off = true, uint32(len(r.text))
			r.text = unescape(r.text, r.b[i+1:end])
			v.end = uint32(len(r.text))
		}
		end++
	case c > '9':
		if end = wordEnd(r.b, i); end < 0 {
			return end
		}
		v.end = uint32(end)
		switch c {
		case 't':
			v.kind = yes
		case 'f':
			v.kind = no
		default:
			v.kind = null
		}
	default:
		if end = quickNumberEnd(r.b, i); end < 0 {
			return end
		}
		v.kind, v.end = number, uint32(end)
		if !r.aws && !isPlain(r.b[i:end]) {
			v.own, v.off = true, uint32(len(r.text))
			r.text = plainNumber(r.text, r.b[i:end])
			v.end = uint32(len(r.text))
		}
	}
	r.record(f, v)
	return end
}

// record adds a value to field f.
func (r *reader) record(f int32, v seen) {
	if r.heads[f] == 0 {
		r.touched = append(r.touched, f)
	} else {
		r.plural = true
	}
	v.next = r.heads[f]
	r.nested = r.nested || v.in > 0
	r.values = append(r.values, v)
	r.heads[f] = int32(len(r.values) - 1)
}

// textOf is the text of a value: a string without escapes, or the notation.
func (r *reader) textOf(v *seen) []byte {
	if v.own {
		return r.text[v.off:v.end]
	}
	return r.b[v.off:v.end]
}
