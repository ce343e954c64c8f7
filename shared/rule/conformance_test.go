package rule

import (
	"bufio"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// verdict is one recorded answer of a reference system.
type verdict struct {
	ID, Pattern, Event, Note string
	Valid, Match             bool
}

func verdicts(t testing.TB, d Dialect) []verdict {
	f, err := os.Open("testdata/" + d.String() + ".jsonl")
	require.NoError(t, err)
	defer f.Close()
	var all []verdict
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var v verdict
		require.NoError(t, json.Unmarshal(lines.Bytes(), &v))
		all = append(all, v)
	}
	require.NoError(t, lines.Err())
	require.NotEmpty(t, all)
	return all
}

func TestVerdictsAreThoseOfTheReferenceSystems(t *testing.T) {
	for _, d := range []Dialect{Alibaba, AWS} {
		for _, v := range verdicts(t, d) {
			if strings.HasPrefix(v.ID, "aliyun/docs-differ/") {
				continue // see TestDocumentedOperatorsAreSupported
			}
			p, err := Compile(d, []byte(v.Pattern))
			if !assert.Equal(t, v.Valid, err == nil, "%s: valid: %s: %v", v.ID, v.Pattern, err) || err != nil {
				continue
			}
			got, err := p.Match([]byte(v.Event))
			if assert.NoError(t, err, v.ID) {
				assert.Equal(t, v.Match, got, "%s: %s: %s %s", v.ID, v.Note, v.Pattern, v.Event)
			}
		}
	}
}
