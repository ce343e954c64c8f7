package provision_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/bus/bustest"
	"github.com/pai-notify/pai-notify/shared/provision"
	"github.com/pai-notify/pai-notify/shared/rule"
	"github.com/pai-notify/pai-notify/shared/workspace"
)

func TestWhateverStandsThereASecondPlanIsEmpty(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 40 {
		m := bustest.NewMemory()
		for range 3 {
			w := random(t, r)
			require.NoError(t, apply(t.Context(), m, w, provision.Options{}))
			settled(t, m, w, provision.Options{})
			holds(t, m, w)
		}
	}
}

// holds asserts that each event of a document's rules reaches each of their
// targets exactly once, and nobody else.
func holds(t *testing.T, m *bustest.Memory, w *workspace.Workspace) {
	t.Helper()
	want := map[string]int{}
	for pair := range toldBy(w) {
		want[pair] = 1
	}
	assert.Equal(t, want, told(m))
}

func TestNoEventIsLostBetweenTwoDocuments(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 25 {
		m := bustest.NewMemory()
		before, after := random(t, r), random(t, r)
		require.NoError(t, apply(t.Context(), m, before, provision.Options{}))
		both := toldByBoth(before, after)
		m.Watch = func() {
			now := told(m)
			for _, pair := range both {
				assert.Positive(t, now[pair], "nobody tells %s", pair)
			}
		}
		require.NoError(t, apply(t.Context(), m, after, provision.Options{}))
	}
}

// probes are events of every kind that the random documents tell apart.
var probes = func() []string {
	var list []string
	for id := range 14 {
		for _, status := range []string{"JobFailed", "JobTimeout", "JobRunning"} {
			list = append(list, fmt.Sprintf(`{"source":"acs.paidlc","type":"paidlc:JobStateChange:%s","id":"e","data":{"UserId":"20%02d"}}`, status, id))
		}
	}
	return list
}()

// told returns how often who is told what: "<probe> <rule> <receiver>".
func told(m *bustest.Memory) map[string]int {
	set := map[string]int{}
	for key, is := range m.Rules {
		if !is.Enabled {
			continue
		}
		for _, target := range m.Targets[key] {
			for _, c := range target.Carries() {
				for i := range probes {
					if !matches(is.Pattern, i) || len(c.Patterns) > 0 && !slices.ContainsFunc(c.Patterns, func(p string) bool { return matches(p, i) }) {
						continue
					}
					for _, r := range c.Receivers {
						set[fmt.Sprint(i, " ", c.Rule.Name, " ", r.Name)]++
					}
				}
			}
		}
	}
	return set
}

var (
	matchesOnce sync.Mutex
	matched     = map[string][]bool{}
)

func matches(pattern string, probe int) bool {
	matchesOnce.Lock()
	defer matchesOnce.Unlock()
	if matched[pattern] == nil {
		p, err := rule.Compile(rule.Alibaba, []byte(pattern))
		if err != nil {
			panic(err)
		}
		for _, e := range probes {
			ok, err := p.Match([]byte(e))
			if err != nil {
				panic(err)
			}
			matched[pattern] = append(matched[pattern], ok)
		}
	}
	return matched[pattern][probe]
}

func toldByBoth(before, after *workspace.Workspace) []string {
	var list []string
	a, b := toldBy(before), toldBy(after)
	for pair := range a {
		if b[pair] {
			list = append(list, pair)
		}
	}
	return list
}

func toldBy(w *workspace.Workspace) map[string]bool {
	set := map[string]bool{}
	for _, r := range w.Rules {
		if !r.Enabled {
			continue
		}
		for _, p := range r.Patterns() {
			for i := range probes {
				if matches(p.String(), i) {
					for _, receiver := range r.Receivers() {
						set[fmt.Sprint(i, " ", r.Name, " ", receiver.Name)] = true
					}
				}
			}
		}
	}
	return set
}

func TestAnApplyThatIsCutAnywhereGoesOn(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for _, phase := range []string{"before", "after"} {
		for range 2 {
			before, after := random(t, r), random(t, r)
			for k := 1; ; k++ {
				m := bustest.NewMemory()
				require.NoError(t, apply(t.Context(), m, before, provision.Options{}))
				p, err := plan(t.Context(), m, after, provision.Options{})
				require.NoError(t, err)
				m.Number = 0
				cut := func(number int, action string) error {
					if number >= k {
						return &bus.Error{Kind: bus.Unavailable, Action: action, Cause: errCut}
					}
					return nil
				}
				if phase == "before" {
					m.Before = cut
				} else {
					m.After = cut
				}
				err = provision.Cloud{Bus: m}.Apply(t.Context(), p, nil)
				m.Before, m.After = nil, nil
				if err == nil {
					break
				}
				var half *provision.Incomplete
				require.ErrorAs(t, err, &half)
				require.ErrorIs(t, err, errCut)
				assert.Equal(t, len(p.Steps), len(half.Done)+len(half.Left))
				require.NoError(t, apply(t.Context(), m, after, provision.Options{}), "%s call %d", phase, k)
				settled(t, m, after, provision.Options{})
				holds(t, m, after)
			}
		}
	}
}

func TestManyMayApplyAtOnce(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	for range 20 {
		m := bustest.NewMemory()
		before, after := random(t, r), random(t, r)
		require.NoError(t, apply(t.Context(), m, before, provision.Options{}))
		var all sync.WaitGroup
		errs := make(chan error, 8)
		for range 8 {
			all.Go(func() { errs <- apply(t.Context(), m, after, provision.Options{}) })
		}
		all.Wait()
		close(errs)
		for err := range errs {
			assert.NoError(t, err)
		}
		settled(t, m, after, provision.Options{})
		holds(t, m, after)
	}
}

func TestANetworkThatDropsHalfOfTheCalls(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 10))
	m := bustest.NewMemory()
	drop := func(_ int, action string) error {
		if r.IntN(4) == 0 {
			kind := []bus.Kind{bus.Unavailable, bus.Throttled}[r.IntN(2)]
			return &bus.Error{Kind: kind, Action: action, Cause: errCut}
		}
		return nil
	}
	m.Before, m.After = drop, drop
	for range 10 {
		w := random(t, r)
		require.NoError(t, apply(t.Context(), bus.WithRetry(m, atOnce), w, provision.Options{}))
		m.Before, m.After = nil, nil
		settled(t, m, w, provision.Options{})
		holds(t, m, w)
		m.Before, m.After = drop, drop
	}
}

func remove(t *testing.T, m *bustest.Memory, o provision.Options) {
	t.Helper()
	have, err := provision.Read(t.Context(), m, busName)
	require.NoError(t, err)
	p, err := provision.Compare(have, provision.Emptied(have, o, m.Limits()))
	require.NoError(t, err)
	require.NoError(t, provision.Cloud{Bus: m}.Apply(t.Context(), p, nil))
}

func TestDriftIsShownAndRepaired(t *testing.T) {
	w := parse(t, ruleOf("died", robots(0, 2)))
	for name, c := range map[string]struct {
		change func(m *bustest.Memory)
		want   provision.Step
	}{
		"a rule that was disabled": {
			func(m *bustest.Memory) { _ = m.DisableRule(context.Background(), busName, "died") },
			provision.Step{Action: provision.Change, Kind: "rule", Rule: "died", Differences: []provision.Difference{{Property: "enabled", Old: "no", New: "yes"}}},
		},
		"a pattern that was edited": {
			func(m *bustest.Memory) {
				r := m.Rules[busName+"/died"]
				r.Pattern = `{"source":["x"]}`
				m.Rules[busName+"/died"] = r
			},
			provision.Step{Action: provision.Change, Kind: "rule", Rule: "died", Differences: []provision.Difference{{Property: "pattern", Old: `{"source":["x"]}`, New: w.Rules[0].Patterns()[0].String()}}},
		},
		"a target of this project that was added": {
			func(m *bustest.Memory) {
				target := m.Targets[busName+"/died"]["robot-01"]
				target.ID, target.Receiver.Name, target.Receiver.Parameters = "by-hand", "by-hand", json.RawMessage(`{"webhook":"env:OTHER"}`)
				_ = m.UpdateTargets(context.Background(), busName, "died", []bus.Target{target})
			},
			provision.Step{Action: provision.Delete, Kind: "target", Rule: "died", Target: "by-hand"},
		},
		"a target whose template somebody broke": {
			func(m *bustest.Memory) {
				m.Targets[busName+"/died"]["robot-01"] = bus.Target{ID: "robot-01", Function: "pai-notify-dingtalk", Altered: "a Body that is not this project's"}
			},
			provision.Step{Action: provision.Change, Kind: "target", Rule: "died", Target: "robot-01", Differences: []provision.Difference{{Property: "target", Old: "a Body that is not this project's", New: "as this document has it"}}},
		},
		"a mark that was lost": {
			func(m *bustest.Memory) { describe(m, "died", "checked by ops, May") },
			provision.Step{Action: provision.Change, Kind: "rule", Rule: "died", Differences: []provision.Difference{{Property: "description", Old: "checked by ops, May"}, {Property: "owner", New: "lab"}}},
		},
		"a mark with a text behind it": {
			func(m *bustest.Memory) { describe(m, "died", "[pai-notify:lab] (checked)") },
			provision.Step{Action: provision.Change, Kind: "rule", Rule: "died", Differences: []provision.Difference{{Property: "description", Old: "(checked)"}}},
		},
		"a mark that names somebody else": {
			func(m *bustest.Memory) { describe(m, "died", "[pai-notify:team-b]") },
			provision.Step{Action: provision.Change, Kind: "rule", Rule: "died", Differences: []provision.Difference{{Property: "owner", Old: "team-b", New: "lab"}}},
		},
		"a target that was taken away": {
			func(m *bustest.Memory) {
				_ = m.DeleteTargets(context.Background(), busName, "died", []string{"robot-01"})
			},
			provision.Step{Action: provision.Create, Kind: "target", Rule: "died", Target: "robot-01", Differences: []provision.Difference{{Property: "function", New: "pai-notify-dingtalk"}, {Property: "receiver", New: "dingtalk/robot-01"}}},
		},
		"a target that was altered": {
			func(m *bustest.Memory) {
				target := m.Targets[busName+"/died"]["robot-01"]
				target.Altered = "another retry strategy"
				m.Targets[busName+"/died"]["robot-01"] = target
			},
			provision.Step{Action: provision.Change, Kind: "target", Rule: "died", Target: "robot-01", Differences: []provision.Difference{{Property: "target", Old: "another retry strategy", New: "as this document has it"}}},
		},
		"a key that was pasted": {
			func(m *bustest.Memory) {
				target := m.Targets[busName+"/died"]["robot-01"]
				target.Receiver.Parameters = json.RawMessage(`{"signing_key":"SECverysecret","webhook":"env:OTHER"}`)
				m.Targets[busName+"/died"]["robot-01"] = target
			},
			provision.Step{Action: provision.Change, Kind: "target", Rule: "died", Target: "robot-01", Differences: []provision.Difference{
				{Property: "signing_key", Old: "<not shown>", New: "env:DINGTALK_SIGNING_KEY"}, {Property: "webhook", Old: "env:OTHER", New: "env:DINGTALK_WEBHOOK"},
			}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			m := bustest.NewMemory()
			require.NoError(t, apply(t.Context(), m, w, provision.Options{}))
			c.change(m)
			p, err := plan(t.Context(), m, w, provision.Options{})
			require.NoError(t, err)
			assert.Equal(t, []provision.Step{c.want}, p.Steps)
			require.NoError(t, provision.Cloud{Bus: m}.Apply(t.Context(), p, nil))
			settled(t, m, w, provision.Options{})
		})
	}
}

// describe edits a description as people do in a cloud's console.
func describe(m *bustest.Memory, rule, text string) {
	r := m.Rules[busName+"/"+rule]
	r.Description = text
	m.Rules[busName+"/"+rule] = r
}

func TestWhatTheCloudWritesAnotherWayIsTheSame(t *testing.T) {
	m := bustest.NewMemory()
	w := parse(t, ruleOf("died", robots(0, 1)))
	require.NoError(t, apply(t.Context(), m, w, provision.Options{}))
	r := m.Rules[busName+"/died"]
	var v any
	require.NoError(t, json.Unmarshal([]byte(r.Pattern), &v))
	text, err := json.MarshalIndent(v, "", "  ")
	require.NoError(t, err)
	r.Pattern = string(text)
	m.Rules[busName+"/died"] = r
	settled(t, m, w, provision.Options{})
}

func TestANoChangeApplyReadsAndDoesNothingElse(t *testing.T) {
	m := bustest.NewMemory()
	w := parse(t, ruleOf("died", robots(0, 30)))
	require.NoError(t, apply(t.Context(), m, w, provision.Options{}))
	m.Calls = map[string]int{}
	require.NoError(t, apply(t.Context(), m, w, provision.Options{}))
	assert.Equal(t, map[string]int{"GetEventBus": 1, "ListRules": 1, "ListTargets": 1}, m.Calls)
}

func TestATargetThatIsAddedMovesNoOther(t *testing.T) {
	m := bustest.NewMemory()
	require.NoError(t, apply(t.Context(), m, parse(t, ruleOf("died", robots(2, 14))), provision.Options{}))
	p, err := plan(t.Context(), m, parse(t, ruleOf("died", robots(0, 14))), provision.Options{})
	require.NoError(t, err)
	var steps []string
	for _, s := range p.Steps {
		steps = append(steps, fmt.Sprintf("%s %s %s %s", s.Action, s.Kind, s.Rule, s.Target))
	}
	assert.Equal(t, []string{"create target died--3 robot-00", "create target died--3 robot-01"}, steps)
}

func TestAFullBusDeletesFirstAndSaysSo(t *testing.T) {
	m := bustest.NewMemory()
	var before, after []string
	for i := range 50 {
		before = append(before, ruleOf(fmt.Sprintf("before-%02d", i), robots(0, 1)))
		after = append(after, ruleOf(fmt.Sprintf("after-%02d", i), robots(2, 3)))
	}
	require.NoError(t, apply(t.Context(), m, parse(t, strings.Join(before, ",")), provision.Options{}))
	w := parse(t, strings.Join(after, ","))
	p, err := plan(t.Context(), m, w, provision.Options{})
	require.NoError(t, err)
	require.Len(t, p.Warnings, 1)
	assert.Contains(t, p.Warnings[0].Text, "the bus is limited to 50 rules and has 50")
	require.NoError(t, provision.Cloud{Bus: m}.Apply(t.Context(), p, nil))
	settled(t, m, w, provision.Options{})
}

func TestProgressCountsRules(t *testing.T) {
	m := bustest.NewMemory()
	p, err := plan(t.Context(), m, parse(t, ruleOf("a", robots(0, 1))+","+ruleOf("b", robots(0, 7))), provision.Options{})
	require.NoError(t, err)
	var lines []string
	require.NoError(t, provision.Cloud{Bus: m}.Apply(t.Context(), p, func(p provision.Progress) {
		lines = append(lines, fmt.Sprintf("%d/%d %s %s", p.Done, p.Total, p.Action, p.Rule))
	}))
	assert.Equal(t, []string{"1/3 create a", "2/3 create b", "3/3 create b--2"}, lines)
}
