package yaml_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/workspace"
	"github.com/pai-notify/pai-notify/shared/workspace/internal/documenttest"
	"github.com/pai-notify/pai-notify/shared/workspace/yaml"
)

func asJSON(t *testing.T, text string) string {
	t.Helper()
	document, _, err := yaml.JSON([]byte(text), "w.yaml", documenttest.Specs()...)
	require.NoError(t, err)
	return string(document)
}

func TestTheJSONFormIsTheDocument(t *testing.T) {
	text := asJSON(t, `
# comment
workspace: w
rules:
- name: one
  description: "训练 😀 <&> \u007f \" \n"
  source: model
  events: &events ["*"]
  targets: &everyone
  - &oncall {type: http, url: env:A, retries: 3, extra: {when: 2026-01-01, n: 201457962310948521, f: 1.50, no: ~, list: [True, "7"]}}
- {name: two, enabled: FALSE, source: model, events: *events, targets: *everyone}
`)
	targets := `"targets":[{"type":"http","url":"env:A","retries":3,"extra":{"when":"2026-01-01","n":201457962310948521,"f":1.50,"no":null,"list":[true,"7"]}}]}`
	assert.Equal(t, `{"workspace":"w","rules":[`+
		`{"name":"one","description":"\u8bad\u7ec3 \ud83d\ude00 <&> \u007f \" \n","source":"model","events":["*"],`+targets+`,`+
		`{"name":"two","enabled":false,"source":"model","events":["*"],`+targets+`]}`, text)
}

func TestTheJSONFormOfEveryDocumentFits(t *testing.T) {
	for name, text := range map[string]string{
		"full": documenttest.Full, "catalogue": documenttest.Catalogue, "order mark": "\ufeff" + documenttest.Full,
	} {
		t.Run(name+" is one line of printable ASCII that reads the same", func(t *testing.T) {
			document := asJSON(t, text)
			assert.True(t, json.Valid([]byte(document)))
			assert.Equal(t, -1, strings.IndexFunc(document, func(r rune) bool { return r < ' ' || r > '~' }))
			assert.Equal(t, document, asJSON(t, document))
			assert.Equal(t, meanings(parse(t, text)), meanings(parse(t, document)))
			for _, spec := range documenttest.Specs() {
				ws, err := workspace.ParseFor([]byte(document), "w.json", spec)
				require.NoError(t, err)
				assert.Len(t, ws.Rules, len(parse(t, text).Rules))
			}
		})
	}
}

// meanings are what the rules of a document match and send, wherever its receivers
// stand.
func meanings(ws *workspace.Workspace) (list []any) {
	for _, r := range ws.Rules {
		list = append(list, r.Name, r.Enabled, r.OnBus().Patterns(), r.Receivers())
		for _, to := range r.Receivers() {
			list = append(list, r.CarriedFor(to), r.Narrowed(to, nil))
		}
	}
	return list
}

func TestTheJSONFormComesWithTheDocumentsWarnings(t *testing.T) {
	_, warnings, err := yaml.JSON([]byte(rule("{type: dingtalk, webhook: https://example.com/}")), "w.yaml", documenttest.Specs()...)
	require.NoError(t, err)
	require.Len(t, warnings, 1)
	assert.Equal(t, workspace.KindSecret, warnings[0].Kind)
}

func TestThereIsNoJSONFormOf(t *testing.T) {
	// Each alias is two characters in YAML and stands for 200.
	list := "[&a " + strings.Repeat("x", 200) + strings.Repeat(", *a", 8_000) + "]"
	for name, c := range map[string]struct{ text, want string }{
		"a document that is wrong":        {rule("{type: dingtalk, webhok: env:A}"), `w.yaml:6:30: rules[0].targets[0]: unknown key "webhok"`},
		"a document that is no YAML":      {"a: [", "not YAML"},
		"an empty document":               {"", "the document is empty"},
		"one that aliases make too large": {rule("{type: http, url: env:A, extra: "+list+"}", "source: model"), "w.yaml:1:1: the JSON form has more than the 1048576 bytes that are read"},
	} {
		t.Run(name, func(t *testing.T) {
			document, _, err := yaml.JSON([]byte(c.text), "w.yaml", documenttest.Specs()...)
			assert.Nil(t, document)
			assert.ErrorContains(t, err, c.want)
			var findings workspace.Findings
			assert.ErrorAs(t, err, &findings)
		})
	}
}
