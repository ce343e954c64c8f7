package aws

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/rule"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestAPatternMeansTheSameInAnEnvelope matches every pattern of the catalogue
// against every sample event, bare by Alibaba Cloud's rules and in an envelope
// by those of AWS.
func TestAPatternMeansTheSameInAnEnvelope(t *testing.T) {
	var patterns []json.RawMessage
	for _, s := range event.Builtin().Sources {
		patterns = append(patterns, s.Pattern)
	}
	for _, e := range event.Builtin().Types {
		patterns = append(patterns, e.Pattern)
	}
	files, err := filepath.Glob("../../../events/*.json")
	require.NoError(t, err)
	matches := 0
	for _, text := range patterns {
		wrapped, err := wrap(string(text))
		require.NoError(t, err)
		assert.JSONEq(t, string(text), unwrap(wrapped))
		bare, err := rule.Compile(rule.Alibaba, text)
		require.NoError(t, err)
		enveloped, err := rule.Compile(rule.AWS, []byte(wrapped))
		require.NoError(t, err)
		for _, file := range files {
			e, err := os.ReadFile(file)
			require.NoError(t, err)
			want, err := bare.Match(e)
			require.NoError(t, err)
			envelope, err := json.Marshal(map[string]any{"source": "x", "detail-type": "y", "detail": json.RawMessage(e)})
			require.NoError(t, err)
			got, err := enveloped.Match(envelope)
			require.NoError(t, err)
			assert.Equal(t, want, got, "%s on %s", text, file)
			if got {
				matches++
			}
		}
	}
	assert.GreaterOrEqual(t, matches, len(files), "each sample is of a type")
}

func TestAPatternThatMeansSomethingElseOnAWSIsRefused(t *testing.T) {
	for pattern, says := range map[string]string{
		`{}`:                             "the pattern is empty",
		`{"data":{"n":[5]}}`:             "numeric",
		`{"data":{"ok":[true]}}`:         "exists",
		`{"source":[{"contains":"x"}]}`:  "contains",
		`{"source":[{"wildcard":"a*"}]}`: "wildcard",
		`{"detail":{"a":["b"]}}`:         "detail",
		`not json`:                       "",
		``:                               "",
	} {
		_, err := wrap(pattern)
		require.Error(t, err, pattern)
		assert.ErrorContains(t, err, says)
	}
}

func TestPatternsOfOthersStandAsTheyAre(t *testing.T) {
	for _, text := range []string{
		"", `{"source":["aws.batch"]}`, `{"detail":{"source":["x"]},"source":["y"]}`, `{"detail":{"unknown":["x"]}}`,
		`{"detail":[{"exists":true}]}`, `{"detail":{"source":[{"wildcard":"a*"}]}}`, `{"$or":[{"a":["b"]},{"c":["d"]}]}`, `{`,
	} {
		assert.Equal(t, text, unwrap(text))
	}
	assert.Equal(t, `{"source":["acs.paidlc"]}`, unwrap("{ \"detail\" : {\n \"source\": [ \"acs.paidlc\" ] } }"))
}
