package bustest

import (
	"fmt"
	"slices"

	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func rulesReadBack(t T, f Fixture) {
	b := made(t, f)
	want := []bus.Rule{
		{Name: "all-of-a-source", Pattern: `{"source":["acs.paidlc"]}`, Enabled: true},
		{Name: "job-died", Description: `GPU 任务失败 "now" <b> $x [pai-notify:llm_lab]`, Pattern: pattern, Enabled: true},
		{Name: "job-died--2", Description: "a sibling [pai-notify:llm_lab]", Pattern: `{"type":["a:b:c",{"prefix":"paidlc:"}],"data":{"Status":[{"anything-but":["Succeeded","Stopped"]}],"Name":[{"suffix":"-夜班"}],"Deep":{"er":[{"exists":true}],"n":[{"numeric":[">",1.5,"<=",8]}]}}}`, Enabled: false},
		{Name: "quotes", Description: "off", Pattern: `{"subject":["say \"hi\" \\ <b> & ${x} 中文"]}`, Enabled: false},
	}
	for _, i := range []int{2, 0, 3, 1} {
		require.NoError(t, b.CreateRule(ctx, busName, want[i]))
	}
	for _, r := range want {
		got, err := b.GetRule(ctx, busName, r.Name)
		require.NoError(t, err)
		sameRule(t, r, got)
	}
	list, err := b.ListRules(ctx, busName)
	require.NoError(t, err)
	require.Len(t, list, len(want))
	for i, r := range want {
		sameRule(t, r, list[i])
	}
	targets, err := b.ListTargets(ctx, busName, []string{"job-died", "quotes"})
	require.NoError(t, err)
	assert.Empty(t, targets["job-died"], "targets of a new rule")
}

func secondRuleIsRefused(t T, f Fixture) {
	b := made(t, f)
	first := bus.Rule{Name: "job-died", Description: "first", Pattern: pattern, Enabled: true}
	require.NoError(t, b.CreateRule(ctx, busName, first))
	err := b.CreateRule(ctx, busName, bus.Rule{Name: "job-died", Description: "second", Pattern: `{"source":["acs.paidsw"]}`})
	fails(t, f, err, bus.Exists, "a second rule")
	got, err := b.GetRule(ctx, busName, "job-died")
	require.NoError(t, err)
	sameRule(t, first, got)
}

func missingRuleIsNotFound(t T, f Fixture) {
	b := made(t, f)
	for about, err := range map[string]error{
		"GetRule":       func() error { _, err := b.GetRule(ctx, busName, "none"); return err }(),
		"UpdateRule":    b.UpdateRule(ctx, busName, bus.Rule{Name: "none", Pattern: pattern}),
		"EnableRule":    b.EnableRule(ctx, busName, "none"),
		"DisableRule":   b.DisableRule(ctx, busName, "none"),
		"DeleteRule":    b.DeleteRule(ctx, busName, "none"),
		"UpdateTargets": b.UpdateTargets(ctx, busName, "none", []bus.Target{sample("a")}),
	} {
		fails(t, f, err, bus.NotFound, about)
	}
	list, err := b.ListRules(ctx, busName)
	require.NoError(t, err)
	assert.Empty(t, list, "a call on a missing rule made one")
}

func updateLeavesTargets(t T, f Fixture) {
	b := ruled(t, f, "job-died")
	require.NoError(t, b.UpdateTargets(ctx, busName, "job-died", []bus.Target{sample("a"), sample("b")}))
	for _, r := range []bus.Rule{
		{Name: "job-died", Description: "new 说明", Pattern: `{"source":["acs.paidsw"]}`, Enabled: false},
		{Name: "job-died", Pattern: pattern, Enabled: true},
	} {
		require.NoError(t, b.UpdateRule(ctx, busName, r))
		got, err := b.GetRule(ctx, busName, "job-died")
		require.NoError(t, err)
		sameRule(t, r, got)
		targets, err := b.ListTargets(ctx, busName, []string{"job-died"})
		require.NoError(t, err)
		sameTargets(t, []bus.Target{sample("a"), sample("b")}, targets["job-died"], "targets after an update")
	}
}

func stateChangesAlone(t T, f Fixture) {
	b := ruled(t, f, "job-died", "other")
	want := bus.Rule{Name: "job-died", Description: "stays", Pattern: pattern, Enabled: true}
	require.NoError(t, b.UpdateRule(ctx, busName, want))
	require.NoError(t, b.UpdateTargets(ctx, busName, "job-died", []bus.Target{sample("a")}))
	for _, enabled := range []bool{false, false, true, true} {
		change := b.DisableRule
		if enabled {
			change = b.EnableRule
		}
		require.NoError(t, change(ctx, busName, "job-died"))
		want.Enabled = enabled
		got, err := b.GetRule(ctx, busName, "job-died")
		require.NoError(t, err)
		sameRule(t, want, got)
		other, err := b.GetRule(ctx, busName, "other")
		require.NoError(t, err)
		assert.True(t, other.Enabled, "another rule's state")
		targets, err := b.ListTargets(ctx, busName, []string{"job-died"})
		require.NoError(t, err)
		sameTargets(t, []bus.Target{sample("a")}, targets["job-died"], "targets after a change of state")
	}
}

func deletedRuleTakesTargets(t T, f Fixture) {
	b := ruled(t, f, "job-died", "other")
	for _, rule := range []string{"job-died", "other"} {
		require.NoError(t, b.UpdateTargets(ctx, busName, rule, []bus.Target{sample("a"), sample("b")}))
	}
	require.NoError(t, b.DeleteRule(ctx, busName, "job-died"))
	list, err := b.ListRules(ctx, busName)
	require.NoError(t, err)
	assert.Equal(t, []string{"other"}, names(list))
	require.NoError(t, b.CreateRule(ctx, busName, bus.Rule{Name: "job-died", Pattern: pattern, Enabled: true}))
	targets, err := b.ListTargets(ctx, busName, []string{"job-died", "other"})
	require.NoError(t, err)
	assert.Empty(t, targets["job-died"], "targets of a rule made anew")
	assert.Len(t, targets["other"], 2, "targets of another rule")
}

func badPatternIsInvalid(t T, f Fixture) {
	b := ruled(t, f, "job-died")
	for _, bad := range []string{"", "{", `{"source":"acs.paidlc"}`, `{"source":[]}`, `{"data":{"Status":[{"no-such-operator":"x"}]}}`} {
		fails(t, f, b.CreateRule(ctx, busName, bus.Rule{Name: "bad", Pattern: bad, Enabled: true}), bus.Invalid, "CreateRule with "+bad)
		fails(t, f, b.UpdateRule(ctx, busName, bus.Rule{Name: "job-died", Pattern: bad, Enabled: true}), bus.Invalid, "UpdateRule with "+bad)
	}
	list, err := b.ListRules(ctx, busName)
	require.NoError(t, err)
	assert.Equal(t, []string{"job-died"}, names(list))
}

func manyRulesAreListed(t T, f Fixture) {
	n := 207 // answers hold 100 rules on both clouds
	if most := f.Bus.Limits().RulesPerBus; most > 0 {
		n = min(n, most)
	}
	var want []string
	for i := range n {
		want = append(want, fmt.Sprintf("rule-%03d", i))
	}
	b := ruled(t, f, want...)
	list, err := b.ListRules(ctx, busName)
	require.NoError(t, err)
	assert.Equal(t, want, names(list))
	assert.True(t, slices.IsSorted(names(list)))

	last := want[n-1]
	require.NoError(t, b.UpdateTargets(ctx, busName, want[0], []bus.Target{sample("first")}))
	require.NoError(t, b.UpdateTargets(ctx, busName, last, []bus.Target{sample("last")}))
	targets, err := b.ListTargets(ctx, busName, want)
	require.NoError(t, err)
	sameTargets(t, []bus.Target{sample("first")}, targets[want[0]], "targets of the first rule")
	sameTargets(t, []bus.Target{sample("last")}, targets[last], "targets of the last rule")
	for rule, list := range targets {
		if rule != want[0] && rule != last {
			assert.Empty(t, list, rule)
		}
	}
}
