package exactjson_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/exactjson"
)

type inner struct {
	ID string `json:"id"`
}

type answer struct {
	inner
	Code    *int64          `json:"errcode"`
	Text    json.RawMessage `json:"errmsg,omitempty"`
	Any     any
	One     *inner  `json:"one"`
	Many    []inner `json:"many"`
	Nested  struct{ Values []*inner }
	Ignored string `json:"-"`
	own     string
}

func TestNamesCountAsTheyAreWritten(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"the same name":          {`{"errcode":1,"errmsg":"x"}`, `{"errcode":1,"errmsg":"x"}`},
		"other cases beside it":  {`{"errcode":1,"ErrCode":0,"ERRCODE":0}`, `{"errcode":1}`},
		"other cases before it":  {`{"ErrCode":0,"errcode":1}`, `{"errcode":1}`},
		"other cases alone":      {`{"ErrCode":0,"any":1}`, `{}`},
		"the name in escapes":    {`{"\u0065rrcode":1}`, `{"errcode":1}`},
		"a field without a tag":  {`{"Any":{"a":1}}`, `{"Any":{"a":1}}`},
		"an embedded struct":     {`{"id":"a","ID":"b"}`, `{"id":"a"}`},
		"a pointer to a struct":  {`{"one":{"id":"a","Id":"b"}}`, `{"one":{"id":"a"}}`},
		"null":                   {`{"one":null,"errcode":null,"many":null}`, `{}`},
		"a list of structs":      {`{"many":[{"id":"a","ID":"b"},{"ID":"c"}]}`, `{"many":[{"id":"a"},{"id":""}]}`},
		"lists inside structs":   {`{"Nested":{"Values":[{"id":"a","Id":"b"},null],"values":[]}}`, `{"Nested":{"Values":[{"id":"a"},null]}}`},
		"fields nobody fills":    {`{"Ignored":"x","-":"y","own":"z"}`, `{}`},
		"others twice":           {`{"x":1,"x":2,"errcode":1}`, `{"errcode":1}`},
		"blanks around it":       {" \n{\"errcode\":1}\t", `{"errcode":1}`},
		"what is not an object ": {`null`, `{}`},
	} {
		t.Run(name, func(t *testing.T) {
			var got, want answer
			require.NoError(t, exactjson.Unmarshal([]byte(c.text), &got))
			require.NoError(t, json.Unmarshal([]byte(c.want), &want))
			assert.Equal(t, want, got)
			assert.Empty(t, got.own)
		})
	}
}

func TestWhatHasTwoMeaningsIsNotDecoded(t *testing.T) {
	for name, text := range map[string]string{
		"a name twice":           `{"errcode":40035,"errcode":0}`,
		"twice, once in escapes": `{"errcode":40035,"\u0065rrcode":0}`,
		"twice in a list":        `{"many":[{"id":"a","id":"b"}]}`,
		"another type":           `{"errcode":"0"}`,
		"a list":                 `[]`,
		"a string":               `"x"`,
		"not JSON":               `{"errcode":0`,
		"more than one":          `{"errcode":0}{}`,
		"nothing":                ``,
	} {
		t.Run(name, func(t *testing.T) {
			assert.Error(t, exactjson.Unmarshal([]byte(text), &answer{}))
		})
	}
	assert.Error(t, exactjson.Unmarshal([]byte(`{}`), nil))
	assert.Error(t, exactjson.Unmarshal([]byte(`{}`), answer{}))
}

func TestOtherTypesAreDecodedAsEver(t *testing.T) {
	var text json.RawMessage
	require.NoError(t, exactjson.Unmarshal([]byte(`{"a":1}`), &text))
	assert.Equal(t, `{"a":1}`, string(text))
	var list []inner
	require.NoError(t, exactjson.Unmarshal([]byte(`[{"ID":"x"},{"id":"y"}]`), &list))
	assert.Equal(t, []inner{{}, {"y"}}, list)
	var named map[string]int
	require.NoError(t, exactjson.Unmarshal([]byte(`{"a":1,"A":2}`), &named))
	assert.Equal(t, map[string]int{"a": 1, "A": 2}, named)
}

func TestStrictLeavesNothingOut(t *testing.T) {
	for name, c := range map[string]struct{ text, says string }{
		"all names known":         {`{"errcode":1,"many":[{"id":"a"}],"Nested":{"Values":[null,{"id":"b"}]}}`, ""},
		"an unknown name":         {`{"errcode":1,"x":{}}`, `unknown member "x": known are id, errcode`},
		"other cases of a name":   {`{"errcode":1,"ErrCode":0}`, `unknown member "ErrCode"`},
		"other cases in a list":   {`{"many":[{"id":"a"},{"Id":"b"}]}`, `unknown member "Id": known are id`},
		"other cases in an inner": {`{"Nested":{"values":[]}}`, `unknown member "values"`},
		"a name twice":            {`{"errcode":1,"errcode":1}`, `"errcode" comes twice`},
		"more behind it":          {`{"errcode":1} {}`, "after top-level value"},
	} {
		t.Run(name, func(t *testing.T) {
			err := exactjson.Strict([]byte(c.text), &answer{})
			if c.says == "" {
				assert.NoError(t, err)
				return
			}
			assert.ErrorContains(t, err, c.says)
		})
	}
}

func FuzzUnmarshal(f *testing.F) {
	for _, text := range []string{`{"errcode":1,"errmsg":"x"}`, `{"ErrCode":0,"errcode":null}`, `{"many":[{"id":"a"}],"one":{}}`, `{"Nested":{"Values":[null]}}`} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var got answer
		var members map[string]json.RawMessage
		if exactjson.Unmarshal(text, &got) != nil || json.Unmarshal(text, &members) != nil {
			return
		}
		var code *int64
		if value, ok := members["errcode"]; ok {
			require.NoError(t, json.Unmarshal(value, &code))
		}
		assert.Equal(t, code, got.Code)
	})
}
