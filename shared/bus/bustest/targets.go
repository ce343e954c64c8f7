package bustest

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func targetsReadBack(t T, f Fixture) {
	want := map[string][]bus.Target{}
	var rules []string
	for i, g := range odd() {
		rule := fmt.Sprintf("rule-%d", i/3)
		if i%3 == 0 {
			rules = append(rules, rule)
		}
		want[rule] = append(want[rule], g)
	}
	b := ruled(t, f, append(rules, "without")...)
	for _, rule := range rules {
		require.NoError(t, b.UpdateTargets(ctx, busName, rule, want[rule]))
	}
	got, err := b.ListTargets(ctx, busName, append(rules, "without"))
	require.NoError(t, err)
	for rule, targets := range want {
		inOrder := make([]bus.Target, 0, len(targets))
		for _, id := range sortedIDs(targets) {
			for _, g := range targets {
				if g.ID == id {
					inOrder = append(inOrder, g)
				}
			}
		}
		sameTargets(t, inOrder, got[rule], rule)
	}
	assert.Empty(t, got["without"])

	some, err := b.ListTargets(ctx, busName, rules[:1])
	require.NoError(t, err)
	assert.Len(t, some, 1, "rules that were not asked for")
	none, err := b.ListTargets(ctx, busName, nil)
	require.NoError(t, err)
	assert.Empty(t, none)
}

func sortedIDs(targets []bus.Target) []string {
	list := make([]string, len(targets))
	for i, g := range targets {
		list[i] = g.ID
	}
	return sorted(list)
}

func targetsAreReplaced(t T, f Fixture) {
	b := ruled(t, f, "job-died")
	require.NoError(t, b.UpdateTargets(ctx, busName, "job-died", []bus.Target{sample("b"), sample("a")}))
	other := sample("b")
	other.Function = "pai-notify-lark"
	other.Receiver.Type = "lark"
	other.Receiver.Language = "ja"
	require.NoError(t, b.UpdateTargets(ctx, busName, "job-died", []bus.Target{other, sample("c")}))
	require.NoError(t, b.UpdateTargets(ctx, busName, "job-died", nil), "no targets at all")
	got, err := b.ListTargets(ctx, busName, []string{"job-died"})
	require.NoError(t, err)
	sameTargets(t, []bus.Target{sample("a"), other, sample("c")}, got["job-died"], "after the second update")
	coarse := sample("b")
	coarse.Patterns = oddPatterns()
	forms := []bus.Target{listed("a"), coarse, sample("c")}
	require.NoError(t, b.UpdateTargets(ctx, busName, "job-died", forms), "targets of other forms")
	got, err = b.ListTargets(ctx, busName, []string{"job-died"})
	require.NoError(t, err)
	sameTargets(t, forms, got["job-died"], "after the forms have changed")
}

func targetsAreDeleted(t T, f Fixture) {
	b := ruled(t, f, "job-died", "other")
	for _, rule := range []string{"job-died", "other"} {
		require.NoError(t, b.UpdateTargets(ctx, busName, rule, []bus.Target{sample("a"), sample("b"), sample("c")}))
	}
	require.NoError(t, b.DeleteTargets(ctx, busName, "job-died", []string{"a", "none", "c"}))
	require.NoError(t, b.DeleteTargets(ctx, busName, "job-died", []string{"a", "none"}), "targets that are not there")
	require.NoError(t, b.DeleteTargets(ctx, busName, "job-died", nil), "no ids at all")
	got, err := b.ListTargets(ctx, busName, []string{"job-died", "other"})
	require.NoError(t, err)
	sameTargets(t, []bus.Target{sample("b")}, got["job-died"], "what was not deleted")
	assert.Len(t, got["other"], 3, "targets of another rule")
}

func foreignIsRead(t T, f Fixture) {
	b := ruled(t, f, "job-died")
	require.NoError(t, b.UpdateTargets(ctx, busName, "job-died", []bus.Target{sample("ours")}))
	rule, id := f.Foreign(t, busName)
	list, err := b.ListRules(ctx, busName)
	require.NoError(t, err)
	assert.Equal(t, sorted([]string{"job-died", rule}), names(list))
	got, err := b.GetRule(ctx, busName, rule)
	require.NoError(t, err)
	assert.Equal(t, rule, got.Name)
	targets, err := b.ListTargets(ctx, busName, []string{"job-died", rule})
	require.NoError(t, err)
	require.Len(t, targets[rule], 1)
	assert.Equal(t, id, targets[rule][0].ID)
	assert.NotEmpty(t, targets[rule][0].Altered, "a target that this project would not have written")
	sameTargets(t, []bus.Target{sample("ours")}, targets["job-died"], "our own target beside it")
}

// limitsAreTaken writes as much as the limits say that the service takes.
func limitsAreTaken(t T, f Fixture) {
	b := f.Bus
	l := b.Limits()
	long := func(n int) string { return "x" + strings.Repeat("y", max(min(n, 1000)-1, 1)) }
	name := long(l.BusName)
	require.NoError(t, b.CreateEventBus(ctx, bus.EventBus{Name: name}))
	r := bus.Rule{Name: long(l.RuleName), Description: strings.Repeat("夜", min(l.Description, 1000)), Pattern: pattern, Enabled: true}
	if l.Pattern > 0 {
		written, err := l.PatternOf(pattern)
		require.NoError(t, err)
		room := min(l.Pattern, 20000) - utf8.RuneCountInString(written)
		require.Positive(t, room)
		r.Pattern = strings.Replace(pattern, `"Failed"`, `"Failed`+strings.Repeat("d", room)+`"`, 1)
		written, err = l.PatternOf(r.Pattern)
		require.NoError(t, err)
		assert.Equal(t, min(l.Pattern, 20000), utf8.RuneCountInString(written))
	}
	require.NoError(t, b.CreateRule(ctx, name, r))
	got, err := b.GetRule(ctx, name, r.Name)
	require.NoError(t, err)
	sameRule(t, r, got)

	most := l.TargetsPerRule
	if most == 0 {
		most = 7
	}
	var want []bus.Target
	for i := range most {
		g := sample(fmt.Sprintf("%s%03d", strings.Repeat("t", 61), i))
		if l.Wrapper > 0 {
			written, err := l.WrapperOf(g)
			require.NoError(t, err)
			g.Receiver.Name += strings.Repeat("n", l.Wrapper-utf8.RuneCountInString(written))
			written, err = l.WrapperOf(g)
			require.NoError(t, err)
			assert.Equal(t, l.Wrapper, utf8.RuneCountInString(written))
		}
		want = append(want, g)
	}
	require.NoError(t, b.UpdateTargets(ctx, name, r.Name, want))
	targets, err := b.ListTargets(ctx, name, []string{r.Name})
	require.NoError(t, err)
	sameTargets(t, want, targets[r.Name], "as many targets as a rule takes")
}
