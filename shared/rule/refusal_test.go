package rule_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/rule"
)

func TestRefusalNamesTheConditionThatFailed(t *testing.T) {
	const event = `{"id":"1","source":"acs.paidlc","type":"t1","data":{"UserId":"7","Status":"Running"}}`
	for name, c := range map[string]struct {
		patterns []string
		why      string
	}{
		"nothing for a match":                 {[]string{`{"source":["acs.paidlc"]}`}, ""},
		"nothing when one of several matches": {[]string{`{"type":["x"]}`, `{"data":{"Status":["Running"]}}`}, ""},
		"an attribute before data":            {[]string{`{"data":{"UserId":["8"]},"type":["t2"]}`}, `type is "t1", wanted "t2"`},
		"data when the attributes hold":       {[]string{`{"data":{"UserId":["8"]},"type":["t1"]}`}, `data.UserId is "7", wanted "8"`},
		"the pattern that came furthest":      {[]string{`{"type":["x"],"source":["y"]}`, `{"type":["t1"],"data":{"UserId":["8"]}}`}, `data.UserId is "7", wanted "8"`},
		"what is missing":                     {[]string{`{"data":{"Nope":["8"]}}`}, `data.Nope is missing, wanted "8"`},
		"that there is nothing to be matched": {nil, "there is no pattern to match"},
	} {
		t.Run(name, func(t *testing.T) {
			var patterns []*rule.Pattern
			for _, text := range c.patterns {
				p, err := rule.Compile(rule.Alibaba, []byte(text))
				require.NoError(t, err)
				patterns = append(patterns, p)
			}
			why, err := rule.Refusal([]byte(event), patterns...)
			require.NoError(t, err)
			assert.Equal(t, c.why, why)
		})
	}
}

func TestRefusalFailsOnWhatIsNoEvent(t *testing.T) {
	p, err := rule.Compile(rule.Alibaba, []byte(`{"type":["x"]}`))
	require.NoError(t, err)
	_, err = rule.Refusal([]byte(`{"type":`), p)
	assert.Error(t, err)
}
