package rule

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"math/big"
	"net"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// tree is an event as a tree.
type tree struct {
	kind  kind
	text  string
	names []string
	items []tree
}

func readTree(event []byte) (tree, error) {
	if !json.Valid(event) {
		return tree{}, errors.New("rule: event is not well-formed JSON")
	}
	d := json.NewDecoder(bytes.NewReader(event))
	d.UseNumber()
	t, err := readValue(d)
	if err != nil {
		return tree{}, fmt.Errorf("rule: event is not well-formed JSON: %w", err)
	}
	if t.kind != object {
		return tree{}, errors.New("rule: event is not a JSON object")
	}
	return t, nil
}

func readValue(d *json.Decoder) (tree, error) {
	tok, err := d.Token()
	if err != nil {
		return tree{}, err
	}
	switch v := tok.(type) {
	case string:
		return tree{kind: text, text: v}, nil
	case json.Number:
		return tree{kind: number, text: string(v)}, nil
	case bool:
		if v {
			return tree{kind: yes, text: "true"}, nil
		}
		return tree{kind: no, text: "false"}, nil
	case json.Delim:
		t := tree{kind: array}
		if v == '{' {
			t.kind = object
		}
		for d.More() {
			if t.kind == object {
				name, err := d.Token()
				if err != nil {
					return t, err
				}
				t.names = append(t.names, name.(string))
			}
			item, err := readValue(d)
			if err != nil {
				return t, err
			}
			t.items = append(t.items, item)
		}
		if _, err = d.Token(); err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		return t, err
	}
	return tree{kind: null, text: "null"}, nil
}

// member returns the last member of that name.
func (t tree) member(name string) (tree, bool) {
	for i := len(t.names) - 1; i >= 0; i-- {
		if t.names[i] == name {
			return t.items[i], true
		}
	}
	return tree{}, false
}

// naive is an obviously right matcher, used to check the fast one. It reads the
// pattern's text anew, and shares nothing with the package but the sorting of
// values into kinds. The pattern must be one that Compile accepts.
type naive struct {
	dialect  Dialect
	branches []map[string][]tree // the entries at each path
}

func newNaive(d Dialect, pattern string) (naive, error) {
	t, err := readTree([]byte(pattern))
	if err != nil {
		return naive{}, err
	}
	return naive{d, expand(d, t, "", []map[string][]tree{{}})}, nil
}

// expand adds the fields of an object to every branch; a $or multiplies them.
func expand(d Dialect, t tree, prefix string, branches []map[string][]tree) []map[string][]tree {
	for i, name := range t.names {
		item := t.items[i]
		if d == Alibaba && slices.Contains(t.names[i+1:], name) {
			continue // a repeated name
		}
		switch {
		case d == AWS && name == "$or":
			var all []map[string][]tree
			for _, branch := range item.items {
				var copies []map[string][]tree
				for _, b := range branches {
					copies = append(copies, maps.Clone(b))
				}
				all = append(all, expand(d, branch, prefix, copies)...)
			}
			branches = all
		case item.kind == object:
			branches = expand(d, item, prefix+name+".", branches)
		default:
			for _, b := range branches {
				path := prefix + name
				for d == Alibaba && b[path] != nil {
					path += "\x00" // one path written in two ways is two fields
				}
				b[path] = item.items
			}
		}
	}
	return branches
}

func (n naive) match(t tree) bool {
	for _, b := range n.branches {
		paths := slices.Sorted(maps.Keys(b))
		if n.dialect == AWS {
			var values []found
			arrays := 0
			flatten(t, "", map[int]int{}, &arrays, &values)
			if choose(paths, b, values, nil) {
				return true
			}
			continue
		}
		all := true
		for _, path := range paths {
			all = all && aliyunHolds(path, b[path], t)
		}
		if all {
			return true
		}
	}
	return false
}

// found is one scalar of the event at a path, with the array elements it is in.
type found struct {
	tree
	path string
	in   map[int]int // array to element
}

func flatten(t tree, path string, in map[int]int, arrays *int, all *[]found) {
	switch t.kind {
	case object:
		for i, item := range t.items {
			flatten(item, path+"."+t.names[i], in, arrays, all)
		}
	case array:
		*arrays++
		id := *arrays
		for i, item := range t.items {
			deeper := in
			if item.kind == object || item.kind == array {
				deeper = maps.Clone(in)
				deeper[id] = i
			}
			flatten(item, path, deeper, arrays, all)
		}
	default:
		*all = append(*all, found{t, path[1:], in})
	}
}

// choose tries to find values for the fields that agree with those chosen.
func choose(paths []string, entries map[string][]tree, values []found, chosen []map[int]int) bool {
	if len(paths) == 0 {
		return true
	}
	path := paths[0]
	absent := true
	for _, v := range values {
		if v.path != path || !agrees(v.in, chosen) {
			continue
		}
		absent = false
		if anyOf(AWS, entries[path], v.tree) && choose(paths[1:], entries, values, append(slices.Clip(chosen), v.in)) {
			return true
		}
	}
	return absent && asksAbsence(entries[path]) && choose(paths[1:], entries, values, chosen)
}

func agrees(in map[int]int, chosen []map[int]int) bool {
	for _, c := range chosen {
		for a, i := range in {
			if k, shared := c[a]; shared && k != i {
				return false
			}
		}
	}
	return true
}

func asksAbsence(entries []tree) bool {
	return slices.ContainsFunc(entries, func(e tree) bool {
		last, _ := e.member("exists")
		return last.kind == no
	})
}

func aliyunHolds(path string, entries []tree, t tree) bool {
	if strings.HasPrefix(path, "data.") {
		if _, ok := t.member("data"); !ok {
			return false
		}
	}
	for _, name := range strings.Split(strings.TrimRight(path, "\x00"), ".") {
		next, ok := t.member(name)
		if !ok {
			return asksAbsence(entries)
		}
		t = next
	}
	items := []tree{t}
	if t.kind == array {
		items = t.items
	}
	if slices.ContainsFunc(items, func(i tree) bool { return i.kind == object || i.kind == array }) {
		return false
	}
	return slices.ContainsFunc(items, func(i tree) bool { return anyOf(Alibaba, entries, i) })
}

func anyOf(d Dialect, entries []tree, v tree) bool {
	return slices.ContainsFunc(entries, func(e tree) bool { return naiveHolds(d, e, v) })
}

// naiveHolds reports whether the scalar v satisfies an entry.
func naiveHolds(d Dialect, e, v tree) bool {
	if e.kind != object {
		return naiveExact(d, e, v)
	}
	for i, name := range e.names {
		if last, _ := e.member(name); jsonText(last) == jsonText(e.items[i]) && !naiveOperator(d, name, e.items[i], v) {
			return false
		}
	}
	return true
}

func naiveOperator(d Dialect, name string, arg, v tree) bool {
	if name == "exists" {
		return arg.kind == yes
	}
	if name == "exactly" {
		return naiveExact(d, arg, v)
	}
	if name == "anything-but" {
		if _, exact := comparable(v.text); d == AWS && v.kind == number && !exact {
			return true
		}
		operator := ""
		if arg.kind == object {
			operator, arg = arg.names[len(arg.names)-1], arg.items[len(arg.items)-1]
		}
		list := []tree{arg}
		if arg.kind == array {
			list = arg.items
		}
		for _, x := range list {
			if operator == "" && naiveExact(d, x, v) || operator != "" && naiveOperator(d, operator, x, v) {
				return false
			}
		}
		return true
	}
	if name == "numeric" {
		n, exact := comparable(v.text)
		if v.kind != number || d == AWS && !exact {
			return false
		}
		for i := 0; i < len(arg.items); i += 2 {
			bound, _ := comparable(arg.items[i+1].text)
			if !naiveCompare(d, arg.items[i].text, n, bound) {
				return false
			}
		}
		return true
	}
	if v.kind != text {
		return false
	}
	if arg.kind == object { // prefix and suffix ignoring case
		want, got := []rune(arg.items[0].text), []rune(v.text)
		if len(got) < len(want) {
			return false
		}
		if name == "prefix" {
			got = got[:len(want)]
		} else {
			got = got[len(got)-len(want):]
		}
		return naiveFold(want, got)
	}
	switch name {
	case "prefix":
		return strings.HasPrefix(v.text, arg.text)
	case "suffix":
		return strings.HasSuffix(v.text, arg.text)
	case "contains":
		return strings.Contains(v.text, arg.text)
	case "equals-ignore-case":
		return naiveFold([]rune(arg.text), []rune(v.text))
	case "wildcard":
		expression := regexp.QuoteMeta(arg.text)
		expression = strings.NewReplacer(`\\\\`, `\\`, `\\\*`, `\*`, `\*`, `.*`).Replace(expression)
		return regexp.MustCompile("(?s)^" + expression + "$").MatchString(v.text)
	case "cidr":
		ip, both := net.ParseIP(v.text), strings.Contains(v.text, ":") && strings.Contains(v.text, ".")
		if ip == nil || both {
			return false
		}
		if !strings.Contains(arg.text, "/") {
			return ip.Equal(net.ParseIP(arg.text))
		}
		base, network, err := net.ParseCIDR(arg.text)
		return err == nil && strings.Contains(v.text, ":") == (base.To4() == nil) && network.Contains(ip)
	}
	return false
}

func naiveFold(want, got []rune) bool {
	return slices.EqualFunc(want, got, func(w, g rune) bool { return g == w || g == unicode.ToLower(w) || g == unicode.ToUpper(w) })
}

func naiveCompare(d Dialect, op string, a, b float64) bool {
	c := 0
	switch {
	case d == Alibaba && math.Abs(a-b) <= 1e-7:
	case a < b:
		c = -1
	case a > b:
		c = 1
	}
	return map[string]bool{"=": c == 0, "!=": c != 0, "<": c < 0, "<=": c <= 0, ">": c > 0, ">=": c >= 0}[op]
}

// comparable returns the nearest double, and whether its shortest notation is
// the number.
func comparable(s string) (float64, bool) {
	f, err := strconv.ParseFloat(s, 64)
	a, ok := new(big.Rat).SetString(s)
	if err != nil || !ok {
		return f, false
	}
	b, ok := new(big.Rat).SetString(strconv.FormatFloat(f, 'g', -1, 64))
	return f, ok && a.Cmp(b) == 0
}

func naiveExact(d Dialect, e, v tree) bool {
	if d == AWS {
		if e.kind == number && v.kind == number {
			x, exactX := comparable(e.text)
			y, exactY := comparable(v.text)
			return exactX == exactY && (exactX && x == y || !exactX && e.text == v.text)
		}
		return e.kind == v.kind && e.text == v.text
	}
	if e.kind == null || v.kind == null {
		return e.kind == v.kind
	}
	if v.kind == number {
		return e.text == naivePlain(v.text)
	}
	return e.text == v.text
}

// naivePlain writes a number without exponent, with the digits after the point
// that it was written with.
func naivePlain(s string) string {
	mantissa, exponent, _ := strings.Cut(strings.ToLower(s), "e")
	_, fraction, _ := strings.Cut(mantissa, ".")
	e, _ := strconv.Atoi(exponent)
	if exponent != "" && (e > 64 || e < -64 || len(s) > 64) {
		return s
	}
	r, ok := new(big.Rat).SetString(s)
	if !ok {
		return s
	}
	return r.FloatString(max(0, len(fraction)-e))
}

// jsonText writes a tree as JSON again.
func jsonText(t tree) string {
	var list []string
	quote := func(s string) string { b, _ := json.Marshal(s); return string(b) }
	switch t.kind {
	case text:
		return quote(t.text)
	case array:
		for _, item := range t.items {
			list = append(list, jsonText(item))
		}
		return "[" + strings.Join(list, ",") + "]"
	case object:
		for i, item := range t.items {
			list = append(list, quote(t.names[i])+":"+jsonText(item))
		}
		return "{" + strings.Join(list, ",") + "}"
	}
	return t.text
}
