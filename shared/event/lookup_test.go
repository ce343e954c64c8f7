package event_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/event"
)

func TestLookup(t *testing.T) {
	e, err := event.Parse([]byte(`{"id":"1","source":"s","type":"t","data":{
		"JobId":"dlc1","jobName":"lower","Both":"exact","both":"folded","Count":7,"Big":12345678901234567890,
		"On":true,"Nothing":null,"Inner":{"Deep":{"Er":"found"}},"List":[ 1, "two" ],"empty":""}}`))
	require.NoError(t, err)
	for name, c := range map[string]struct{ path, want string }{
		"a string":                            {"JobId", "dlc1"},
		"a name in the other case":            {"JobName", "lower"},
		"an exact name before a folded one":   {"both", "folded"},
		"a number as it is written":           {"Big", "12345678901234567890"},
		"a boolean":                           {"On", "true"},
		"null":                                {"Nothing", ""},
		"a nested value in the other case":    {"inner.deep.er", "found"},
		"an object as JSON":                   {"Inner", `{"Deep":{"Er":"found"}}`},
		"a list as JSON":                      {"List", `[1,"two"]`},
		"a missing name":                      {"Nope", ""},
		"a path through a string":             {"JobId.Nope", ""},
		"no path":                             {"", ""},
		"an empty string":                     {"empty", ""},
		"an ambiguous name in neither's case": {"BOTH", "exact"},
	} {
		t.Run(name+" is found", func(t *testing.T) {
			assert.Equal(t, c.want, e.Lookup(c.path))
		})
	}
}

func TestLookupInAnEventWithoutData(t *testing.T) {
	e, err := event.Parse([]byte(`{"id":"1","source":"s","type":"t"}`))
	require.NoError(t, err)
	assert.Empty(t, e.Lookup("JobId"))
}
