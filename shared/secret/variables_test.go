package secret

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestEveryVariableThatParametersNameIsFound(t *testing.T) {
	for parameters, want := range map[string][]string{
		`{"webhook":"env:B","signing_key":"env:A","style":"rich"}`:                               {"A", "B"},
		`{"headers":{"Authorization":"Bearer env:TOKEN","X":"literal"},"list":["env:L",1,null]}`: {"L", "TOKEN"},
		`{"headers":{"A":"env:FIRST"},"headers":{"A":"env:LAST"},"\u0061":"\u0065nv:ESCAPED"}`:   {"ESCAPED", "FIRST", "LAST"},
		`{"server":{"password":"env:P"},"again":"env:P"}`:                                        {"P"},
		`{"webhook":"https://example.com/env:A","key":"ssm:/a","empty":"env:"}`:                  nil,
		``:     nil,
		`null`: nil,
	} {
		assert.Equal(t, want, Variables(json.RawMessage(parameters)), parameters)
	}
	t.Setenv("BLANK", " ")
	t.Setenv("FULL", "x")
	assert.True(t, Set("FULL"))
	assert.False(t, Set("BLANK"), "a reference to it leads to nothing")
	assert.False(t, Set("PAI_NOTIFY_NO_SUCH_VARIABLE"))
}
