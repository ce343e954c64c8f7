package rule

import "strings"

// compiler turns a parsed pattern into a program.
type compiler struct {
	program
	puts int // fields put into rules so far
}

// Compile reads a pattern of dialect d. A pattern that the dialect does not
// accept is refused with an [*Error]. The pattern does not keep hold of the
// bytes it was made from.
func Compile(d Dialect, pattern []byte) (*Pattern, error) {
	top, all, err := parse(pattern)
	if err != nil {
		return nil, err
	}
	c := compiler{program: program{dialect: d, text: append(make([]byte, 0, len(all)), all...), source: len(pattern), arguments: &arguments{}}}
	if top.kind != object {
		return nil, c.refuse(nil, "the pattern is not an object", `write a JSON object such as {"source":["acs.pai"]}`)
	}
	switch d {
	case Alibaba:
		err = c.aliyun(top)
	case AWS:
		err = c.aws(top)
	default:
		err = c.refuse(nil, "the dialect is unknown", "use rule.Alibaba or rule.AWS")
	}
	if err != nil {
		return nil, err
	}
	c.trim()
	return &Pattern{program: c.program}, nil
}

func (c *compiler) refuse(at *place, problem, remedy string) error { return at.refuse(problem, remedy) }

func (c *compiler) str(s span) string { return string(c.text[s.off : s.off+s.len]) }

// field reads the array of one field and appends it to the program.
func (c *compiler) field(path string, n node, at *place) (uint16, error) {
	if n.kind != array {
		return 0, c.refuse(at, "the values of a field are not an array", `write an array, such as ["x"]`)
	}
	if len(n.items) == 0 {
		return 0, c.refuse(at, "the array is empty", `name at least one value, or use [{"exists":true}]`)
	}
	f := field{path: path, off: uint32(len(c.entries)), shown: n.text, payload: c.dialect == Alibaba && strings.HasPrefix(path, "data.")}
	objects := 0
	for i, item := range n.items {
		var err error
		before := len(c.entries)
		switch item.kind {
		case array:
			err = c.refuse(at.item(i), "an array stands inside the array of values", "list the values directly")
		case object:
			objects++
			err = c.operators(item, at.item(i))
		default:
			c.exactly(item)
		}
		if err != nil {
			return 0, err
		}
		if c.entries[before].op == opAbsent {
			f.absent = true
		}
	}
	if c.dialect == Alibaba && objects > maxExpressions {
		return 0, c.refuse(at, "more than 5 operator objects for one field", "use at most 5; plain values are not counted")
	}
	f.n = uint32(len(c.entries)) - f.off
	c.fields = append(c.fields, f)
	return uint16(len(c.fields) - 1), nil
}

// exactly appends the entry for one scalar.
func (c *compiler) exactly(n node) {
	e := entry{op: opExact, kind: n.kind, off: n.text.off, len: n.text.len}
	if n.kind == number && c.dialect == AWS {
		e.off, e.len = uint32(len(c.numbers)), 0
		c.numbers = append(c.numbers, literal{parseDouble(c.text[n.text.off : n.text.off+n.text.len]), n.text})
	}
	c.entries = append(c.entries, e)
}

// compound appends an entry of kind o with everything that body appends in it.
func (c *compiler) compound(o op, body func() error) error {
	at := len(c.entries)
	c.entries = append(c.entries, entry{op: o})
	if err := body(); err != nil {
		return err
	}
	c.entries[at].len = uint32(len(c.entries) - at - 1)
	return nil
}

// operators reads an entry that is an object.
func (c *compiler) operators(n node, at *place) error {
	limit, remedy := 1, "write one operator in each object"
	if c.dialect == Alibaba {
		n = lastWins(n, c.text)
		limit, remedy = maxExpressions, "use at most 5 operators in one object"
	}
	if len(n.items) == 0 {
		return c.refuse(at, "the object names no operator", "write one, such as {\"prefix\":\"x\"}; this dialect knows "+known(c.dialect))
	}
	if len(n.items) > limit {
		return c.refuse(at, "too many operators in one object", remedy)
	}
	if len(n.items) == 1 {
		return c.operator(c.str(n.names[0]), n.items[0], at)
	}
	return c.compound(opAll, func() error {
		for i, item := range n.items {
			before := len(c.entries)
			if err := c.operator(c.str(n.names[i]), item, at); err != nil {
				return err
			}
			if c.entries[before].op == opAbsent {
				return c.refuse(at.member("exists"), "nothing can be absent and satisfy another operator", "put {\"exists\":false} in an object of its own")
			}
		}
		return nil
	})
}

// operator reads one operator with its argument.
func (c *compiler) operator(name string, arg node, at *place) error {
	at = at.member(name)
	switch name {
	case "exists":
		return c.exists(arg, at)
	case "cidr":
		return c.cidr(arg, at)
	}
	if c.dialect == Alibaba {
		switch name {
		case "prefix":
			return c.word(opPrefix, arg, at)
		case "suffix":
			return c.word(opSuffix, arg, at)
		case "contains":
			return c.word(opContains, arg, at)
		case "anything-but":
			return c.anythingButAliyun(arg, at)
		case "numeric":
			return c.numericAliyun(arg, at)
		}
	} else {
		switch name {
		case "exactly":
			if arg.kind != text {
				return c.refuse(at, "exactly does not name a string", `write {"exactly":"x"}`)
			}
			c.exactly(arg)
			return nil
		case "prefix":
			return c.wordOrFolded(opPrefix, arg, at)
		case "suffix":
			return c.wordOrFolded(opSuffix, arg, at)
		case "equals-ignore-case":
			return c.folded(opEqual, arg, at)
		case "wildcard":
			return c.wildcardEntry(arg, at)
		case "anything-but":
			return c.anythingButAWS(arg, at)
		case "numeric":
			return c.numericAWS(arg, at)
		}
	}
	return c.refuse(at, "the operator is unknown", "this dialect knows "+known(c.dialect))
}

func known(d Dialect) string {
	if d == Alibaba {
		return "prefix, suffix, contains, anything-but, exists, numeric and cidr"
	}
	return "exactly, prefix, suffix, equals-ignore-case, wildcard, anything-but, exists, numeric and cidr"
}

func (c *compiler) exists(arg node, at *place) error {
	switch arg.kind {
	case yes:
		c.entries = append(c.entries, entry{op: opExists})
	case no:
		c.entries = append(c.entries, entry{op: opAbsent})
	default:
		return c.refuse(at, "exists is neither true nor false", `write {"exists":true} or {"exists":false}`)
	}
	return nil
}

func (c *compiler) cidr(arg node, at *place) error {
	remedy := `write an address and its bits, such as "10.0.0.0/24" (0 to 31) or "2001:db8::/32" (0 to 127)`
	if c.dialect == Alibaba {
		remedy = `write an IPv4 block such as "10.0.0.0/24" (0 to 32), or one address without bits`
	}
	if arg.kind != text {
		return c.refuse(at, "cidr does not name a string", remedy)
	}
	b, ok := parseBlock(c.dialect, c.str(arg.text))
	if !ok {
		return c.refuse(at, "the address block is not valid", remedy)
	}
	c.entries = append(c.entries, entry{op: opBlock, off: uint32(len(c.blocks)), len: arg.text.len})
	c.blocks = append(c.blocks, b)
	return nil
}

// word appends an operator whose argument is a string that is not empty.
func (c *compiler) word(o op, arg node, at *place) error {
	if arg.kind != text || arg.text.len == 0 {
		return c.refuse(at, at.name+" does not name a string of at least one character", `write {"`+at.name+`":"x"}`)
	}
	c.entries = append(c.entries, entry{op: o, kind: text, off: arg.text.off, len: arg.text.len})
	return nil
}

// lastWins drops all but the last of equal names, in the place of the first.
func lastWins(n node, in []byte) node {
	if len(n.names) < 2 {
		return n
	}
	at := make(map[string]int, len(n.items))
	out := node{kind: n.kind, text: n.text}
	for i, s := range n.names {
		name := string(in[s.off : s.off+s.len])
		if k, again := at[name]; again {
			out.items[k] = n.items[i]
			continue
		}
		at[name] = len(out.items)
		out.names, out.items = append(out.names, s), append(out.items, n.items[i])
	}
	return out
}
