package message

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestTextOfAnUnknownLanguageIsEnglish(t *testing.T) {
	text := Text{EN: "a", ZH: "b", JA: "c"}
	assert.Equal(t, "a", text.In("fr"))
	assert.Equal(t, "b", text.In(Chinese))
	assert.Equal(t, "c", text.In(Japanese))
}
