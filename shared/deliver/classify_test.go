package deliver

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/event"
)

func TestEveryBuiltinTypeIsClassified(t *testing.T) {
	c, err := NewClassifier(event.Builtin())
	require.NoError(t, err)
	for _, want := range event.Builtin().Types {
		var pattern struct{ Source, Type []string }
		require.NoError(t, json.Unmarshal(want.Pattern, &pattern))
		e, err := event.Parse(fmt.Appendf(nil, `{"id":"1","source":%q,"type":%q}`, pattern.Source[0], pattern.Type[0]))
		require.NoError(t, err)
		source, got := c.Classify(e)
		assert.Equal(t, want.Name, got.Name)
		assert.Equal(t, want.Source(), source.Name)
	}
}

func TestAnUnknownTypeKeepsItsSource(t *testing.T) {
	c, err := NewClassifier(event.Builtin())
	require.NoError(t, err)
	e, err := event.Parse([]byte(`{"id":"1","source":"acs.paidsw","type":"paidsw:New:Thing"}`))
	require.NoError(t, err)
	source, typ := c.Classify(e)
	assert.Equal(t, "dsw", source.Name)
	assert.Empty(t, typ.Name)
}

func TestOverriddenPatternsDecide(t *testing.T) {
	for name, c := range map[string]struct{ pattern, event string }{
		"by a prefix":                       {`{"type": [{"prefix": "mine:"}]}`, `{"id":"1","source":"s","type":"mine:x"}`},
		"by data that has a type":           {`{"data": {"type": ["y"]}}`, `{"id":"1","source":"s","type":"x","data":{"type":"y"}}`},
		"by a type with escapes":            {`{"type": ["m\u0069ne"]}`, `{"id":"1","source":"s","type":"mine"}`},
		"by a type with characters of HTML": {`{"type": ["a<b"]}`, `{"id":"1","source":"s","type":"a<b"}`},
		"by one of several types":           {`{"type": ["a", "b"]}`, `{"id":"1","source":"s","type":"b"}`},
		"by data alone":                     {`{"data":{"Status":["Failed"]}}`, `{"id":"1","source":"s","type":"x","data":{"Status":"Failed"}}`},
	} {
		t.Run(name, func(t *testing.T) {
			classifier, err := classifierFor(event.Catalogue{Types: []event.Type{{Name: "dlc.mine", Pattern: json.RawMessage(c.pattern)}}})
			require.NoError(t, err)
			e, err := event.Parse([]byte(c.event))
			require.NoError(t, err)
			_, typ := classifier.Classify(e)
			assert.Equal(t, "dlc.mine", typ.Name)
		})
	}
}
