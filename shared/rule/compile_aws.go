package rule

import (
	"slices"
	"strings"
)

// aws compiles the object at the top of an AWS pattern.
func (c *compiler) aws(top node) error {
	if len(top.items) == 0 {
		return c.refuse(nil, "the pattern is empty", `name at least one field, such as {"source":["aws.batch"]}`)
	}
	var err error
	c.branches, err = c.awsObject("", top, nil, [][]uint16{nil}, false)
	return err
}

// awsObject puts the fields of n, whose paths begin with prefix, into every rule
// of rules in the order they are written; a $or multiplies the rules.
func (c *compiler) awsObject(prefix string, n node, at *place, rules [][]uint16, inOr bool) ([][]uint16, error) {
	if len(n.items) == 0 {
		return nil, c.refuse(at, "the object has no fields", "name at least one field")
	}
	for i, item := range n.items {
		name := c.str(n.names[i])
		here := at.member(name)
		var err error
		switch {
		case name == "$or":
			rules, err = c.or(prefix, item, here, rules)
		case inOr && slices.Contains(reserved, name):
			err = c.refuse(here, "this name cannot be a field inside $or", "rename the field or write the rules one by one")
		case item.kind == object:
			rules, err = c.awsObject(prefix+name+".", item, here, rules, inOr)
		default:
			err = c.awsField(prefix+name, item, here, rules)
		}
		if err != nil {
			return nil, err
		}
	}
	return rules, nil
}

// awsField reads a field and puts it into every rule, in the place of a field
// with the same path.
func (c *compiler) awsField(path string, n node, at *place, rules [][]uint16) error {
	if c.puts += len(rules); len(c.fields) >= maxAllFields || c.puts > maxPuts {
		return c.refuse(at, "the rules that this pattern stands for have too many fields", "split the pattern into several rules")
	}
	f, err := c.field(path, n, at)
	if err != nil {
		return err
	}
	for k, r := range rules {
		if i := slices.IndexFunc(r, func(have uint16) bool { return c.fields[have].path == path }); i >= 0 {
			r[i] = f
		} else if rules[k] = append(r, f); len(r) >= maxFields {
			return c.refuse(at, "more than 256 fields", "split the pattern into several rules")
		}
	}
	return nil
}

func (c *compiler) wordOrFolded(o op, arg node, at *place) error {
	if arg.kind == object {
		if len(arg.items) != 1 || c.str(arg.names[0]) != "equals-ignore-case" {
			return c.refuse(at, at.name+" takes a string or equals-ignore-case alone", `write {"`+at.name+`":{"equals-ignore-case":"x"}}`)
		}
		return c.folded(o, arg.items[0], at.member("equals-ignore-case"))
	}
	if arg.kind != text {
		return c.refuse(at, at.name+" does not name a string", `write {"`+at.name+`":"x"}`)
	}
	c.entries = append(c.entries, entry{op: o, kind: text, off: arg.text.off, len: arg.text.len})
	return nil
}

func (c *compiler) folded(o op, arg node, at *place) error {
	if arg.kind != text {
		return c.refuse(at, "equals-ignore-case does not name a string", `write {"equals-ignore-case":"x"}`)
	}
	c.entries = append(c.entries, entry{op: o, kind: text, flags: foldCase, off: arg.text.off, len: arg.text.len})
	return nil
}

// wildcardEntry splits the text at its stars.
func (c *compiler) wildcardEntry(arg node, at *place) error {
	if arg.kind != text {
		return c.refuse(at, "wildcard does not name a string", `write {"wildcard":"a*z"}`)
	}
	s := c.str(arg.text)
	head := len(c.entries)
	return c.compound(opWildcard, func() error {
		var piece []byte
		flush := func() {
			c.entries = append(c.entries, entry{op: opExact, kind: text, off: uint32(len(c.text)), len: uint32(len(piece))})
			c.text = append(c.text, piece...)
			piece = piece[:0]
		}
		star := false // the character before was a star
		for i := 0; i < len(s); i++ {
			switch {
			case s[i] == '*' && star:
				return c.refuse(at, "two stars stand in a row", "write one star")
			case s[i] == '*' && i == 0:
				c.entries[head].flags |= openStart
			case s[i] == '*':
				flush()
			case s[i] == '\\':
				if i++; i == len(s) || s[i] != '*' && s[i] != '\\' {
					return c.refuse(at, "a backslash stands before something else than * or another backslash", `write \* for a star and \\ for a backslash`)
				}
				piece = append(piece, s[i])
				star = false
				continue
			default:
				piece = append(piece, s[i])
			}
			star = s[i] == '*'
		}
		if star {
			c.entries[head].flags |= openEnd
		} else {
			flush()
		}
		return nil
	})
}

func (c *compiler) anythingButAWS(arg node, at *place) error {
	const remedy = `write a string, a number, a list of one of them, or one of prefix, suffix, equals-ignore-case and wildcard with a string or a list of strings`
	return c.compound(opNot, func() error {
		switch arg.kind {
		case text, number:
			c.exactly(arg)
			return nil
		case array:
			if len(arg.items) == 0 {
				return c.refuse(at, "the list is empty", remedy)
			}
			for i, item := range arg.items {
				if item.kind != text && item.kind != number || item.kind != arg.items[0].kind {
					return c.refuse(at.item(i), "the list is not only strings or only numbers", remedy)
				}
				c.exactly(item)
			}
			return nil
		case object:
			if len(arg.items) != 1 {
				return c.refuse(at, "the object does not have exactly one operator", remedy)
			}
			name := c.str(arg.names[0])
			read := map[string]func(node, *place) error{
				"prefix":             func(n node, at *place) error { return c.word(opPrefix, n, at) },
				"suffix":             func(n node, at *place) error { return c.word(opSuffix, n, at) },
				"equals-ignore-case": func(n node, at *place) error { return c.folded(opEqual, n, at) },
				"wildcard":           c.wildcardEntry,
			}[name]
			if read == nil {
				return c.refuse(at, "anything-but cannot exclude by this operator", remedy)
			}
			at = at.member(name)
			if arg.items[0].kind != array {
				return read(arg.items[0], at)
			}
			if len(arg.items[0].items) == 0 {
				return c.refuse(at, "the list is empty", remedy)
			}
			for _, item := range arg.items[0].items {
				if err := read(item, at); err != nil {
					return err
				}
			}
			return nil
		}
		return c.refuse(at, "anything-but cannot exclude this", remedy)
	})
}

func (c *compiler) numericAWS(arg node, at *place) error {
	const remedy = `write one comparison, such as ["=",5], or a lower bound and a higher upper bound, such as [">",0,"<=",5]`
	if arg.kind != array || len(arg.items) != 2 && len(arg.items) != 4 {
		return c.refuse(at, "numeric is not an array of 2 or 4 items", remedy)
	}
	in := []interval{everything}
	var bounds [2]float64
	for i := 0; i < len(arg.items); i += 2 {
		name, n := arg.items[i], arg.items[i+1]
		if name.kind != text {
			return c.refuse(at.item(i), "an operator is missing here", remedy)
		}
		relation := c.str(name.text)
		r := bounded(AWS, relation, 0)
		if r == nil || relation == "!=" {
			return c.refuse(at.item(i), "the comparison is unknown", remedy)
		}
		if len(arg.items) == 4 && !strings.HasPrefix(relation, [...]string{">", "<"}[i/2]) {
			return c.refuse(at.item(i), "a range is not a lower bound before an upper bound", remedy)
		}
		if n.kind != number {
			return c.refuse(at.item(i+1), "a number is missing here", remedy)
		}
		d := parseDouble(c.text[n.text.off : n.text.off+n.text.len])
		if !d.exact {
			return c.refuse(at.item(i+1), "no double has this value", "use at most 15 digits and a size up to 1e308")
		}
		bounds[i/2] = d.value
		in = intersect(in, bounded(AWS, relation, d.value))
	}
	if len(arg.items) == 4 && bounds[0] >= bounds[1] {
		return c.refuse(at, "the lower bound is not below the upper bound", remedy)
	}
	c.ranged(in, arg.text)
	return nil
}
