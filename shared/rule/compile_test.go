package rule

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestCompileRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		dialect       Dialect
		pattern, path string
		says          string // part of the message
	}{
		"an unknown dialect":                 {0, `{}`, "$", "use rule.Alibaba or rule.AWS"},
		"nothing":                            {AWS, ``, "$", "line 1, column 1: it ends early"},
		"text after the end":                 {AWS, `{"a":["x"]} {}`, "$", "text after the end"},
		"a trailing comma":                   {Alibaba, "{\n \"source\":[\"x\",]}", "$", "line 2, column 16"},
		"single quotes":                      {Alibaba, `{'source':['x']}`, "$", "a field name in quotes is missing"},
		"bytes that are not UTF-8":           {Alibaba, "{\"source\":[\"\xff\"]}", "$", "line 1, column 13: bytes that are not UTF-8"},
		"an array":                           {AWS, `["x"]`, "$", "is not an object"},
		"the empty pattern of aws":           {AWS, `{}`, "$", "the pattern is empty"},
		"an unknown attribute":               {Alibaba, `{"Source":["x"]}`, "Source", "no such attribute"},
		"data that is a list":                {Alibaba, `{"data":["x"]}`, "data", "is not an object"},
		"an empty object":                    {Alibaba, `{"data":{"a":{}}}`, "data.a", "has no fields"},
		"an object under an attribute":       {Alibaba, `{"source":{"a":["x"]}}`, "source", "are not an array"},
		"a bare value":                       {AWS, `{"a":{"b c":"x"}}`, `a["b c"]`, `write an array, such as ["x"]`},
		"an empty array":                     {AWS, `{"a":[]}`, "a", "the array is empty"},
		"an array in the array":              {AWS, `{"a":["x",["y"]]}`, "a[1]", "list the values directly"},
		"an unknown operator":                {Alibaba, `{"data":{"a":["x",{"wildcard":"*"}]}}`, "data.a[1].wildcard", "prefix, suffix, contains"},
		"no operator":                        {AWS, `{"a":[{}]}`, "a[0]", "names no operator"},
		"two operators of aws":               {AWS, `{"a":[{"prefix":"x","suffix":"y"}]}`, "a[0]", "one operator in each object"},
		"a repeated operator of aws":         {AWS, `{"a":[{"prefix":"x","prefix":"y"}]}`, "a[0]", "one operator in each object"},
		"six operators in one object":        {Alibaba, `{"source":[{"prefix":"x","suffix":"y","contains":"z","anything-but":"q","exists":true,"cidr":"::1"}]}`, "source[0]", "at most 5"},
		"six operator objects":               {Alibaba, `{"source":["a",` + strings.Repeat(`{"prefix":"x"},`, 5) + `{"prefix":"y"}]}`, "source", "at most 5"},
		"absence with another operator":      {Alibaba, `{"source":[{"exists":false,"prefix":"x"}]}`, "source[0].exists", "object of its own"},
		"an empty prefix":                    {Alibaba, `{"source":[{"prefix":""}]}`, "source[0].prefix", "at least one character"},
		"exists that is no boolean":          {AWS, `{"a":[{"exists":"true"}]}`, "a[0].exists", `{"exists":true}`},
		"an excluded object":                 {Alibaba, `{"source":[{"anything-but":{"contains":"x"}}]}`, "source[0].anything-but", "cannot exclude"},
		"mixed exclusions":                   {AWS, `{"a":[{"anything-but":["x",1]}]}`, "a[0].anything-but[1]", "only strings or only numbers"},
		"an empty excluded list":             {AWS, `{"a":[{"anything-but":{"prefix":[]}}]}`, "a[0].anything-but.prefix", "the list is empty"},
		"an odd comparison":                  {AWS, `{"a":[{"numeric":[">",1,"<"]}]}`, "a[0].numeric", "2 or 4 items"},
		"unequal in aws":                     {AWS, `{"a":[{"numeric":["!=",1]}]}`, "a[0].numeric[0]", "comparison is unknown"},
		"the upper bound first":              {AWS, `{"a":[{"numeric":["<",5,">",1]}]}`, "a[0].numeric[0]", "lower bound before"},
		"equal bounds":                       {AWS, `{"a":[{"numeric":[">",5,"<",5]}]}`, "a[0].numeric", "is not below"},
		"a number no double has":             {AWS, `{"a":[{"numeric":["=",12345678901234567890]}]}`, "a[0].numeric[1]", "no double"},
		"a number beyond a thousand million": {Alibaba, `{"data":{"a":[{"numeric":["<",1000000001]}]}}`, "data.a[0].numeric[1]", "out of range"},
		"an IPv6 block of alibaba":           {Alibaba, `{"data":{"a":[{"cidr":"2001:db8::/32"}]}}`, "data.a[0].cidr", "not valid"},
		"a full block of aws":                {AWS, `{"a":[{"cidr":"10.0.0.1/32"}]}`, "a[0].cidr", "0 to 31"},
		"two stars":                          {AWS, `{"a":[{"wildcard":"a**b"}]}`, "a[0].wildcard", "two stars"},
		"a backslash before a letter":        {AWS, `{"a":[{"wildcard":"a\\b"}]}`, "a[0].wildcard", "backslash"},
		"one branch":                         {AWS, `{"$or":[{"a":[1]}]}`, "$or", "at least two objects"},
		"a reserved name in a branch":        {AWS, `{"x":{"$or":[{"a":[1]},{"b":{"prefix":[1]}}]}}`, "x.$or[1].b.prefix", "cannot be a field"},
	} {
		t.Run(name, func(t *testing.T) {
			p, err := Compile(c.dialect, []byte(c.pattern))
			assert.Nil(t, p)
			var refusal *Error
			require.ErrorAs(t, err, &refusal)
			assert.Equal(t, c.path, refusal.Path)
			assert.Contains(t, err.Error(), c.says)
			assert.True(t, strings.HasPrefix(err.Error(), "rule: "+c.path+": "), err)
		})
	}
}

func TestHostilePatternsAreRefusedOrCheap(t *testing.T) {
	fields := func(n int) string {
		var list []string
		for i := range n {
			list = append(list, fmt.Sprintf(`"f%d":[1]`, i))
		}
		return strings.Join(list, ",")
	}
	or := `"$or":[{"a":[1]},{"b":[1]}]`
	for name, c := range map[string]struct {
		dialect Dialect
		pattern string
		refused bool
	}{
		"deep nesting is refused":            {AWS, strings.Repeat(`{"a":`, 300) + "[1]" + strings.Repeat("}", 300), true},
		"open brackets are refused":          {AWS, strings.Repeat("[", 1<<19), true},
		"more than a mebibyte is refused":    {AWS, `{"a":["` + strings.Repeat("x", 1<<20) + `"]}`, true},
		"257 fields are refused":             {AWS, "{" + fields(257) + "}", true},
		"257 fields of alibaba are refused":  {Alibaba, `{"data":{` + fields(257) + "}}", true},
		"256 fields are compiled":            {AWS, "{" + fields(256) + "}", false},
		"a product of branches is refused":   {AWS, `{"a":{` + or + `},"b":{` + or + `,"c":{` + strings.Repeat(or+`,"c":{`, 20) + `"z":[1]` + strings.Repeat("}", 23), true},
		"many fields times branches refused": {AWS, `{"$or":[` + strings.Repeat(`{"a":[1]},`, 999) + `{"a":[1]}],` + fields(300) + "}", true},
		"a million stars are refused":        {AWS, `{"a":[{"wildcard":"` + strings.Repeat("*", 1000000) + `"}]}`, true},
		"half a million pieces are compiled": {AWS, `{"a":[{"wildcard":"` + strings.Repeat("*a", 500000) + `"}]}`, false},
		"a repeated name is compiled":        {AWS, `{` + strings.Repeat(`"a":[1],`, 4000) + `"a":[1]}`, false},
		"a huge number is compiled":          {AWS, `{"a":[1e` + strings.Repeat("9", 1000) + `]}`, false},
	} {
		t.Run(name, func(t *testing.T) {
			p, err := Compile(c.dialect, []byte(c.pattern))
			require.Equal(t, c.refused, err != nil, "%v", err)
			if err != nil {
				assert.Less(t, len(err.Error()), 1000)
				return
			}
			_, err = p.Match([]byte(`{"a":"` + strings.Repeat("ab", 1<<18) + `"}`))
			assert.NoError(t, err)
		})
	}
}

func TestCompileDoesNotKeepTheBytes(t *testing.T) {
	text := []byte(`{"source":["acs.pai"]}`)
	p, err := Compile(Alibaba, text)
	require.NoError(t, err)
	clear(text)
	ok, err := p.Match([]byte(`{"source":"acs.pai"}`))
	require.NoError(t, err)
	assert.True(t, ok)
	assert.Equal(t, `{"source":["acs.pai"]}`, p.String())
}

func TestDocumentedOperatorsOfAlibabaAreSupported(t *testing.T) {
	for _, v := range verdicts(t, Alibaba) {
		if !strings.HasPrefix(v.ID, "aliyun/docs-differ/") {
			continue
		}
		p, err := Compile(Alibaba, []byte(v.Pattern))
		require.NoError(t, err, "%s: the evaluator refuses it, the service documents it", v.ID)
		slow, err := newNaive(Alibaba, v.Pattern)
		require.NoError(t, err)
		tree, err := readTree([]byte(v.Event))
		require.NoError(t, err)
		got, err := p.Match([]byte(v.Event))
		require.NoError(t, err)
		assert.Equal(t, slow.match(tree), got, v.ID)
	}
}

func TestNumbersAreExactWhenTheirShortestNotationIsTheNumber(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	list := []string{"0", "-0", "0e5", "0.000", "1e22", "1e23", "123456789012345678", "0.1", "5e-324", "2e-324", "1.7976931348623157e308", "1e309", "9007199254740993", "9007199254740992", "-122.42916360922355", "0.30000000000000004", "0.300000000000000040"}
	for range 20000 {
		s := fmt.Sprintf("%d.%d", random.Int64N(1000), random.Int64())[:4+random.IntN(16)]
		if strings.HasSuffix(s, ".") {
			s += "5"
		}
		if random.IntN(3) == 0 {
			s += fmt.Sprintf("e%d", random.IntN(640)-320)
		}
		list = append(list, s)
	}
	for _, s := range list {
		want, exact := comparable(s)
		got := parseDouble([]byte(s))
		require.Equal(t, exact, got.exact, s)
		if exact {
			require.Equal(t, want, got.value, s)
		}
		lo, hi := numberAround([]byte(s))
		require.True(t, lo <= want && want <= hi, "%s is not between %v and %v", s, lo, hi)
	}
}

func TestNumbersLoseTheirExponent(t *testing.T) {
	for in, want := range map[string]string{
		"35": "35", "35.0": "35.0", "3.5e1": "35", "3.50e1": "35.0", "3.0e2": "300", "-0": "0", "-0.0": "0.0", "0e5": "0", "0.0e5": "0", "0e-2": "0.00",
		"1e-3": "0.001", "-12.5E-1": "-1.25", "1.25e+1": "12.5", "100e-2": "1.00", "1e999999999": "1e999999999", "1e-999999999": "1e-999999999",
	} {
		assert.Equal(t, want, string(plainNumber(nil, []byte(in))), in)
		assert.Equal(t, want, naivePlain(in), in)
		assert.Equal(t, in == want && !strings.Contains(in, "e"), isPlain([]byte(in)), in)
	}
}

func TestFoldingMakesEqualWhatIgnoringCaseTakesForEqual(t *testing.T) {
	for r := rune(0); r <= 0x10FFFF; r++ {
		if r >= 0xD800 && r < 0xE000 {
			continue
		}
		folded := string(fold(nil, []byte(string(r))))
		for _, other := range []string{strings.ToLower(string(r)), strings.ToUpper(string(r))} {
			if other != string(r) && len([]rune(other)) == 1 {
				require.Equal(t, folded, string(fold(nil, []byte(other))), "%U", r)
			}
		}
	}
}
