package event

import (
	"encoding/json"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestMembersTakesAnObjectApart(t *testing.T) {
	for object, want := range map[string]map[string]string{
		`{}`:                                  {},
		"{ \n }":                              {},
		`{"a":1}`:                             {"a": "1"},
		`{ "a" : -1.5e3 , "b":true,"c":null}`: {"a": "-1.5e3", "b": "true", "c": "null"},
		`{"a":"}\",\\","b":"x"}`:              {"a": `"}\",\\"`, "b": `"x"`},
		`{"a":{"b":[1,{"c":"]"}]},"d":[]}`:    {"a": `{"b":[1,{"c":"]"}]}`, "d": "[]"},
		`{"a":1,"\u0061":2}`:                  {"a": "2"},
		`{"a":"\\\"\\","b":"\\\\"}`:           {"a": `"\\\"\\"`, "b": `"\\\\"`},
		`{"a\"b":1}`:                          {`a"b`: "1"},
		`{"":1}`:                              {"": "1"},
	} {
		got := map[string]string{}
		found, all := members([]byte(object))
		assert.True(t, all)
		for _, m := range found {
			got[m.name] = string(m.value)
			assert.Equal(t, string(m.value), m.text)
		}
		assert.Equal(t, want, got, object)
		for name, value := range want {
			assert.Equal(t, value, string(Member([]byte(object), name)), object)
		}
		assert.Nil(t, Member([]byte(object), "none"), object)
	}
}

// encoding/json decides the same, more slowly.
func FuzzMembers(f *testing.F) {
	f.Add([]byte(`{"a":{"b":[1,2,"x"]},"a":null,"\u00e9":"}"}`))
	f.Fuzz(func(t *testing.T, object []byte) {
		var want map[string]json.RawMessage
		if !utf8.Valid(object) || json.Unmarshal(object, &want) != nil || want == nil {
			return
		}
		got, all := members(object)
		if !all {
			return
		}
		names := map[string]bool{}
		for _, m := range got {
			names[m.name] = true
		}
		require.Len(t, names, len(want))
		for name, value := range want {
			assert.Equal(t, string(value), string(got.member(name).value), "%q", name)
			assert.Equal(t, string(value), string(Member(object, name)), "%q", name)
		}
	})
}
