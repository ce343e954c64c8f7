package provision_test

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/events"
	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/bus/bustest"
	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/provision"
	"github.com/pai-notify/pai-notify/shared/rule"
	"github.com/pai-notify/pai-notify/shared/workspace"
)

// small returns a bus with room for a few rules, and for a few receivers in a list.
func small(rules, wrapper int) *bustest.Memory {
	m := bustest.NewMemory()
	m.Quotas.RulesPerBus, m.Quotas.Wrapper = rules, wrapper
	return m
}

// crowd writes a document of up to so many rules for robots and phones, some of
// them disabled, some for many people's jobs.
func crowd(t testing.TB, r *rand.Rand, most int) *workspace.Workspace {
	t.Helper()
	var rules []string
	for _, i := range r.Perm(most + 2)[:1+r.IntN(most)] {
		var targets []any
		for _, n := range r.Perm(9)[:r.IntN(4)] {
			targets = append(targets, map[string]any{"type": "dingtalk", "name": fmt.Sprintf("robot-%d", n), "webhook": fmt.Sprintf("env:R%d", n)})
		}
		if r.IntN(3) == 0 {
			targets = append(targets, map[string]any{"type": "sms", "contacts": []string{fmt.Sprintf("c%02d", r.IntN(3))}, "sign_name": "PAI", "template_code": "SMS_1"})
		}
		if len(targets) == 0 || r.IntN(4) == 0 {
			targets = append(targets, map[string]any{"type": "wecom", "webhook": "env:W"})
		}
		one := map[string]any{
			"name": fmt.Sprintf("rule-%d", i), "source": "dlc", "targets": targets, "enabled": r.IntN(6) > 0,
			"events": [][]string{{"job-failed"}, {"*"}, {"job-failed", "job-timeout"}, {"job-running"}}[r.IntN(4)],
		}
		if n := r.IntN(12); n > 2 {
			var ids []string
			for _, id := range r.Perm(14)[:n] {
				ids = append(ids, fmt.Sprintf("20%02d", id))
			}
			one["scope"] = map[string]any{"created_by": ids}
		}
		if i%3 == 0 {
			one["description"] = strings.Repeat("$<é>&\" ", i) + "x"
			one["title"], one["fields"] = "name", []any{"reason", map[string]any{"path": "Envs.TEAM", "label": map[string]any{"en": "<$>", "zh": "组"}}}
		}
		text, err := json.Marshal(one)
		require.NoError(t, err)
		rules = append(rules, string(text))
	}
	return parse(t, strings.Join(rules, ","))
}

// fits skips a document that a bus has no room for at all.
func fits(t *testing.T, m *bustest.Memory, w *workspace.Workspace) bool {
	t.Helper()
	_, err := plan(t.Context(), m, w, provision.Options{})
	if err != nil {
		require.ErrorAs(t, err, new(provision.Refusal))
	}
	return err == nil
}

func TestWhateverShareARuleOfTheBusASecondPlanIsEmpty(t *testing.T) {
	r := rand.New(rand.NewPCG(31, 32))
	shared, refused := 0, 0
	for range 15 {
		m := small(3+r.IntN(5), 1200+r.IntN(4000))
		for range 5 {
			w := crowd(t, r, 14)
			if !fits(t, m, w) {
				refused++
				continue
			}
			require.NoError(t, apply(t.Context(), m, w, provision.Options{}))
			settled(t, m, w, provision.Options{})
			holds(t, m, w)
			assert.LessOrEqual(t, len(m.Rules), m.Quotas.RulesPerBus)
			for _, targets := range m.Targets {
				for _, target := range targets {
					if len(target.List) > 0 {
						shared++
					}
				}
			}
		}
	}
	assert.Greater(t, shared, 25)
	assert.Less(t, refused, 30)
}

func TestNoEventIsLostWhileRulesComeToShareOne(t *testing.T) {
	r := rand.New(rand.NewPCG(33, 34))
	watched, gaps := 0, 0
	for range 40 {
		m := small(3+r.IntN(5), 1500+r.IntN(4000))
		before, after := crowd(t, r, 12), crowd(t, r, 12)
		if !fits(t, m, before) {
			continue
		}
		require.NoError(t, apply(t.Context(), m, before, provision.Options{}))
		p, err := plan(t.Context(), m, after, provision.Options{})
		if err != nil {
			continue
		}
		warned := slices.ContainsFunc(warnings(p), func(code string) bool { return code == "full-bus" || code == "crossed-rules" })
		gap := false
		both := toldByBoth(before, after)
		a, b := toldBy(before), toldBy(after)
		events, receivers := map[string]bool{}, map[string]bool{}
		for _, pair := range slices.Concat(slices.Collect(maps.Keys(a)), slices.Collect(maps.Keys(b))) {
			event, who, _ := strings.Cut(pair, " ")
			rule, _, _ := strings.Cut(who, " ")
			events[event+" "+rule], receivers[who] = true, true
		}
		m.Watch = func() {
			now := told(m)
			for _, pair := range both {
				if !strings.Contains(pair, "sms") && now[pair] == 0 {
					gap = true
					assert.True(t, warned, "nobody tells %s", pair)
				}
			}
			for pair := range now {
				event, who, _ := strings.Cut(pair, " ")
				rule, _, _ := strings.Cut(who, " ")
				assert.True(t, events[event+" "+rule] && receivers[who], "neither document says %s", pair)
			}
		}
		watched++
		require.NoError(t, provision.Cloud{Bus: m}.Apply(t.Context(), p, nil))
		if gap {
			gaps++
		}
		if t.Failed() {
			return
		}
	}
	assert.Greater(t, watched, 20)
	assert.Less(t, gaps, watched/10, "gaps are for buses that are full of other rules")
}

func TestAnApplyThatPacksAndIsCutAnywhereGoesOn(t *testing.T) {
	r := rand.New(rand.NewPCG(35, 36))
	for _, phase := range []string{"before", "after"} {
		for n := 0; n < 2; {
			most, wrapper := 3+r.IntN(4), 1500+r.IntN(3000)
			before, after := crowd(t, r, 12), crowd(t, r, 12)
			if !fits(t, small(most, wrapper), before) || !fits(t, small(most, wrapper), after) {
				continue
			}
			n++
			for k := 1; ; k++ {
				m := small(most, wrapper)
				require.NoError(t, apply(t.Context(), m, before, provision.Options{}))
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
				err := apply(t.Context(), m, after, provision.Options{})
				m.Before, m.After = nil, nil
				require.NoError(t, apply(t.Context(), m, after, provision.Options{}), "%s call %d", phase, k)
				settled(t, m, after, provision.Options{})
				holds(t, m, after)
				if err == nil {
					break
				}
			}
		}
	}
}

func TestAPhoneIsNeverToldTwiceWhileRulesComeToShareOne(t *testing.T) {
	r := rand.New(rand.NewPCG(37, 38))
	moved := 0
	for n := 0; n < 6; {
		most, wrapper := 2+r.IntN(4), 1500+r.IntN(3000)
		before, after := crowd(t, r, 8), crowd(t, r, 8)
		end := small(most, wrapper)
		if !fits(t, small(most, wrapper), before) || !fits(t, end, after) {
			continue
		}
		require.NoError(t, apply(t.Context(), end, after, provision.Options{}))
		later := texts(end)
		n++
		for k := 1; ; k++ {
			m := small(most, wrapper)
			require.NoError(t, apply(t.Context(), m, before, provision.Options{}))
			was := texts(m)
			if p, err := plan(t.Context(), m, after, provision.Options{}); err != nil {
				break
			} else if slices.Contains(warnings(p), "moved-phone") {
				moved++
			}
			m.Watch = func() {
				now := texts(m)
				maps.DeleteFunc(now, func(key string, n int) bool { return n <= max(was[key], later[key]) })
				assert.Empty(t, now, "cut at call %d: neither document has so many texts to a phone about an event", k)
			}
			m.Number = 0
			m.After = func(number int, action string) error {
				if number >= k {
					return &bus.Error{Kind: bus.Unavailable, Action: action, Cause: errCut}
				}
				return nil
			}
			err := apply(t.Context(), m, after, provision.Options{})
			m.After = nil
			require.NoError(t, apply(t.Context(), m, after, provision.Options{}))
			if err == nil || t.Failed() {
				break
			}
		}
	}
	assert.Positive(t, moved)
}

func TestWhatABusAndAFunctionMatchTogetherIsWhatADocumentAsks(t *testing.T) {
	samples, err := fs.Glob(events.Files, "*.json")
	require.NoError(t, err)
	var texts [][]byte
	users := map[string]bool{}
	for _, name := range samples {
		text, err := events.Files.ReadFile(name)
		require.NoError(t, err)
		texts = append(texts, text)
		var e struct{ Data struct{ UserId string } }
		require.NoError(t, json.Unmarshal(text, &e))
		users[e.Data.UserId] = true
	}
	delete(users, "")
	known := slices.Sorted(maps.Keys(users))
	compiled := map[string]*rule.Pattern{}
	match := func(pattern string, event []byte) bool {
		if compiled[pattern] == nil {
			compiled[pattern], err = rule.Compile(rule.Alibaba, []byte(pattern))
			require.NoError(t, err)
		}
		ok, err := compiled[pattern].Match(event)
		require.NoError(t, err)
		return ok
	}
	r := rand.New(rand.NewPCG(41, 42))
	told := 0
	for range 25 {
		var rules []string
		for i := range 3 + r.IntN(12) {
			source := []string{"dlc", "dsw", "flow", "model"}[r.IntN(4)]
			var whats []string
			for _, typ := range event.Builtin().TypesOf(source) {
				if r.IntN(3) > 0 {
					whats = append(whats, typ.What())
				}
			}
			if len(whats) == 0 {
				whats = []string{"*"}
			}
			one := map[string]any{"name": fmt.Sprintf("rule-%d", i), "source": source, "events": whats, "targets": []any{map[string]any{"type": "dingtalk", "webhook": "env:A"}}}
			if r.IntN(2) == 0 {
				ids := []string{known[r.IntN(len(known))]}
				for j := range r.IntN(9) {
					ids = append(ids, fmt.Sprintf("10%02d", j))
				}
				one["scope"] = map[string]any{"created_by": ids}
			}
			text, err := json.Marshal(one)
			require.NoError(t, err)
			rules = append(rules, string(text))
		}
		w := parse(t, strings.Join(rules, ","))
		m := small(4+r.IntN(4), 4000)
		require.NoError(t, apply(t.Context(), m, w, provision.Options{}))
		for at, event := range texts {
			wanted, is := map[string]int{}, map[string]int{}
			for _, one := range w.Rules {
				if slices.ContainsFunc(one.Patterns(), func(p *rule.Pattern) bool { return match(p.String(), event) }) {
					wanted[one.Name] = 1
				}
			}
			for key, on := range m.Rules {
				for _, target := range m.Targets[key] {
					for _, c := range target.Carries() {
						if match(on.Pattern, event) && (len(c.Patterns) == 0 || slices.ContainsFunc(c.Patterns, func(p string) bool { return match(p, event) })) {
							is[c.Rule.Name]++
							told++
						}
					}
				}
			}
			assert.Equal(t, wanted, is, samples[at])
		}
	}
	assert.Greater(t, told, 200)
}
