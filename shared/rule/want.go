package rule

import (
	"strconv"
	"strings"
)

// wantLimit bounds Condition.Want and Condition.Seen, in bytes.
const wantLimit = 300

// want says what a field may be: `one of "Failed", prefix "Fail"`.
func (p *program) want(f field) string {
	list := p.list(int(f.off), int(f.off+f.n))
	if len(list) == 1 {
		return clip(list[0], wantLimit)
	}
	return clip("one of "+strings.Join(list, ", "), wantLimit)
}

// list describes the entries from lo to hi, as many as can be shown.
func (p *program) list(lo, hi int) []string {
	var out []string
	for i := lo; i < hi && len(out) <= wantLimit; i += p.entries[i].width() {
		out = append(out, p.describe(i))
	}
	return out
}

func (p *program) describe(i int) string {
	e := p.entries[i]
	inner := func() []string { return p.list(i+1, i+e.width()) }
	switch e.op {
	case opExact:
		switch {
		case e.kind == text:
			return p.quote(e)
		case e.kind == number && p.dialect == AWS:
			s := p.numbers[e.off].text
			return clip(string(p.text[s.off:s.off+s.len]), wantLimit)
		}
		return map[kind]string{null: "null", yes: "true", no: "false", number: clip(string(p.textOf(e)), wantLimit)}[e.kind]
	case opPrefix, opSuffix:
		word := map[op]string{opPrefix: "prefix ", opSuffix: "suffix "}[e.op]
		if e.flags&foldCase != 0 {
			word += "ignoring case "
		}
		return word + p.quote(e)
	case opContains:
		return "contains " + p.quote(e)
	case opEqual:
		return "ignoring case " + p.quote(e)
	case opWildcard:
		return "wildcard " + p.stars(i)
	case opNumeric:
		s := p.compares[e.off].shown
		return "numeric " + clip(string(p.text[s.off:s.off+s.len]), wantLimit)
	case opBlock:
		return "address in " + p.blocks[e.off].String()
	case opExists:
		return "present"
	case opAbsent:
		return "absent"
	case opNot:
		if list := inner(); len(list) > 0 {
			return "anything but " + strings.Join(list, " or ")
		}
		return "any value"
	}
	return strings.Join(inner(), " and ")
}

func (p *program) quote(e entry) string {
	return strconv.Quote(clip(string(p.textOf(e)), wantLimit))
}

// stars puts the pieces of wildcard entry i together again.
func (p *program) stars(i int) string {
	e := p.entries[i]
	var list []string
	if e.flags&openStart != 0 {
		list = append(list, "")
	}
	for k := i + 1; k < i+e.width(); k++ {
		list = append(list, strings.NewReplacer(`\`, `\\`, `*`, `\*`).Replace(clip(string(p.textOf(p.entries[k])), wantLimit)))
	}
	if e.flags&openEnd != 0 && (len(list) > 1 || e.flags&openStart == 0) {
		list = append(list, "")
	}
	if len(list) == 1 && e.flags&openStart != 0 {
		return `"*"`
	}
	return strconv.Quote(clip(strings.Join(list, "*"), wantLimit))
}
