package rule

import (
	"errors"
	"strings"
	"unicode"
)

// Portable returns nil when the pattern's text is accepted by both dialects and
// means the same in both, for every event that has a data object, holds no
// arrays with objects or arrays in them and no empty arrays where the pattern
// looks, repeats no name, and has at each path the JSON type the pattern names.
// Otherwise it returns an [*Error] with the first place that differs. What it
// allows is listed in PATTERNS.md.
func (p *Pattern) Portable() error {
	other := AWS
	if p.dialect == AWS {
		other = Alibaba
	}
	source := p.text[:p.source]
	if _, err := Compile(other, source); err != nil {
		var refusal *Error
		if errors.As(err, &refusal) {
			refusal.Problem = "is refused by " + other.String() + ": " + refusal.Problem
		}
		return err
	}
	top, all, err := parse(source)
	if err != nil {
		return err
	}
	return portability{all}.fields(top, nil)
}

// portability walks a pattern that both dialects accept. Its text is what the
// spans of the nodes refer to.
type portability struct{ text []byte }

func (p portability) str(s span) string { return string(p.text[s.off : s.off+s.len]) }

func (p portability) fields(n node, at *place) error {
	seen := map[string]bool{}
	for i, item := range n.items {
		name := p.str(n.names[i])
		here := at.member(name)
		if seen[name] {
			return here.refuse("the name is repeated, which the dialects resolve differently", "write it once")
		}
		seen[name] = true
		if name == "" || strings.ContainsFunc(name, func(r rune) bool {
			return r != '-' && r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r)
		}) {
			return here.refuse("the dialects look up a name with such characters differently", "use names of letters, digits, - and _")
		}
		if item.kind == object {
			if err := p.fields(item, here); err != nil {
				return err
			}
			continue
		}
		for k, e := range item.items {
			if err := p.entry(e, here.item(k)); err != nil {
				return err
			}
		}
	}
	return nil
}

func (p portability) entry(n node, at *place) error {
	switch n.kind {
	case number:
		return at.refuse("the dialects compare the number by its text and by its value", `write {"numeric":["=",`+p.str(n.text)+`]}`)
	case yes, no:
		return at.refuse("the dialects compare true and false by their text and by their type", `use a string field, or {"exists":true}`)
	case object:
		arg, at := n.items[0], at.member(p.str(n.names[0]))
		switch at.name {
		case "anything-but":
			return p.anythingBut(arg, at)
		case "numeric":
			return p.numeric(arg, at)
		case "cidr":
			return at.refuse("the clouds differ in the first and the last address of a block", "list addresses or use prefix")
		}
	}
	return nil
}

func (p portability) anythingBut(n node, at *place) error {
	switch n.kind {
	case number:
		return at.refuse("the dialects compare the number by its text and by its value", "exclude strings, or use numeric")
	case object:
		if p.str(n.names[0]) != "prefix" {
			return at.refuse("only excluding a prefix is documented for both dialects", `use {"prefix":"x"}`)
		}
	case array:
		for i, item := range n.items {
			if err := p.anythingBut(item, at.item(i)); err != nil {
				return err
			}
		}
	}
	return nil
}

// numeric allows what Alibaba documents: at most 15 digits, 6 of them after the
// point. Finer numbers fall under its tolerance.
func (p portability) numeric(n node, at *place) error {
	for i := 1; i < len(n.items); i += 2 {
		d := parseDecimal([]byte(p.str(n.items[i].text)))
		if d.digits > 15 || d.digits-d.point > 6 && d.digits > 0 {
			return at.item(i).refuse("the dialects compare so fine a number differently", "use at most 15 digits, 6 of them after the point")
		}
	}
	return nil
}
