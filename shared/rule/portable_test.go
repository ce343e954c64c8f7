package rule

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestPortable(t *testing.T) {
	for name, c := range map[string]struct {
		dialect Dialect
		pattern string
		path    string // of the refusal; empty when portable
	}{
		"allows strings, operators of both and nesting": {Alibaba, `{"source":["acs.pai"],"data":{"Status":["Failed",{"prefix":"Fail"},{"suffix":"d"},{"exists":false},null],"Job":{"User":[{"anything-but":["1","2"]},{"anything-but":{"prefix":"x"}}],"Cards":[{"numeric":[">",0,"<=",8]}]}}}`, ""},
		"allows the same written for aws":               {AWS, `{"source":["acs.pai"],"data":{"n":[{"numeric":[">=",1.25]}]}}`, ""},
		"refuses the empty pattern":                     {Alibaba, `{}`, "$"},
		"refuses contains":                              {Alibaba, `{"data":{"a":[{"contains":"x"}]}}`, "data.a[0].contains"},
		"refuses several operators in one object":       {Alibaba, `{"data":{"a":[{"prefix":"x","suffix":"y"}]}}`, "data.a[0]"},
		"refuses true":                                  {Alibaba, `{"data":{"a":[true]}}`, "data.a[0]"},
		"refuses exact numbers":                         {Alibaba, `{"data":{"a":["x",5]}}`, "data.a[1]"},
		"refuses excluded numbers":                      {Alibaba, `{"data":{"a":[{"anything-but":[5]}]}}`, "data.a[0].anything-but[0]"},
		"refuses excluded null":                         {Alibaba, `{"data":{"a":[{"anything-but":null}]}}`, "data.a[0].anything-but"},
		"refuses an excluded suffix":                    {AWS, `{"data":{"a":[{"anything-but":{"suffix":"x"}}]}}`, "data.a[0].anything-but"},
		"refuses cidr":                                  {AWS, `{"data":{"a":[{"cidr":"10.0.0.0/8"}]}}`, "data.a[0].cidr"},
		"refuses an empty prefix":                       {AWS, `{"data":{"a":[{"prefix":""}]}}`, "data.a[0].prefix"},
		"refuses names other events have":               {AWS, `{"detail":{"a":["x"]}}`, "detail"},
		"refuses $or":                                   {AWS, `{"$or":[{"source":["x"]},{"type":["y"]}]}`, "$or"},
		"refuses unequal in numeric":                    {Alibaba, `{"data":{"a":[{"numeric":["!=",5]}]}}`, "data.a[0].numeric[0]"},
		"refuses numbers finer than the tolerance":      {AWS, `{"data":{"a":[{"numeric":["<",0.0000001]}]}}`, "data.a[0].numeric[1]"},
		"refuses a repeated name":                       {Alibaba, `{"data":{"a":["x"]},"data":{"b":["y"]}}`, "data"},
		"refuses a dot in a name":                       {Alibaba, `{"data":{"a.b":["x"]}}`, `data["a.b"]`},
		"refuses a star in a name":                      {Alibaba, `{"data":{"*":["x"]}}`, "data.*"},
	} {
		t.Run(name, func(t *testing.T) {
			p, err := Compile(c.dialect, []byte(c.pattern))
			require.NoError(t, err)
			err = p.Portable()
			if c.path == "" {
				require.NoError(t, err)
				return
			}
			var refusal *Error
			require.ErrorAs(t, err, &refusal)
			assert.Equal(t, c.path, refusal.Path, "%v", err)
		})
	}
}
