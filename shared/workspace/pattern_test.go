package workspace_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/event"
	engine "github.com/pai-notify/pai-notify/shared/rule"
	"github.com/pai-notify/pai-notify/shared/workspace"
)

// wanting is a document whose one rule wants these events.
func wanting(source, events, scope, catalogue string) string {
	return fmt.Sprintf("workspace: w\nrules:\n- name: ab\n  source: %s\n  events: %s\n  scope: %s\n  targets: [{type: dingtalk, webhook: env:A}]\n%s", source, events, scope, catalogue)
}

func TestPatternsAreTheUnionOfEventTypesWithinTheScope(t *testing.T) {
	const two = `
catalogue:
  types:
  - {name: dlc.a, pattern: {source: [acs.paidlc], type: [A], data: {Status: [X]}}}
  - {name: dlc.b, pattern: {source: [acs.paidlc], type: [B], data: {Status: [Y]}}}
  - {name: dlc.b-wide, pattern: {source: [acs.paidlc], type: [B]}}
  - {name: dlc.c, pattern: {source: [acs.paidlc], type: [A], data: {Status: [{prefix: Z}, X]}}}
`
	for name, c := range map[string]struct {
		source, events, scope, catalogue string
		want                             []string
	}{
		"one event type is its own pattern": {
			"dlc", "[job-failed]", "workspace", "",
			[]string{`{"source":["acs.paidlc"],"type":["paidlc:JobStateChange:JobFailed"]}`},
		},
		"types that differ in one field become one pattern": {
			"dlc", "[job-timeout, job-failed]", "workspace", "",
			[]string{`{"source":["acs.paidlc"],"type":["paidlc:JobStateChange:JobFailed","paidlc:JobStateChange:JobTimeout"]}`},
		},
		"the whole source is the source's pattern": {
			"dsw", `["*"]`, "workspace", "",
			[]string{`{"source":["acs.paidsw"]}`},
		},
		"a scope is a condition on data": {
			"model", "[version-approved]", `{models: [m-2, m-1], created_by: ["7"]}`, "",
			[]string{`{"data":{"ModelId":["m-1","m-2"],"UserId":["7"]},"source":["acs.paimodel"],"type":["paimodel:VersionStatusChange:VersionApproved"]}`},
		},
		"types that differ in two fields stay apart": {
			"dlc", "[a, b]", `{created_by: ["7"]}`, two,
			[]string{
				`{"data":{"Status":["X"],"UserId":["7"]},"source":["acs.paidlc"],"type":["A"]}`,
				`{"data":{"Status":["Y"],"UserId":["7"]},"source":["acs.paidlc"],"type":["B"]}`,
			},
		},
		"a type within another adds nothing": {
			"dlc", "[b, b-wide]", "workspace", two,
			[]string{`{"source":["acs.paidlc"],"type":["B"]}`},
		},
		"conditions are joined like values": {
			"dlc", "[a, c]", "workspace", two,
			[]string{`{"data":{"Status":["X",{"prefix":"Z"}]},"source":["acs.paidlc"],"type":["A"]}`},
		},
		"more than five values stand in one field": {
			"flow", `[task-failed]`, "{flows: [f1, f2, f3, f4, f5, f6]}", "",
			[]string{
				`{"data":{"PipelineId":["f1","f2","f3","f4","f5","f6"]},"source":["acs.paiflow"],"type":["paiflow:TaskStateChange:TaskFailed"]}`,
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			ws := parse(t, wanting(c.source, c.events, c.scope, c.catalogue))
			assert.Equal(t, c.want, patterns(ws.Rules[0]))
			assert.Empty(t, ws.Warnings)
		})
	}
}

func TestPatternsDoNotDependOnTheOrderOfEventsAndIds(t *testing.T) {
	a := parse(t, wanting("dlc", "[job-failed, job-timeout]", `{created_by: ["1", "2"]}`, ""))
	b := parse(t, wanting("dlc", "[job-timeout, job-failed]", `{created_by: ["2", "1"]}`, ""))
	assert.Equal(t, patterns(a.Rules[0]), patterns(b.Rules[0]))

	const apart = "catalogue:\n  types:\n  - {name: dlc.a, pattern: {type: [A], data: {S: [X]}}}\n  - {name: dlc.b, pattern: {type: [B], data: {S: [Y]}}}\n"
	a = parse(t, wanting("dlc", "[a, b]", "workspace", apart))
	b = parse(t, wanting("dlc", "[b, a]", "workspace", apart))
	assert.Len(t, patterns(a.Rules[0]), 2)
	assert.Equal(t, patterns(a.Rules[0]), patterns(b.Rules[0]))
}

func TestEveryEventTypeMatchesItsRuleAndNoOther(t *testing.T) {
	for _, wanted := range event.Builtin().Types {
		ws := parse(t, wanting(wanted.Source(), "["+wanted.What()+"]", `{created_by: ["2001"]}`, ""))
		for _, sent := range event.Builtin().Types {
			for _, user := range []string{"2001", "2002"} {
				got := 0
				for _, p := range ws.Rules[0].Patterns() {
					require.NoError(t, p.Portable())
					matched, err := p.Match(sample(t, sent, user))
					require.NoError(t, err)
					if matched {
						got++
					}
				}
				want := 0
				if wanted.Name == sent.Name && user == "2001" {
					want = 1
				}
				assert.Equal(t, want, got, "rule for %s, event %s by %s", wanted.Name, sent.Name, user)
			}
		}
	}
}

// sample is an event that the built-in pattern of the type matches: each
// field has the first of the pattern's values.
func sample(t *testing.T, typ event.Type, user string) []byte {
	t.Helper()
	var pattern map[string]any
	require.NoError(t, json.Unmarshal(typ.Pattern, &pattern))
	e := map[string]any{"specversion": "1.0", "id": "1", "data": map[string]any{"UserId": user}}
	for name, values := range pattern {
		list, ok := values.([]any)
		require.True(t, ok, "the catalogue's patterns are flat")
		e[name] = list[0]
	}
	text, err := json.Marshal(e)
	require.NoError(t, err)
	return text
}

func TestAllEventTypesOfASourceTogetherMatchEachOnce(t *testing.T) {
	for _, s := range event.Builtin().Sources {
		var whats []string
		for _, typ := range event.Builtin().TypesOf(s.Name) {
			whats = append(whats, typ.What())
		}
		ws := parse(t, wanting(s.Name, "["+strings.Join(whats, ", ")+"]", "workspace", ""))
		assert.Empty(t, ws.Warnings)
		for _, typ := range event.Builtin().TypesOf(s.Name) {
			got := 0
			for _, p := range ws.Rules[0].Patterns() {
				matched, err := p.Match(sample(t, typ, "1"))
				require.NoError(t, err)
				if matched {
					got++
				}
			}
			assert.Equal(t, 1, got, typ.Name)
		}
	}
}

func TestNoFieldOfASplitPatternHasMoreValuesThanABusTakes(t *testing.T) {
	ws := parse(t, wanting("dlc", "[job-failed, job-timeout, job-queued, job-bidding, job-running, job-succeeded, job-preempted]", `{created_by: ["`+strings.Join(users(23), `", "`)+`"]}`, ""))
	assert.Len(t, ws.Rules[0].Patterns(), 1)
	assert.Equal(t, 23, ws.Rules[0].Widest())
	require.Len(t, ws.Rules[0].Split(), 2*5)
	seen := map[string]bool{}
	for _, text := range ws.Rules[0].Split() {
		var p struct {
			Type []string
			Data struct{ UserId []string }
		}
		require.NoError(t, json.Unmarshal([]byte(text), &p))
		assert.LessOrEqual(t, len(p.Type), 5)
		assert.LessOrEqual(t, len(p.Data.UserId), 5)
		for _, typ := range p.Type {
			for _, id := range p.Data.UserId {
				assert.False(t, seen[typ+id], "an event would match two siblings")
				seen[typ+id] = true
			}
		}
	}
	assert.Len(t, seen, 7*23)
}

func users(n int) []string {
	ids := make([]string, n)
	for i := range ids {
		ids[i] = fmt.Sprintf("%03d", i)
	}
	return ids
}

func TestARuleForManyPeopleIsOnePatternHoweverManyTheyAre(t *testing.T) {
	ws := parse(t, wanting("dlc", "[job-failed, job-timeout]", `{created_by: ["`+strings.Join(users(300), `", "`)+`"]}`, ""))
	assert.Len(t, ws.Rules[0].Patterns(), 1)
	assert.Nil(t, ws.Rules[0].Split(), "60 patterns are more than a bus has rules")
	pattern, ok := workspace.Coarse(ws.Rules[0])
	require.True(t, ok)
	assert.JSONEq(t, `{"source":["acs.paidlc"],"type":["paidlc:JobStateChange:JobFailed","paidlc:JobStateChange:JobTimeout"]}`, pattern)
}

func TestParseRefusesMoreEventTypesThanARuleMayName(t *testing.T) {
	types, whats := make([]string, 251), make([]string, 251)
	for i := range types {
		types[i] = fmt.Sprintf("{name: dlc.t%d, pattern: {type: [t%d]}}", i, i)
		whats[i] = fmt.Sprintf("t%d", i)
	}
	catalogue := "catalogue: {types: [" + strings.Join(types, ", ") + "]}\n"
	assert.Len(t, parse(t, wanting("dlc", "["+strings.Join(whats[:250], ", ")+"]", "workspace", catalogue)).Rules[0].Split(), 50)
	refused(t, wanting("dlc", "["+strings.Join(whats, ", ")+"]", "workspace", catalogue), workspace.KindQuota, "rules[0].events: 251 event types")
}

func TestACoarsePatternMatchesWhateverItsRulesDo(t *testing.T) {
	const odd = `
catalogue:
  types:
  - {name: dlc.a, pattern: {type: [A], data: {Status: [{prefix: X}]}}}
  - {name: dlc.b, pattern: {type: [{prefix: B}], data: {Reason: [Y, {exists: false}]}}}
`
	r := rand.New(rand.NewPCG(1, 13))
	whats := []string{"a", "b", "job-failed", "job-timeout", "job-queued", "job-bidding", "job-running", "job-succeeded", "job-preempted"}
	pick := func(from []string, most int) string {
		list := make([]string, 0, most)
		for _, i := range r.Perm(len(from))[:1+r.IntN(most)] {
			list = append(list, `"`+from[i]+`"`)
		}
		return strings.Join(list, ", ")
	}
	var samples [][]byte
	for range 400 {
		e := map[string]any{"source": []string{"acs.paidlc", "other"}[r.IntN(8)/7], "id": "1", "type": []string{"A", "B", "B2", "paidlc:JobStateChange:JobFailed", "paidlc:JobStateChange:JobTimeout", "paidlc:JobStateChange:JobRunning"}[r.IntN(6)]}
		data := map[string]any{"UserId": users(40)[r.IntN(40)]}
		if r.IntN(2) == 0 {
			data["Status"] = []string{"X1", "Z"}[r.IntN(2)]
		}
		if r.IntN(2) == 0 {
			data["Reason"] = []string{"Y", "Z"}[r.IntN(2)]
		}
		e["data"] = data
		text, err := json.Marshal(e)
		require.NoError(t, err)
		samples = append(samples, text)
	}
	// matched tells of each sample whether one of the patterns matches it.
	matched := func(patterns ...string) []bool {
		told := make([]bool, len(samples))
		for _, text := range patterns {
			p, err := engine.Compile(engine.Alibaba, []byte(text))
			require.NoError(t, err)
			for i, e := range samples {
				ok, err := p.Match(e)
				require.NoError(t, err)
				told[i] = told[i] || ok
			}
		}
		return told
	}
	hits := 0
	for range 40 {
		var rules []workspace.Rule
		for range 1 + r.IntN(3) {
			scope := "workspace"
			if r.IntN(3) > 0 {
				scope = `{created_by: [` + pick(users(40), 30) + `]}`
			}
			rules = append(rules, parse(t, wanting("dlc", "["+pick(whats, len(whats))+"]", scope, odd)).Rules[0])
		}
		pattern, ok := workspace.Coarse(rules...)
		if !ok {
			continue // too many types of too many people
		}
		broad := matched(pattern)
		for _, one := range rules {
			exact := matched(patterns(one)...)
			assert.Equal(t, exact, matched(one.Split()...), "%s is split wrongly", patterns(one))
			for i, is := range exact {
				assert.True(t, !is || broad[i], "%s leaves out %s of %v", pattern, samples[i], patterns(one))
				if is {
					hits++
				}
			}
		}
	}
	assert.Greater(t, hits, 300, "the events are those of the rules")
}

func TestParseWarnsOfEventTypesThatMayOverlap(t *testing.T) {
	ws := parse(t, wanting("dlc", "[a, b]", "workspace", `
catalogue:
  types:
  - {name: dlc.a, pattern: {source: [acs.paidlc], data: {Status: [X]}}}
  - {name: dlc.b, pattern: {source: [acs.paidlc], data: {Reason: [Y]}}}
`))
	require.Len(t, ws.Warnings, 1)
	assert.Equal(t, workspace.KindOverlap, ws.Warnings[0].Kind)
	assert.Equal(t, "rules[0].events", ws.Warnings[0].Path)
}

func TestParseRefusesCatalogueEntriesThatCannotBeUsed(t *testing.T) {
	for name, c := range map[string]struct {
		entry, want string
		kind        workspace.Kind
	}{
		"a pattern that is no object":     {"types: [{name: dlc.x, pattern: 5}]", "catalogue.types[0].pattern: ", workspace.KindCatalogue},
		"a pattern without a list":        {"types: [{name: dlc.x, pattern: {source: acs.paidlc}}]", "catalogue.types[0].pattern: ", workspace.KindCatalogue},
		"a source's pattern":              {"sources: [{name: dlc, pattern: {type: x}}]", "catalogue.sources[0].pattern: ", workspace.KindCatalogue},
		"a new type without a pattern":    {"types: [{name: dlc.x}]", `catalogue.types[0]: event type "dlc.x" is new and needs a pattern`, workspace.KindCatalogue},
		"a type of no source":             {"types: [{name: eas.x, pattern: {source: [a]}}]", `there is no source "eas"`, workspace.KindCatalogue},
		"an entry given twice":            {"types: [{name: dlc.job-failed, severity: info}, {name: dlc.job-failed}]", "catalogue.types[1].name: ", workspace.KindDuplicate},
		"an entry without a name":         {"types: [{severity: info}]", `catalogue.types[0]: key "name" is missing`, workspace.KindShape},
		"a severity that does not exist":  {"types: [{name: dlc.job-failed, severity: fatal}]", "must be one of info, success, warning, critical", workspace.KindShape},
		"a pattern that takes the scope":  {"types: [{name: dlc.job-failed, pattern: {source: [a], data: {UserId: ['1']}}}]", "rules[0].scope: the pattern of these events already has a condition on data.UserId", workspace.KindScope},
		"a pattern above the scope":       {"types: [{name: dlc.job-failed, pattern: {source: [a], data: {UserId: {Id: ['1']}}}}]", "rules[0].scope: the pattern of these events already has a condition on data.UserId", workspace.KindScope},
		"a member that sources have not":  {"sources: [{name: dlc, titel: x}]", `unknown key "titel": did you mean "title"?`, workspace.KindShape},
		"a dotted source name":            {"sources: [{name: a.b, pattern: {source: [a]}}]", "catalogue.sources[0]: ", workspace.KindCatalogue},
		"a field list that is half there": {"sources: [{name: dlc, fields: [{label: x}]}]", `key "path" is missing`, workspace.KindShape},
	} {
		t.Run(name+" is refused", func(t *testing.T) {
			refused(t, wanting("dlc", "[job-failed]", "{created_by: ['1']}", "catalogue: {"+c.entry+"}\n"), c.kind, c.want)
		})
	}
}

func TestChangedSourcesGiveTheirOwnScope(t *testing.T) {
	ws := parse(t, wanting("dlc", "['*']", "{flows: [f]}", "catalogue: {sources: [{name: dlc, flow: Origin.FlowId}]}\n"))
	assert.Equal(t, []string{`{"data":{"Origin":{"FlowId":["f"]}},"source":["acs.paidlc"]}`}, patterns(ws.Rules[0]))
}
