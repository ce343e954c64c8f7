package message

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestParseLanguageReadsTagsAndLocales(t *testing.T) {
	for tag, want := range map[string]Language{
		"en": English, "EN-us": English, "zh": Chinese, "zh-CN": Chinese, "zh_Hant_TW": Chinese,
		"ja": Japanese, "ja_JP": Japanese, " ja_JP.UTF-8 ": Japanese,
	} {
		got, ok := ParseLanguage(tag)
		assert.True(t, ok, tag)
		assert.Equal(t, want, got, tag)
	}
}

func TestParseLanguageRefusesOthers(t *testing.T) {
	for _, tag := range []string{"", "fr", "zhang", "-zh", "english", "C.UTF-8"} {
		_, ok := ParseLanguage(tag)
		assert.False(t, ok, tag)
	}
}

func TestTextOfAnUnknownLanguageIsEnglish(t *testing.T) {
	text := Text{EN: "a", ZH: "b", JA: "c"}
	assert.Equal(t, "a", text.In("fr"))
	assert.Equal(t, "b", text.In(Chinese))
	assert.Equal(t, "c", text.In(Japanese))
}
