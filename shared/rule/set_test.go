package rule

import (
	"encoding/json"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func mustCompile(t testing.TB, d Dialect, patterns ...string) []*Pattern {
	var list []*Pattern
	for _, text := range patterns {
		p, err := Compile(d, []byte(text))
		require.NoError(t, err, text)
		list = append(list, p)
	}
	return list
}

func TestSetAppendsTheIndexesInAscendingOrder(t *testing.T) {
	list := mustCompile(t, Alibaba, `{"data":{"n":[{"numeric":[">",1]}]}}`, `{"source":["b"]}`, `{}`, `{"source":["a","b"]}`, `{"source":["a"]}`, `{"data":{"s":[{"suffix":"z"}]}}`)
	got, err := NewSet(list...).Match([]byte(`{"source":"a","data":{"n":2,"s":"xyz"}}`), []int{7})
	require.NoError(t, err)
	assert.Equal(t, []int{7, 0, 2, 3, 4, 5}, got)
}

func TestSetOfBothDialectsDecidesEachPatternInItsOwn(t *testing.T) {
	list := append(mustCompile(t, AWS, `{"data":{"n":["1"]}}`, `{"data":{"l":{"x":[1]}}}`), mustCompile(t, Alibaba, `{"data":{"n":["1"]}}`, `{"data":{"l":{"x":[1]}}}`)...)
	set := NewSet(list...)
	got, err := set.Match([]byte(`{"data":{"n":1,"l":[{"x":1}]}}`), nil)
	require.NoError(t, err)
	assert.Equal(t, []int{1, 2}, got, "numbers are strings to Alibaba, arrays are transparent to AWS")

	before := []int{5}
	got, err = set.Match([]byte(`{"data":{"n":1`), before)
	assert.Error(t, err)
	assert.Equal(t, before, got)
	got, err = set.Match([]byte(`{}`), nil)
	require.NoError(t, err)
	assert.Empty(t, got, "nothing of the refused event is left")
}

func TestSetOfNothingChecksTheEvent(t *testing.T) {
	got, err := NewSet().Match([]byte(`{"a":1}`), nil)
	require.NoError(t, err)
	assert.Empty(t, got)
	_, err = NewSet().Match([]byte(`{"a":}`), nil)
	assert.Error(t, err)
}

func TestSetDecidesLikeItsPatterns(t *testing.T) {
	for _, d := range []Dialect{Alibaba, AWS} {
		w := newWorkload()
		list := mustCompile(t, d, repeat(2000, w.paiPattern)...)
		set := NewSet(list...)
		for range 30 {
			event := w.paiEvent()
			var want []int
			for i, p := range list {
				ok, err := p.Match(event)
				require.NoError(t, err)
				if ok {
					want = append(want, i)
				}
			}
			got, err := set.Match(event, nil)
			require.NoError(t, err)
			require.Equal(t, want, got)
		}
	}
}

func TestConformanceHoldsWhenAllPatternsAreInOneSet(t *testing.T) {
	for _, d := range []Dialect{Alibaba, AWS} {
		var list []*Pattern
		var cases []verdict
		for _, v := range verdicts(t, d) {
			if p, err := Compile(d, []byte(v.Pattern)); err == nil && v.Valid {
				list, cases = append(list, p), append(cases, v)
			}
		}
		set := NewSet(list...)
		for i, v := range cases {
			got, err := set.Match([]byte(v.Event), nil)
			require.NoError(t, err)
			contains := false
			for _, k := range got {
				contains = contains || k == i
			}
			require.Equal(t, v.Match, contains, v.ID)
		}
	}
}

// poolKeeps reports whether sync.Pool hands back what it was given. With the race
// detector it does not always.
func poolKeeps() bool {
	var pool sync.Pool
	for range 100 {
		pool.Put(&pool)
		if pool.Get() == nil {
			return false
		}
	}
	return true
}

func TestMatchAllocatesNothing(t *testing.T) {
	w := newWorkload()
	for name, c := range map[string]struct {
		dialect  Dialect
		patterns []string
		event    []byte
	}{
		"for rules of a workspace, aliyun": {Alibaba, repeat(1000, w.paiPattern), w.paiEvent()},
		"for rules of a workspace, aws":    {AWS, repeat(1000, w.paiPattern), w.paiEvent()},
		"for arrays of objects":            {AWS, []string{`{"geometry":{"coordinates":{"x":[{"numeric":["<",-122.5]}],"y":[{"numeric":["<",37.5]}]}}}`}, w.lot(true)},
		"for escapes, exponents and addresses": {Alibaba, []string{`{"data":{"a":[{"suffix":"é"}],"n":["300"],"i":[{"cidr":"10.0.0.0/8"}]}}`},
			[]byte(`{"d\u0061ta":{"a":"caf\u00e9","n":3e2,"i":"10.1.2.3"}}`)},
		"for every way to look up a text": {AWS, []string{`{"a":[{"equals-ignore-case":"É"}]}`, `{"a":[{"suffix":{"equals-ignore-case":"É"}}]}`, `{"a":[{"wildcard":"*a*b*"}]}`,
			`{"a":[{"prefix":"x"}]}`, `{"a":[{"suffix":"x"}]}`, `{"a":[{"cidr":"2001:db8::/32"}]}`, `{"a":[{"anything-but":{"wildcard":"x*"}}]}`}, []byte(`{"a":["caab\n","2001:db8::1","xx"]}`)},
	} {
		t.Run(name, func(t *testing.T) {
			set := NewSet(mustCompile(t, c.dialect, c.patterns...)...)
			matched := make([]int, 0, 1000)
			s := set.parts[0].borrow()
			assert.Zero(t, testing.AllocsPerRun(200, func() {
				require.NoError(t, s.match(c.event))
				matched = s.collect(matched[:0])
			}))
			if !poolKeeps() {
				return
			}
			one := mustCompile(t, c.dialect, c.patterns[0])[0]
			assert.Zero(t, testing.AllocsPerRun(200, func() { matched, _ = set.Match(c.event, matched[:0]) }), "Set.Match")
			assert.Zero(t, testing.AllocsPerRun(200, func() { _, _ = one.Match(c.event) }), "Pattern.Match")
		})
	}
}

func TestSetIsSafeForManyGoroutines(t *testing.T) {
	w := newWorkload()
	list := mustCompile(t, AWS, repeat(300, w.paiPattern)...)
	set := NewSet(list...)
	list2 := events(20, w.paiEvent)
	want := make([]string, len(list2))
	for i, event := range list2 {
		got, err := set.Match(event, nil)
		require.NoError(t, err)
		want[i] = fmt.Sprint(got)
	}
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for i, event := range list2 {
				got, err := set.Match(event, nil)
				assert.NoError(t, err)
				assert.Equal(t, want[i], fmt.Sprint(got))
				_, err = list[0].Match(event)
				assert.NoError(t, err)
			}
		})
	}
	all.Wait()
}

// heap returns the bytes that what make returns keeps.
func heap(make func() any) int {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&before)
	kept := make()
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&after)
	runtime.KeepAlive(kept)
	return int(after.HeapAlloc) - int(before.HeapAlloc)
}

func TestTenThousandRulesTakeLessThanTenMegabytes(t *testing.T) {
	texts := repeat(10000, newWorkload().paiPattern)
	var list []*Pattern
	patterns := heap(func() any { list = mustCompile(t, Alibaba, texts...); return list })
	set := heap(func() any { return NewSet(list...) })
	runtime.KeepAlive(list)
	t.Logf("patterns %d bytes, set %d bytes, texts %d bytes", patterns, set, len(strings.Join(texts, "")))
	assert.Less(t, patterns+set, 10_000_000)
}

func TestRuleOfFiveFieldsWithTwelveValuesTakesNoMoreThanItsText(t *testing.T) {
	const rules = 200
	w := newWorkload()
	texts := repeat(rules, func() string {
		var list []string
		for i := range 5 {
			list = append(list, fmt.Sprintf(`"field%d":[%s]`, i, quoted(12, func() string { return "value-" + w.digits(6) })))
		}
		return `{"data":{` + strings.Join(list, ",") + `}}`
	})
	size := len(strings.Join(texts, ""))
	patterns := mustCompile(t, Alibaba, texts...)
	compiled := 0
	for _, p := range patterns {
		compiled += 12*len(p.entries) + 48*len(p.fields) // beside the text itself
	}
	set := heap(func() any { return NewSet(patterns...) })
	runtime.KeepAlive(patterns)
	t.Logf("texts %d, compiled %d, set %d bytes", size, compiled, set)
	assert.LessOrEqual(t, compiled, size)
	assert.Less(t, set, 6*size, "the set, when no value is asked for twice")
}

func TestEventsAreRefused(t *testing.T) {
	deep := func(n int, open, end string) string { return strings.Repeat(open, n) + "1" + strings.Repeat(end, n) }
	for name, c := range map[string]struct {
		event   string
		refused bool
	}{
		"not when empty":                 {`{}`, false},
		"not for blanks":                 {" \t\r\n{ \"a\" : [ 1 , { } ] } \n", false},
		"when empty text":                {``, true},
		"when an array":                  {`[]`, true},
		"when cut in a string":           {`{"a":"x`, true},
		"when cut in a skipped value":    {`{"z":[1,{"y":2`, true},
		"when cut before the last brace": {`{"a":"x"`, true},
		"for text after the end":         {`{"a":"x"}}`, true},
		"for a byte order mark":          {"\ufeff{}", true},
		"for a bad escape":               {`{"z":"\x"}`, true},
		"for half an escape":             {`{"z":"\u12"}`, true},
		"for a control character":        {"{\"z\":\"a\nb\"}", true},
		"for a leading zero":             {`{"z":[01]}`, true},
		"for a bare point":               {`{"z":[1.]}`, true},
		"for a plus":                     {`{"z":[+1]}`, true},
		"for a missing comma":            {`{"z":[1 2]}`, true},
		"for a trailing comma":           {`{"z":[1,]}`, true},
		"for a wrong bracket":            {`{"z":[1}]`, true},
		"for a bare name":                {`{z:1}`, true},
		"for a wrong word":               {`{"z":nul}`, true},
		"not at 1,000 levels":            {deep(1000, `{"z":`, "}"), false},
		"at 1,001 levels":                {deep(1001, `{"z":`, "}"), true},
		"not at 1,000 levels looked at":  {`{"a":` + deep(999, `[`, "]") + "}", false},
		"at 1,001 levels looked at":      {`{"a":` + deep(1000, `[`, "]") + "}", true},
		"at a million brackets":          {`{"a":` + strings.Repeat("[", 1000000), true},
		"when larger than 8 MiB":         {`{"a":"` + strings.Repeat("x", 8<<20) + `"}`, true},
	} {
		t.Run(name, func(t *testing.T) {
			for _, p := range append(mustCompile(t, AWS, `{"a":["x"]}`), mustCompile(t, Alibaba, `{"data":{"a":["x"]}}`)...) {
				ok, err := p.Match([]byte(c.event))
				assert.Equal(t, c.refused, err != nil, "%s: %v", p, err)
				assert.False(t, ok && err != nil)
				_, other := p.Explain([]byte(c.event))
				assert.Equal(t, err, other)
			}
			if len(c.event) < 2000 {
				assert.Equal(t, c.refused, !json.Valid([]byte(c.event)) || strings.HasPrefix(c.event, "["))
			}
		})
	}
}

func TestHostileEventsAreDecidedOrRefused(t *testing.T) {
	list := func(n int, one string) string { return "[" + strings.Repeat(one+",", n) + one + "]" }
	for name, c := range map[string]struct {
		dialect        Dialect
		pattern, event string
		refused        bool
	}{
		"fields in independent arrays": {AWS, `{"a":{"x":[1],"y":[1]},"b":{"x":[1],"y":[1]},"c":{"x":[1],"y":[1]}}`,
			`{"a":` + list(400, `{"x":1,"y":1}`) + `,"b":` + list(400, `{"x":1,"y":1}`) + `,"c":` + list(400, `{"x":1},{"y":1}`) + `}`, false},
		"one name a hundred thousand times": {Alibaba, `{"data":{"a":{"b":["x"]},"c":["x"]}}`,
			`{"data":{"c":"x"}` + strings.Repeat(`,"data":{"a":{"b":"x"}}`, 100000) + `}`, false},
		"a value of bytes that are not UTF-8": {AWS, `{"a":[{"equals-ignore-case":"é"},{"wildcard":"*é*"},{"suffix":{"equals-ignore-case":"é"}}]}`,
			`{"a":"` + strings.Repeat("\xff\xc3", 1000) + `"}`, false},
		"a huge number": {AWS, `{"a":[1,{"numeric":["<",5]},{"anything-but":[1]}]}`, `{"a":` + strings.Repeat("9", 1000000) + `}`, false},
		"more fields than repeated arrays with one of each": {AWS, `{"a":{` + each(13) + `}}`,
			`{` + strings.Join(repeat(12, func() string {
				return `"a":[{` + strings.ReplaceAll(strings.ReplaceAll(each(13), ",", "},{"), "[1]", "1") + "}]"
			}), ",") + `}`, true},
	} {
		t.Run(name, func(t *testing.T) {
			p := mustCompile(t, c.dialect, c.pattern)[0]
			_, err := p.Match([]byte(c.event))
			assert.Equal(t, c.refused, err != nil, "%v", err)
		})
	}
}

// each is n fields that ask for 1.
func each(n int) string {
	var list []string
	for i := range n {
		list = append(list, fmt.Sprintf(`"f%d":[1]`, i))
	}
	return strings.Join(list, ",")
}
