package rule

import "slices"

// maxExpressions is the number of operator objects one field may have, and of
// operators one object may have, by Alibaba Cloud's limits of EventBridge.
const maxExpressions = 5

// attributes are the names a pattern may have at the top beside data: the
// CloudEvents attributes and the extensions that the service adds.
var attributes = []string{
	"specversion", "id", "type", "source", "subject", "time",
	"datacontenttype", "dataschema",
	"aliyunaccountid", "aliyunoriginalaccountid", "aliyunpublishtime",
	"aliyunpublishaddr", "aliyunregionid", "aliyuneventbusname", "eventbusname",
}

// aliyun compiles the object at the top of an Alibaba pattern.
func (c *compiler) aliyun(top node) error {
	c.branches = [][]uint16{nil}
	top = lastWins(top, c.text)
	for i, item := range top.items {
		name := c.str(top.names[i])
		at := (*place)(nil).member(name)
		var err error
		switch {
		case name == "data":
			err = c.aliyunData(name, item, at)
		case slices.Contains(attributes, name):
			err = c.aliyunField(name, item, at)
		default:
			err = c.refuse(at, "an event has no such attribute",
				"name a CloudEvents attribute such as source, type or subject, an aliyun extension such as aliyunregionid, or data")
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (c *compiler) aliyunData(path string, n node, at *place) error {
	if n.kind != object {
		return c.refuse(at, "data is not an object", `write the fields of data, such as {"data":{"Status":["Failed"]}}`)
	}
	if len(n.items) == 0 {
		return c.refuse(at, "the object has no fields", "name at least one field, or leave the object out")
	}
	n = lastWins(n, c.text)
	for i, item := range n.items {
		name := c.str(n.names[i])
		deeper := c.aliyunField
		if item.kind == object {
			deeper = c.aliyunData
		}
		if err := deeper(path+"."+name, item, at.member(name)); err != nil {
			return err
		}
	}
	return nil
}

func (c *compiler) aliyunField(path string, n node, at *place) error {
	if len(c.fields) >= maxFields {
		return c.refuse(at, "more than 256 fields", "split the pattern into several rules")
	}
	f, err := c.field(path, n, at)
	c.branches[0] = append(c.branches[0], f)
	return err
}

func (c *compiler) anythingButAliyun(arg node, at *place) error {
	remedy := `write a value, a list of values, {"prefix":"x"} or {"suffix":"x"}`
	return c.compound(opNot, func() error {
		switch arg.kind {
		case array:
			for i, item := range arg.items {
				if item.kind == array || item.kind == object {
					return c.refuse(at.item(i), "the list holds more than plain values", remedy)
				}
				c.exactly(item)
			}
			return nil
		case object:
			arg = lastWins(arg, c.text)
			if len(arg.items) != 1 {
				return c.refuse(at, "the object does not have exactly one operator", remedy)
			}
			switch name := c.str(arg.names[0]); name {
			case "prefix":
				return c.word(opPrefix, arg.items[0], at.member(name))
			case "suffix":
				return c.word(opSuffix, arg.items[0], at.member(name))
			}
			return c.refuse(at, "anything-but cannot exclude by this operator", remedy)
		}
		c.exactly(arg)
		return nil
	})
}

func (c *compiler) numericAliyun(arg node, at *place) error {
	const remedy = `write one or two comparisons, such as ["<",5] or [">",0,"<=",5], with = != < <= > >= and numbers from -1e9 to 1e9`
	if arg.kind != array || len(arg.items) != 2 && len(arg.items) != 4 {
		return c.refuse(at, "numeric is not an array of 2 or 4 items", remedy)
	}
	in := []interval{everything}
	for i := 0; i < len(arg.items); i += 2 {
		name, n := arg.items[i], arg.items[i+1]
		if name.kind != text {
			return c.refuse(at.item(i), "an operator is missing here", remedy)
		}
		if n.kind != number {
			return c.refuse(at.item(i+1), "a number is missing here", remedy)
		}
		d := parseDouble(c.text[n.text.off : n.text.off+n.text.len])
		if !(-1e9 <= d.value && d.value <= 1e9) {
			return c.refuse(at.item(i+1), "the number is out of range", remedy)
		}
		r := bounded(Alibaba, c.str(name.text), d.value)
		if r == nil {
			return c.refuse(at.item(i), "the comparison is unknown", remedy)
		}
		in = intersect(in, r)
	}
	c.ranged(in, arg.text)
	return nil
}

func (c *compiler) ranged(in []interval, shown span) {
	c.entries = append(c.entries, entry{op: opNumeric, kind: number, off: uint32(len(c.compares))})
	c.compares = append(c.compares, comparison{uint32(len(c.ranges)), uint32(len(in)), shown})
	c.ranges = append(c.ranges, in...)
}
