package event_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/event"
)

func TestFactsAreWrittenAsShortAsTheyCanBe(t *testing.T) {
	for want, f := range map[string]event.Fact{
		`"reason"`:                         {Key: "reason"},
		`{"path":"Pods.0.PodId"}`:          {Path: "Pods.0.PodId"},
		`{"key":"user","label":"Who"}`:     {Key: "user", Label: event.Label{EN: "Who", ZH: "Who", JA: "Who"}},
		`{"path":"A","label":{"zh":"谁"}}`:  {Path: "A", Label: event.Label{ZH: "谁"}},
		`{"path":"A","label":{"en":"\""}}`: {Path: "A", Label: event.Label{EN: `"`}},
	} {
		text, err := json.Marshal(f)
		require.NoError(t, err)
		assert.Equal(t, want, string(text))
		var again event.Fact
		require.NoError(t, json.Unmarshal(text, &again))
		assert.Equal(t, f, again)
	}
}

// Escaped, each sign would be six of the characters that a wrapper may have.
func TestFactsKeepSignsOfHTMLAsTheyAre(t *testing.T) {
	for want, f := range map[string]event.Fact{
		`"<&>"`:                             {Key: "<&>"},
		`{"path":"<&>","label":"<b>"}`:      {Path: "<&>", Label: event.Label{EN: "<b>", ZH: "<b>", JA: "<b>"}},
		`{"path":"A","label":{"ja":"a&b"}}`: {Path: "A", Label: event.Label{JA: "a&b"}},
	} {
		text, err := f.MarshalJSON()
		require.NoError(t, err)
		assert.Equal(t, want, string(text))
	}
}

func TestAWrapperCarriesWhatItsRuleShows(t *testing.T) {
	const says = `"description":"For <you>.","title":["name",{"path":"Envs.TEAM"}],"fields":[{"key":"user","label":{"ja":"誰"}}]`
	want := event.Rule{
		Name: "gpu-died", ID: "r1", Description: "For <you>.",
		Title: []event.Fact{{Key: "name"}, {Path: "Envs.TEAM"}}, Fields: []event.Fact{{Key: "user", Label: event.Label{JA: "誰"}}},
	}
	p, err := event.Decode([]byte(strings.Replace(coarse, `"id":"r1"`, `"id":"r1",`+says, 1)))
	require.NoError(t, err)
	assert.Equal(t, want, p.Items[0].Rule)
	p, err = event.Decode([]byte(strings.Replace(list, `"id":"r2"`, `"id":"r1",`+says, 1)))
	require.NoError(t, err)
	two := p.Items[0].List[1].Rule
	assert.Equal(t, want.Description, two.Description)
	assert.Equal(t, want.Title, two.Title)
	assert.Equal(t, want.Fields, two.Fields)
	assert.Empty(t, p.Items[0].List[0].Rule.Fields, "each rule says it for itself")
}

// Functions that were deployed before a rule said what its messages show read the
// members that they know, and no others.
func TestAnEarlierFunctionReadsARuleThatSaysMore(t *testing.T) {
	text, err := json.Marshal(event.Rule{Name: "a", ID: "r", Owner: "lab", OnBus: "b", Description: "x", Title: []event.Fact{{Key: "name"}}, Fields: []event.Fact{{Path: "A", Label: event.Label{EN: "b"}}}})
	require.NoError(t, err)
	var earlier struct {
		Name  string `json:"name"`
		ID    string `json:"id,omitempty"`
		Owner string `json:"owner,omitempty"`
		OnBus string `json:"on_bus,omitempty"`
	}
	require.NoError(t, json.Unmarshal(text, &earlier))
	assert.Equal(t, [...]string{"a", "r", "lab", "b"}, [...]string{earlier.Name, earlier.ID, earlier.Owner, earlier.OnBus})
	text, err = json.Marshal(earlier)
	require.NoError(t, err)
	var now event.Rule
	require.NoError(t, json.Unmarshal(text, &now))
	assert.Equal(t, event.Rule{Name: "a", ID: "r", Owner: "lab", OnBus: "b"}, now)
}

func TestARuleIsReadAsJSONIs(t *testing.T) {
	for text, want := range map[string]event.Rule{
		`"a"`:  {Name: "a"},
		`null`: {},
		`{}`:   {},
		` { "name" : "a" , "ID" : "r" , "other" : [{}] , "owner" : null } `: {Name: "a", ID: "r"},
		`{"name":"\u003ca\u003e","title":[],"fields":null}`:                 {Name: "<a>"},
		`{"name":"a","name":"b","fields":[{"path":"A","zzz":1},"x"]}`:       {Name: "b", Fields: []event.Fact{{Path: "A"}, {Key: "x"}}},
		`{"name":"a","catalogue":{"types":[{"name":"x.y"}]}}`:               {Name: "a", Catalogue: event.Catalogue{Types: []event.Type{{Name: "x.y"}}}},
	} {
		var r event.Rule
		require.NoError(t, json.Unmarshal([]byte(text), &r), text)
		assert.Equal(t, want, r, text)
	}
	for _, text := range []string{
		`5`, `[]`, `true`, `{"name":5}`, `{"id":{}}`, `{"description":["x"]}`, `{"catalogue":5}`, `{"title":"name"}`, `{"fields":{"key":"x"}}`,
		`{"fields":[5]}`, `{"fields":[["x"]]}`, `{"fields":[{"key":5}]}`, `{"fields":[{"path":null}]}`, `{"fields":[{"key":"x","label":5}]}`, `{"fields":[{"key":"x","label":{"en":[]}}]}`,
	} {
		var r event.Rule
		assert.Error(t, json.Unmarshal([]byte(text), &r), text)
	}
}

func TestPathsThatCanLeadNowhereAreRefused(t *testing.T) {
	for _, path := range []string{"A", "A.B", "Pods.0.PodId", "JobSpecs.*.Image", "0", "top-1 accuracy", "环境.团队", "a$b", "A.*.*.B.*.*", strings.Repeat("谁", event.MaxPath)} {
		assert.NoError(t, event.CheckPath(path), path)
	}
	for _, path := range []string{"", ".", "A.", ".A", "A..B", "Pods[0]", "$.A", "A.$", "Job*", "*", "*.A", "**", "A.*.*.*.*.*", " A", "A ", "A. B", "A\nB", "A\u2028B", "\u00a0A", "A\x00", strings.Repeat("谁", event.MaxPath+1)} {
		assert.Error(t, event.CheckPath(path), "%q", path)
	}
}
