package workspace_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/workspace"
	"github.com/pai-notify/pai-notify/shared/workspace/internal/documenttest"
)

// showing is a document whose rule has these keys besides what it needs.
func showing(keys ...string) string { return rule("{type: dingtalk, webhook: env:A}", keys...) }

func TestARuleChoosesItsTitleAndFields(t *testing.T) {
	all := func(text string) event.Label { return event.Label{EN: text, ZH: text, JA: text} }
	for name, c := range map[string]struct {
		keys          []string
		title, fields []event.Fact
	}{
		"neither":          {nil, nil, nil},
		"a single key":     {[]string{"title: name", "fields: reason"}, []event.Fact{{Key: "name"}}, []event.Fact{{Key: "reason"}}},
		"a single path":    {[]string{"title: {path: Envs.TEAM}"}, []event.Fact{{Path: "Envs.TEAM"}}, nil},
		"several":          {[]string{"title: [name, {path: Envs.TEAM}, {key: id}]"}, []event.Fact{{Key: "name"}, {Path: "Envs.TEAM"}, {Key: "id"}}, nil},
		"a label for all":  {[]string{`fields: [{path: "JobSpecs.*.Image", label: Image}]`}, nil, []event.Fact{{Path: "JobSpecs.*.Image", Label: all("Image")}}},
		"a label for each": {[]string{"fields: [{key: user, label: {en: Who, zh: 谁}}, reason]"}, nil, []event.Fact{{Key: "user", Label: event.Label{EN: "Who", ZH: "谁"}}, {Key: "reason"}}},
		"a long label":     {[]string{"fields: [{key: user, label: " + strings.Repeat("谁", 60) + "}]"}, nil, []event.Fact{{Key: "user", Label: all(strings.Repeat("谁", 60))}}},
		"a family in one":  {[]string{"fields: [{key: user, label: '👩‍💻 {x} <b>'}]"}, nil, []event.Fact{{Key: "user", Label: all("👩‍💻 {x} <b>")}}},
		"an index":         {[]string{"fields: [{path: Pods.0.PodId}]"}, nil, []event.Fact{{Path: "Pods.0.PodId"}}},
		"the time alone":   {[]string{"fields: time"}, nil, []event.Fact{{Key: "time"}}},
		"a path twice with two labels, in title and fields": {
			[]string{"title: {path: A.B}", "fields: {path: A.B, label: x}"}, []event.Fact{{Path: "A.B"}}, []event.Fact{{Path: "A.B", Label: all("x")}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := parse(t, showing(c.keys...)).Rules[0]
			assert.Equal(t, c.title, r.Title)
			assert.Equal(t, c.fields, r.Fields)
			assert.Equal(t, event.Rule{Name: "ab", Title: c.title, Fields: c.fields}, r.Carried())
		})
	}
}

func TestWhatARuleCarriesIsWhatItsDocumentSays(t *testing.T) {
	r := parse(t, documenttest.Full).Rules[0]
	carried := r.Carried()
	carried.Policy = nil // see timing_test.go
	assert.Equal(t, event.Rule{
		Name: "gpu-job-died", Description: "Someone has to look at these.",
		Title: []event.Fact{{Key: "name"}, {Path: "Envs.TEAM"}},
		Fields: []event.Fact{
			{Key: "reason"}, {Key: "user", Label: event.Label{EN: "Who", ZH: "谁", JA: "誰"}},
			{Path: "JobSpecs.*.Image", Label: event.Label{EN: "Image", ZH: "Image", JA: "Image"}},
		},
	}, carried)
}

func TestFieldsOfADocumentsOwnCatalogueAreKnown(t *testing.T) {
	own := "catalogue: {sources: [{name: dlc, fields: [{label: 团队, path: Envs.TEAM}]}]}\n"
	r := parse(t, showing("fields: [团队, reason]")+own).Rules[0]
	assert.Equal(t, []event.Fact{{Key: "团队"}, {Key: "reason"}}, r.Fields)
	refused(t, showing("fields: [团伍]")+own, workspace.KindUnknown, `there is no field "团伍" of "dlc": known are 团队, `)
	refused(t, showing("source: flow", "fields: [团队]")+own, workspace.KindUnknown, `there is no field "团队" of "flow": known are reason, name, status, duration`)
}

func TestATitleOrFieldsThatCannotBeShownAreRefused(t *testing.T) {
	keys := func(n int) string {
		var list []string
		for i := range n {
			list = append(list, fmt.Sprintf("{path: A.%d}", i))
		}
		return "[" + strings.Join(list, ", ") + "]"
	}
	for name, c := range map[string]struct {
		key  string
		kind workspace.Kind
		want string
	}{
		"an unknown key, with the one meant": {
			"fields: [reasn]", workspace.KindUnknown, `w.yaml:5:12: rules[0].fields[0]: there is no field "reasn" of "dlc": did you mean "reason"?; for any other value of the event's data write {path: Its.Path}`,
		},
		"an unknown key, with those known": {
			"fields: [reason, {key: zzzzzzz}]", workspace.KindUnknown, `rules[0].fields[1]: there is no field "zzzzzzz" of "dlc": known are reason, name, status, sub_status, reason_code, failed_workers, duration`,
		},
		"an unknown key in a title alone":      {"title: nam", workspace.KindUnknown, `w.yaml:5:10: rules[0].title[0]: there is no field "nam" of "dlc": did you mean "name"?`},
		"a template":                           {`title: "{{ .Name }} failed"`, workspace.KindUnknown, "rules[0].title[0]: there is no field <not shown> of"},
		"a key that is a number":               {"fields: [5]", workspace.KindShape, "rules[0].fields[0]: must be a text, not a number: put it in quotes"},
		"an unknown member":                    {"fields: [{key: reason, lable: x}]", workspace.KindShape, `rules[0].fields[0]: unknown key "lable": did you mean "label"?`},
		"a label in a title":                   {"title: [{key: name, label: x}]", workspace.KindShape, `rules[0].title[0]: unknown key "label": known are key, path`},
		"both a key and a path":                {"fields: [{key: reason, path: A.B}]", workspace.KindShape, "w.yaml:5:12: rules[0].fields[0]: has both a key and a path: keep one of them"},
		"neither a key nor a path":             {"fields: [{label: x}]", workspace.KindShape, "rules[0].fields[0]: has neither a key nor a path: write a key such as reason, or {path: JobSpecs.*.Image}"},
		"a path with an empty name":            {"fields: [{path: A..B}]", workspace.KindShape, "w.yaml:5:19: rules[0].fields[0].path: must be names inside the event's data joined by dots, such as JobSpecs.*.Image, where a number is the place in a list and * all of it, at most 200 characters"},
		"a path that begins with all":          {"fields: [{path: '*.PodId'}]", workspace.KindShape, "fields[0].path: must be names"},
		"a path with brackets":                 {"fields: [{path: 'Pods[0].PodId'}]", workspace.KindShape, "fields[0].path: must be names"},
		"a path of another notation":           {"fields: [{path: $.Pods}]", workspace.KindShape, "fields[0].path: must be names"},
		"a path with a part of a name open":    {"fields: [{path: Job*}]", workspace.KindShape, "fields[0].path: must be names"},
		"a path too long":                      {"title: {path: " + strings.Repeat("a.", 100) + "a}", workspace.KindShape, "title[0].path: must be names"},
		"an empty path":                        {"title: {path: ''}", workspace.KindShape, "title[0].path: is an empty text"},
		"a path to the environment":            {"fields: [{path: 'env:TEAM'}]", workspace.KindReference, "rules[0].fields[0].path: looks like a reference"},
		"an empty label":                       {"fields: [{key: reason, label: ''}]", workspace.KindShape, "rules[0].fields[0].label: is an empty text"},
		"a label of no language":               {"fields: [{key: reason, label: {}}]", workspace.KindShape, "rules[0].fields[0].label: has no text: write one for all languages, or {en: …, zh: …, ja: …}"},
		"a label of an unknown language":       {"fields: [{key: reason, label: {cn: x}}]", workspace.KindShape, `rules[0].fields[0].label: unknown key "cn": did you mean "en"?`},
		"a label too long":                     {"fields: [{key: reason, label: {ja: " + strings.Repeat("あ", 61) + "}}]", workspace.KindShape, "rules[0].fields[0].label.ja: must be a label on one line, without blanks around it, at most 60 characters"},
		"a label on two lines":                 {`fields: [{key: reason, label: "a\nb"}]`, workspace.KindShape, "fields[0].label: must be a label on one line"},
		"a label on two lines of another kind": {`fields: [{key: reason, label: "a\u2028b"}]`, workspace.KindShape, "fields[0].label: must be a label on one line"},
		"a label with a control character":     {`fields: [{key: reason, label: "a\u001bb"}]`, workspace.KindShape, "fields[0].label: must be a label on one line"},
		"a label with a blank around it":       {"fields: [{key: reason, label: ' a'}]", workspace.KindShape, "fields[0].label: must be a label on one line"},
		"a label that looks like a reference":  {"fields: [{key: reason, label: '${WHO}'}]", workspace.KindReference, "rules[0].fields[0].label: "},
		"a label that is a list":               {"fields: [{key: reason, label: [x]}]", workspace.KindShape, "rules[0].fields[0].label: must be a text, not a list"},
		"a key twice":                          {"fields: [reason, {key: reason, label: x}]", workspace.KindDuplicate, "w.yaml:5:20: rules[0].fields[1]: is the same as entry 1 of the list: keep one"},
		"a path twice":                         {"title: [{path: A}, {path: A}]", workspace.KindDuplicate, "rules[0].title[1]: is the same as entry 1 of the list: keep one"},
		"too many fields":                      {"fields: " + keys(21), workspace.KindShape, "rules[0].fields: has 21 entries, and a message shows at most 20: leave some out"},
		"too many in a title":                  {"title: " + keys(5), workspace.KindShape, "rules[0].title: has 5 entries, and a message shows at most 4: leave some out"},
		"an empty list":                        {"fields: []", workspace.KindShape, "rules[0].fields: is an empty list: give it an entry, or leave the key out"},
		"no value":                             {"title:", workspace.KindShape, "rules[0].title: has no value"},
	} {
		t.Run(name, func(t *testing.T) {
			findings := refused(t, showing(c.key), c.kind, c.want)
			assert.Len(t, findings, 1, "%s", findings)
		})
	}
	parse(t, showing("fields: "+keys(20), "title: "+keys(4)))
}

func TestAPathOfTheCatalogueThatCanLeadNowhereIsRefused(t *testing.T) {
	for member, want := range map[string]string{
		"id: 'Jobs[0]'":                             "catalogue.sources[0].id: a path is names inside the event's data joined by dots",
		"title: $.Name":                             "catalogue.sources[0].title: a path is",
		"workspace: A..B":                           "catalogue.sources[0].workspace: a path is",
		"fields: [{label: x, path: 'A. B'}]":        "catalogue.sources[0].fields[0].path: a path is",
		"created_by: 'Users.*.Id'":                  "catalogue.sources[0].created_by: a scope compares one value: write a path without *",
		"flow: 'A.*'":                               "catalogue.sources[0].flow: a scope compares one value",
		"model: " + strings.Repeat("a.", 100) + "a": "catalogue.sources[0].model: a path has at most 200 characters",
	} {
		t.Run(member, func(t *testing.T) {
			findings := refused(t, showing()+"catalogue: {sources: [{name: dlc, "+member+"}]}\n", workspace.KindCatalogue, want)
			assert.Len(t, findings, 1, "%s", findings)
		})
	}
	w := parse(t, showing()+"catalogue: {sources: [{name: dlc, title: 'JobSpecs.*.Name', fields: [{label: pod, path: Pods.0.PodId}, {label: tag, path: 'a b'}]}]}\n")
	s, ok := w.Catalogue.Source("dlc")
	require.True(t, ok)
	assert.Equal(t, "JobSpecs.*.Name", s.Title)
}
