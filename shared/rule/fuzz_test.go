package rule

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// comparable events and patterns are those both matchers read alike: Go's JSON
// decoder replaces what is not UTF-8, and big numbers need time.
var hugeNumber = regexp.MustCompile(`[eE][+-]?0*[1-9][0-9]{3,}`)

func checkAgainstNaive(t *testing.T, d Dialect, pattern, event string) {
	p, err := Compile(d, []byte(pattern))
	if err != nil {
		return
	}
	slow, err := newNaive(d, pattern)
	require.NoError(t, err, "Compile accepts what is not JSON")
	tree, bad := readTree([]byte(event))
	got, err := p.Match([]byte(event))
	if bad != nil {
		require.Error(t, err)
		return
	}
	require.NoError(t, err)
	want := slow.match(tree)
	require.Equal(t, want, got, "%s: %s %s", d, pattern, event)

	conditions, err := p.Explain([]byte(event))
	require.NoError(t, err)
	holding := true
	for _, c := range conditions {
		holding = holding && c.Holds
	}
	assert.Equal(t, want, holding, "Explain: %s: %s %s: %+v", d, pattern, event, conditions)

	if p.Portable() == nil && tame(tree, p) {
		other, err := Compile(AWS+Alibaba-d, []byte(pattern))
		require.NoError(t, err)
		same, err := other.Match([]byte(event))
		require.NoError(t, err)
		assert.Equal(t, got, same, "Portable: %s: %s %s", d, pattern, event)
	}
}

// tame reports whether an event is one for which Portable promises something.
func tame(t tree, p *Pattern) bool {
	data, ok := t.member("data")
	if !ok || data.kind != object {
		return false
	}
	var plain func(t tree) bool
	plain = func(t tree) bool {
		seen := map[string]bool{}
		for i, item := range t.items {
			if t.kind == object {
				if seen[t.names[i]] || strings.Contains(t.names[i], ".") {
					return false
				}
				seen[t.names[i]] = true
			}
			if t.kind == array && item.kind >= object || !plain(item) {
				return false
			}
		}
		return t.kind != array || len(t.items) > 0
	}
	if !plain(t) {
		return false
	}
	for _, f := range p.fields { // the JSON type that the pattern names
		v := t
		for name := range strings.SplitSeq(f.path, ".") {
			v, _ = v.member(name)
		}
		items := []tree{v}
		if v.kind == array {
			items = v.items
		}
		for _, item := range items {
			if item.kind == object || item.kind == yes || item.kind == no || item.kind == number && !strings.Contains(p.want(f), "numeric") {
				return false
			}
			if item.kind == number && strings.Contains(p.want(f), `"`) && !regexp.MustCompile(`^(one of )?numeric[^"]*("[<>=]+"[^"]*)+$`).MatchString(p.want(f)) {
				return false
			}
		}
	}
	return true
}

// FuzzVerdict compares the fast matcher with the naive one on any texts.
func FuzzVerdict(f *testing.F) {
	for _, d := range []Dialect{Alibaba, AWS} {
		for i, v := range verdicts(f, d) {
			if i%3 == 0 {
				f.Add(uint8(d), v.Pattern, v.Event)
			}
		}
	}
	f.Fuzz(func(t *testing.T, d uint8, pattern, event string) {
		if !utf8.ValidString(event) || hugeNumber.MatchString(event) || hugeNumber.MatchString(pattern) || len(event) > 4096 || strings.Count(event, "[") > 12 {
			return
		}
		checkAgainstNaive(t, Dialect(d&1+1), pattern, event)
	})
}

// FuzzGenerated compares both matchers, and a set with its patterns, on patterns
// and events made of the same few names and values.
func FuzzGenerated(f *testing.F) {
	for seed := range 40 {
		data := make([]byte, 300)
		x := uint32(seed*2654435761 + 1)
		for i := range data {
			x ^= x << 13
			x ^= x >> 17
			x ^= x << 5
			data[i] = byte(x >> 8)
		}
		f.Add(uint8(seed), data)
	}
	f.Fuzz(func(t *testing.T, d uint8, data []byte) {
		g := &generator{dialect: Dialect(d&1 + 1), data: data}
		var patterns []string
		for range 1 + g.next(6) {
			patterns = append(patterns, g.pattern())
		}
		event := g.event()
		set := make([]*Pattern, 0, len(patterns))
		var want []int
		for _, text := range patterns {
			checkAgainstNaive(t, g.dialect, text, event)
			p, err := Compile(g.dialect, []byte(text))
			if err != nil {
				continue
			}
			if ok, err := p.Match([]byte(event)); ok && err == nil {
				want = append(want, len(set))
			}
			set = append(set, p)
		}
		got, err := NewSet(set...).Match([]byte(event), nil)
		require.NoError(t, err, event)
		require.Equal(t, want, got, "%s: %s %s", g.dialect, patterns, event)
	})
}

// FuzzCompile compiles any bytes, and uses what compiles.
func FuzzCompile(f *testing.F) {
	for _, d := range []Dialect{Alibaba, AWS} {
		for i, v := range verdicts(f, d) {
			if i%2 == 0 {
				f.Add(uint8(d), []byte(v.Pattern))
			}
		}
	}
	events := [][]byte{[]byte(`{}`), []byte(`{"source":"acs.pai","data":{"f":["x",1,null],"a":{"b":"10.0.0.1"}},"f":1,"a":[{"b":1},{"c":[2,"y"]}]}`), []byte(`{"a":`)}
	f.Fuzz(func(t *testing.T, d uint8, pattern []byte) {
		p, err := Compile(Dialect(d&1+1), pattern)
		if err != nil {
			var refusal *Error
			require.ErrorAs(t, err, &refusal)
			require.NotEmpty(t, refusal.Path)
			require.NotEmpty(t, refusal.Problem)
			require.NotEmpty(t, refusal.Remedy)
			return
		}
		require.True(t, json.Valid(pattern))
		require.Equal(t, string(pattern), p.String())
		_ = p.Portable()
		for _, event := range events {
			_, _ = p.Match(event)
			_, _ = p.Explain(event)
		}
	})
}

// FuzzEvent matches any bytes. Errors are for what is not a JSON object, and for
// nothing else.
func FuzzEvent(f *testing.F) {
	var patterns []*Pattern
	for _, d := range []Dialect{Alibaba, AWS} {
		for i, v := range verdicts(f, d) {
			if p, err := Compile(d, []byte(v.Pattern)); err == nil {
				patterns = append(patterns, p)
			}
			if i%2 == 0 {
				f.Add([]byte(v.Event))
			}
		}
	}
	for _, event := range []string{`{"f":[[[{"a":1}]],{}]}`, `{"a.b":{"c":1},"":[0.0,-1e+5]}`, `{"data":{"f":"\u00e9\ud83d\ude00\n"}} `, strings.Repeat(`{"a":`, 70) + "1" + strings.Repeat("}", 70)} {
		f.Add([]byte(event))
	}
	set := NewSet(patterns...)
	f.Fuzz(func(t *testing.T, event []byte) {
		if len(event) > 1<<16 || strings.Count(string(event), "[")+strings.Count(string(event), "{") >= maxEventDepth {
			return
		}
		var fields map[string]json.RawMessage
		valid := json.Valid(event) && json.Unmarshal(event, &fields) == nil && fields != nil
		got, err := set.Match(event, nil)
		require.Equal(t, valid, err == nil, "%q: %v", event, err)
		if err == nil {
			again, err := set.Match(event, nil)
			require.NoError(t, err)
			require.Equal(t, got, again)
		}
	})
}

// generator makes patterns and events from the bytes of a fuzzer.
type generator struct {
	dialect Dialect
	data    []byte
}

// next returns a number below n; 0 when the bytes are used up.
func (g *generator) next(n int) int {
	if len(g.data) == 0 {
		return 0
	}
	x := int(g.data[0])
	g.data = g.data[1:]
	return x % n
}

func (g *generator) pick(list ...string) string { return list[g.next(len(list))] }

func (g *generator) name() string { return g.pick("a", "b", "a", "b", "c", "a.b", "é", "") }

func (g *generator) word() string {
	return g.pick(`""`, `"a"`, `"a"`, `"ab"`, `"aB"`, `"b"`, `"ba"`, `"aab"`, `"É"`, `"é"`, `"\u00e9a"`, `"35"`, `"true"`, `"null"`, `"10.0.0.1"`, `"10.0.0.255"`,
		`"::1"`, `"2001:db8::5"`, `"a*b"`, `"\\"`, `"K"`, `"k"`, `"\u212a"`, `"İ"`, `"i"`)
}

func (g *generator) number() string {
	return g.pick("0", "1", "2", "35", "35.0", "3.5e1", "-1.5", "-0", "0.1", "1e-7", "12345678901234567890", "0.30000000000000004", "0.3", "300", "3.0e2", "1e308", "9007199254740993")
}

func (g *generator) scalar() string {
	switch g.next(8) {
	case 0:
		return g.pick("true", "false", "null")
	case 1, 2, 3:
		return g.number()
	}
	return g.word()
}

func (g *generator) list(least int, one func() string) string {
	var list []string
	for range least + g.next(4) {
		list = append(list, one())
	}
	return "[" + strings.Join(list, ",") + "]"
}

func (g *generator) operator() string {
	switch g.next(14) {
	case 0:
		return `"prefix":` + g.word()
	case 1:
		return `"suffix":` + g.word()
	case 2:
		return `"exists":` + g.pick("true", "false")
	case 3:
		return `"numeric":["` + g.pick("=", "<", "<=", ">", ">=", "!=") + `",` + g.number() + `]`
	case 4:
		return `"numeric":["` + g.pick(">", ">=", "<", "!=") + `",` + g.number() + `,"` + g.pick("<", "<=", ">") + `",` + g.number() + `]`
	case 5:
		return `"cidr":"` + g.pick("10.0.0.0/24", "10.1.2.3/8", "2001:db8::/32", "10.0.0.1", "::1", "0.0.0.0/0", "::/0", "10.0.0.255/31") + `"`
	case 6:
		return `"anything-but":` + g.list(0, g.word)
	case 7:
		return `"anything-but":` + g.list(0, g.number)
	case 8:
		return `"anything-but":` + g.scalar()
	case 9:
		return fmt.Sprintf(`"anything-but":{"%s":%s}`, g.pick("prefix", "suffix", "equals-ignore-case", "wildcard"), g.word())
	case 10:
		return `"equals-ignore-case":` + g.word()
	case 11:
		return `"wildcard":"` + g.pick("*", "a*", "*a", "a*b", "*a*b*", "*ab*", `\\*`, `a\\**`, "", "aab", "*é*") + `"`
	case 12:
		return fmt.Sprintf(`"%s":{"equals-ignore-case":%s}`, g.pick("prefix", "suffix"), g.word())
	}
	return `"contains":` + g.word()
}

func (g *generator) entry() string {
	if g.next(2) == 0 {
		return g.scalar()
	}
	if g.dialect == Alibaba && g.next(5) == 0 {
		return "{" + g.operator() + "," + g.operator() + "}"
	}
	return "{" + g.operator() + "}"
}

func (g *generator) fields(depth int) string {
	var list []string
	for range 1 + g.next(3) {
		switch {
		case g.dialect == AWS && depth < 3 && g.next(8) == 1:
			list = append(list, `"$or":[`+g.fields(depth+1)+","+g.fields(depth+1)+"]")
		case depth < 3 && g.next(3) == 1:
			list = append(list, `"`+g.name()+`":`+g.fields(depth+1))
		default:
			list = append(list, `"`+g.name()+`":`+g.list(1, g.entry))
		}
	}
	return "{" + strings.Join(list, ",") + "}"
}

func (g *generator) pattern() string {
	if g.dialect == AWS {
		return g.fields(0)
	}
	if g.next(3) == 0 {
		return `{"source":` + g.list(1, g.entry) + `,"data":` + g.fields(1) + "}"
	}
	return `{"data":` + g.fields(1) + "}"
}

func (g *generator) value(depth int) string {
	switch x := g.next(6); {
	case depth < 4 && x == 1:
		return g.object(depth + 1)
	case depth < 4 && (x == 2 || x == 3):
		return g.list(0, func() string { return g.value(depth + 1) })
	}
	return g.scalar()
}

func (g *generator) object(depth int) string {
	var list []string
	for range 1 + g.next(5) {
		list = append(list, `"`+g.name()+`":`+g.value(depth))
	}
	return "{" + strings.Join(list, ",") + "}"
}

func (g *generator) event() string {
	if g.dialect == AWS {
		return g.object(0)
	}
	list := []string{`"source":` + g.value(3), `"data":` + g.object(0)}
	switch g.next(8) {
	case 0:
		list = list[:1]
	case 1:
		list = append(list, `"data":`+g.value(0))
	}
	return "{" + strings.Join(list, ", ") + "}"
}
