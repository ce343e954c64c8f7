package message

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/event"
)

func complete(t *testing.T, text Text, what string) {
	t.Helper()
	assert.NotEmpty(t, text.EN, "%s in English", what)
	assert.NotEmpty(t, text.ZH, "%s in Chinese", what)
	assert.NotEmpty(t, text.JA, "%s in Japanese", what)
}

func TestEveryEventTypeHasItsWordsInEveryLanguage(t *testing.T) {
	for _, typ := range event.Builtin().Types {
		t.Run(typ.Name, func(t *testing.T) {
			w, ok := wordsFor(typ.Name)
			require.True(t, ok)
			complete(t, w.title, "title")
			urgent := typ.Severity == event.Warning || typ.Severity == event.Critical
			if urgent || w.next != (Text{}) {
				complete(t, w.next, "what to do next")
			}
		})
	}
}

func TestNoTwoEventTypesHaveTheSameTitle(t *testing.T) {
	seen := map[string]string{}
	for _, source := range [][]words{dlcWords, flowWords, modelWords, dswWords} {
		for _, w := range source {
			for _, l := range Languages() {
				assert.Empty(t, seen[w.title.In(l)], w.name)
				seen[w.title.In(l)] = w.name
			}
		}
	}
}

func TestThereAreWordsForEventTypesOfTheCatalogueOnly(t *testing.T) {
	count := 0
	for _, source := range [][]words{dlcWords, flowWords, modelWords, dswWords} {
		for _, w := range source {
			_, ok := event.Builtin().Type(w.name)
			assert.True(t, ok, w.name)
			count++
		}
	}
	assert.Equal(t, len(event.Builtin().Types), count)
}

func TestEveryFieldHasItsLabelInEveryLanguage(t *testing.T) {
	used := map[string]bool{"time": true, "source": true, "type": true, "subject": true, "data": true, "event_id": true}
	for _, s := range event.Builtin().Sources {
		for _, f := range s.Fields {
			used[f.Label] = true
		}
	}
	for _, n := range named {
		used[n.key] = true
	}
	have := map[string]bool{}
	for _, l := range labels {
		assert.False(t, have[l.key], "%s twice", l.key)
		have[l.key] = true
		complete(t, l.text, l.key)
	}
	assert.Equal(t, used, have, "labels are those in use")
}

func TestALabelNobodyKnowsIsItsOwnKey(t *testing.T) {
	for _, l := range Languages() {
		assert.Equal(t, "GpuUtil", labelFor("GpuUtil").text.In(l))
	}
}

func TestEverySourceHasAName(t *testing.T) {
	for _, s := range event.Builtin().Sources {
		complete(t, serviceName(s.Name), s.Name)
		assert.NotEqual(t, s.Name, serviceName(s.Name).EN)
	}
	assert.Equal(t, "eas", serviceName("eas").In(Chinese))
}
