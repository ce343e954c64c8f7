package rule

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestExplain(t *testing.T) {
	for name, c := range map[string]struct {
		dialect        Dialect
		pattern, event string
		want           []Condition
	}{
		"lists the conditions in the order of the pattern": {Alibaba,
			`{"type":["x"],"source":["acs.pai",{"prefix":"acs.pai."}],"data":{"Status":[{"anything-but":["Failed","Stopped"]}],"N":[{"numeric":[">",0,"<=",5]}]}}`,
			`{"source":"acs.pai.dlc","type":"y","data":{"Status":"Failed"}}`,
			[]Condition{
				{"type", `"x"`, `"y"`, false},
				{"source", `one of "acs.pai", prefix "acs.pai."`, `"acs.pai.dlc"`, true},
				{"data.Status", `anything but "Failed" or "Stopped"`, `"Failed"`, false},
				{"data.N", `numeric [">",0,"<=",5]`, "missing", false},
			}},
		"says that data is missing": {Alibaba, `{"data":{"a":[{"exists":false}]}}`, `{"id":"1"}`,
			[]Condition{{"data", "present", "missing", false}, {"data.a", "absent", "missing", false}}},
		"shows objects and arrays as they are": {Alibaba, `{"data":{"a":["x"],"b":["x"]}}`, `{"data":{"a":{"c": [1,2e3]},"b":["y","x"]}}`,
			[]Condition{{"data.a", `"x"`, `{"c":[1,2e3]}`, false}, {"data.b", `"x"`, `["y","x"]`, true}}},
		"explains the branch that matches": {AWS, `{"$or":[{"a":[1]},{"b":[2]}]}`, `{"b":2.0}`,
			[]Condition{{"b", "2", "2.0", true}}},
		"explains the nearest branch": {AWS, `{"$or":[{"a":[1]},{"b":[2],"c":[3]}]}`, `{"c":3}`,
			[]Condition{{"b", "2", "missing", false}, {"c", "3", "3", true}}},
		"says that values are in different elements": {AWS, `{"a":{"b":[1],"c":[2]}}`, `{"a":[{"b":1},{"c":2}]}`,
			[]Condition{{"a.b", "1", "1", true}, {"a.c", "2", "2", true}, {"$", "all of this in the same elements of the arrays", "in different elements", false}}},
		"names every operator": {AWS,
			`{"a":[{"wildcard":"*a*\\*"},{"suffix":{"equals-ignore-case":"x"}},{"equals-ignore-case":"y"},{"cidr":"10.1.2.3/8"},{"exists":true},{"exists":false},null,true,false]}`,
			`{"a":[1,"z"]}`,
			[]Condition{{"a", `one of wildcard "*a*\\*", suffix ignoring case "x", ignoring case "y", address in 10.0.0.0/8, present, absent, null, true, false`, `1 "z"`, true}}},
		"joins operators of one object": {Alibaba, `{"source":[{"prefix":"a","contains":"b"}]}`, `{"source":"ab"}`,
			[]Condition{{"source", `prefix "a" and contains "b"`, `"ab"`, true}}},
	} {
		t.Run(name, func(t *testing.T) {
			p, err := Compile(c.dialect, []byte(c.pattern))
			require.NoError(t, err)
			for range 3 {
				got, err := p.Explain([]byte(c.event))
				require.NoError(t, err)
				assert.Equal(t, c.want, got)
			}
		})
	}
}
