package message_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/message"
)

var (
	unknown = message.Sentence{Code: "unknown", Text: message.Text{EN: "no {what} {name}{hint}", ZH: "没有名为 {name} 的{what}{hint}", JA: "{what} {name} はありません{hint}"}}
	meant   = message.Sentence{Code: "meant", Text: message.Text{EN: ": did you mean {word}?", ZH: "，是否为 {word}？"}}
)

func TestAStatementIsSaidInTheLanguageAskedFor(t *testing.T) {
	for name, c := range map[string]struct {
		said     message.Statement
		language message.Language
		want     string
	}{
		"English":                     {unknown.With("what", "rule", "name", "a"), message.English, "no rule a"},
		"another order of places":     {unknown.With("what", "规则", "name", "a"), message.Chinese, "没有名为 a 的规则"},
		"a statement inside it":       {unknown.With("what", "规则", "name", "a", "hint", meant.With("word", "b")), message.Chinese, "没有名为 a 的规则，是否为 b？"},
		"English without translation": {meant.With("word", "b"), message.Japanese, ": did you mean b?"},
		"no argument":                 {unknown.With("what", "rule", "name", "a", "hint", nil), message.English, "no rule a"},
		"a number":                    {unknown.With("what", "rule", "name", 7), message.English, "no rule 7"},
		"a list":                      {unknown.With("what", "rules", "name", []string{"a", "b"}), message.English, "no rules a, b"},
		"a long list":                 {unknown.With("what", "rules", "name", []string{"a", "b", "c", "d", "e", "f", "g"}), message.English, "no rules a, b, c, d, e … (7)"},
		"braces of its own":           {message.Sentence{Text: message.Text{EN: "{a b: {name}} {"}}.With("name", "c"), message.English, "{a b: c} {"},
		"an argument with braces":     {unknown.With("what", "{name}", "name", "{what}"), message.English, "no {name} {what}"},
	} {
		t.Run(name, func(t *testing.T) { assert.Equal(t, c.want, c.said.In(c.language)) })
	}
}

func TestAStatementIsCodeAndArgumentsToAProgram(t *testing.T) {
	text, err := json.Marshal(unknown.With("what", "rule", "name", []string{"a"}, "hint", meant.With("word", "b")))
	require.NoError(t, err)
	assert.JSONEq(t, `{"code":"unknown","arguments":{"what":"rule","name":["a"],"hint":{"code":"meant","arguments":{"word":"b"}}}}`, string(text))
}
