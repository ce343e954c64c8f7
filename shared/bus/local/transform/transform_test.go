package transform_test

import (
	"encoding/json"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/bus/local/transform"
)

const sample = `{"id":"1","source":"acs.x","type":"t","none":null,"data":{"name":"a \"b\"\n<c> 中","n":12345678901234567890,"f":1.50,"yes":true,"list":[{"k":1},{"k":2}],"o":{"z":1,"a":2},"a.b":"dotted"}}`

func TestFormsMakeWhatIsDocumented(t *testing.T) {
	for name, c := range map[string]struct{ form, value, template, want string }{
		"ORIGINAL is the event":                     {"ORIGINAL", "", "", sample},
		"CONSTANT is the text":                      {"CONSTANT", "hello ${x}", "", "hello ${x}"},
		"JSONPATH gives a string without quotes":    {"JSONPATH", "$.data.name", "", "a \"b\"\n<c> 中"},
		"JSONPATH keeps a number's digits":          {"JSONPATH", "$.data.n", "", "12345678901234567890"},
		"JSONPATH gives an object as JSON":          {"JSONPATH", "$.data.o", "", `{"z":1,"a":2}`},
		"JSONPATH of everything":                    {"JSONPATH", "$", "", sample},
		"JSONPATH with brackets":                    {"JSONPATH", "$['data']['a.b']", "", "dotted"},
		"JSONPATH into a list":                      {"JSONPATH", "$.data.list[1].k", "", "2"},
		"JSONPATH from a list's end":                {"JSONPATH", "$.data.list[-2].k", "", "1"},
		"JSONPATH that leads nowhere":               {"JSONPATH", "$.data.list[9].k", "", ""},
		"JSONPATH through a text":                   {"JSONPATH", "$.id.x", "", ""},
		"JSONPATH to many":                          {"JSONPATH", "$.data.list[*].k", "", "[1,2]"},
		"JSONPATH to none of many":                  {"JSONPATH", "$.data.list[*].none", "", "[]"},
		"TEMPLATE with variables":                   {"TEMPLATE", `{"a":"$.id","b":"$.data.o","c":"fixed"}`, `{"a":"${a}","b":${b},"c":"${ c }"}`, `{"a":"1","b":{"z":1,"a":2},"c":"fixed"}`},
		"TEMPLATE with a missing path":              {"TEMPLATE", `{"a":"$.data.none"}`, `[${a}]`, `[]`},
		"TEMPLATE with null":                        {"TEMPLATE", `{"a":"$.none"}`, `[${a}]`, `[null]`},
		"TEMPLATE with the whole event":             {"TEMPLATE", `{"e":"$"}`, `{"event":${e}}`, `{"event":` + sample + `}`},
		"TEMPLATE with a text that names nothing":   {"TEMPLATE", `{"a":"$.id"}`, `${b} ${a} ${ $${a} ${jsonEscape(b)}`, `${b} 1 ${ $1 ${jsonEscape(b)}`},
		"TEMPLATE with a path to many is a text":    {"TEMPLATE", `{"a":"$.data.list[*].k"}`, `${a}`, `$.data.list[*].k`},
		"TEMPLATE that escapes for JSON":            {"TEMPLATE", `{"a":"$.data.name"}`, `"${jsonEscape(a)}"`, `"a \"b\"\n<c> 中"`},
		"TEMPLATE that escapes an object for JSON":  {"TEMPLATE", `{"a":"$.data.o"}`, `"${jsonEscape(a)}"`, `"{\"z\":1,\"a\":2}"`},
		"TEMPLATE that escapes for HTML":            {"TEMPLATE", `{"a":"$.data.name"}`, `${htmlEscape(a)}`, "a &#34;b&#34;\n&lt;c&gt; 中"},
		"TEMPLATE that escapes nothing":             {"TEMPLATE", `{"a":"$.data.none"}`, `"${jsonEscape(a)}"`, `""`},
		"TEMPLATE that escapes a number and a bool": {"TEMPLATE", `{"a":"$.data.f","b":"$.data.yes"}`, `${jsonEscape(a)} ${htmlEscape(b)}`, `1.50 true`},
		"TEMPLATE that escapes a text of its own":   {"TEMPLATE", `{"a":"x\"y"}`, `"${jsonEscape(a)}" ${a}`, `"x\"y" x"y`},
		"TEMPLATE without variables":                {"TEMPLATE", ``, `hello`, `hello`},
	} {
		t.Run(name, func(t *testing.T) {
			tr, err := transform.Compile(c.form, c.value, c.template)
			require.NoError(t, err)
			assert.Equal(t, c.want, string(tr.Apply([]byte(sample))))
		})
	}
}

func TestParametersThatAreNotRightAreRefusedWithTheReason(t *testing.T) {
	for name, c := range map[string]struct{ form, value, template, says string }{
		"no form":                  {"", "", "", `the form "" is none of`},
		"an unknown form":          {"ORIGINALS", "", "", "is none of"},
		"a path without a $":       {"JSONPATH", "data.name", "", "it begins with $"},
		"a path that does not end": {"JSONPATH", "$.data[", "", "is no JSONPath"},
		"variables that are none":  {"TEMPLATE", `["a"]`, "", "not a JSON object of its variables"},
		"null":                     {"TEMPLATE", `null`, "", "not a JSON object of its variables"},
		"a nested variable":        {"TEMPLATE", `{"a":{"b":"$.id"}}`, "", `the variable "a"`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := transform.Compile(c.form, c.value, c.template)
			assert.ErrorContains(t, err, c.says)
		})
	}
}

func TestAWrapperIsWholeWhateverTheEventHolds(t *testing.T) {
	hostile, err := json.Marshal(map[string]any{"id": `"}],${data}\u0000`, "source": "\u2028</script>", "data": map[string]string{"a": "\n\t\x01\xff"}})
	require.NoError(t, err)
	tr, err := transform.Compile("TEMPLATE", `{"id":"$.id","source":"$.source","data":"$.data"}`, `{"id":"${jsonEscape(id)}","source":"${jsonEscape(source)}","data":${data}}`)
	require.NoError(t, err)
	assert.JSONEq(t, string(hostile), string(tr.Apply(hostile)))
}

// A path that leads to one value is followed on the text; one that may lead to
// many decodes the event.
func BenchmarkPath(b *testing.B) {
	body := []byte(strings.Replace(sample, `"yes":true`, `"text":"`+strings.Repeat("x", 700)+`"`, 1))
	for name, path := range map[string]string{"followed": "$.data.list[0].k", "decoded": "$.data.list[*].k"} {
		tr, err := transform.Compile("JSONPATH", path, "")
		require.NoError(b, err)
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				tr.Apply(body)
			}
		})
	}
}

func TestATemplateMakesNoMultipleOfAnEvent(t *testing.T) {
	many := strings.Repeat("${d}", 2500)
	c, err := transform.Compile("TEMPLATE", `{"d":"$.data"}`, many)
	require.NoError(t, err)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	assert.Empty(t, c.Apply([]byte(`{"data":"`+strings.Repeat("x", 200<<10)+`"}`)))
	runtime.ReadMemStats(&after)
	assert.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(8<<20), "bytes allocated, where 500 MB were made")
	assert.Len(t, c.Apply([]byte(`{"data":"xx"}`)), 5000)
	_, err = transform.Compile("TEMPLATE", `{"d":"`+strings.Repeat("x", 10_000)+`"}`, many)
	assert.ErrorContains(t, err, "more than 1048576 bytes")
}
